"""The executors by name, and how a user's own is found."""

from __future__ import annotations

from asyncbench.core import loading
from asyncbench.core.executor import Executor, Family
from asyncbench.errors import UsageError, near_matches

ENTRY_POINTS = "asyncbench.executors"
BUILT_IN = {
    "sequential": "asyncbench.executors.sequential:Sequential",
    "threads": "asyncbench.executors.threads:Threads",
    "processes": "asyncbench.executors.processes:Processes",
    "asyncio": "asyncbench.executors.asyncio_loop:AsyncioLoop",
    "uvloop": "asyncbench.executors.uvloop_loop:UvloopLoop",
    "asyncio-blocking": "asyncbench.executors.asyncio_blocking:AsyncioBlocking",
    "asyncio-to-thread": "asyncbench.executors.asyncio_to_thread:AsyncioToThread",
}


def find(reference: str) -> tuple[str, type[Executor]]:
    """Return the full reference and the class that a name, `file.py:Name` or `module:Name` means.

    Raises UsageError where there is none, with near matches for a misspelt name.
    """
    full = BUILT_IN.get(reference, reference)
    if not loading.split(full)[1] and not loading.is_file(full):
        full = brought().get(full, full)
    place, name = loading.split(full)
    if not name:
        if loading.is_file(place):
            raise UsageError(f"which executor of {place}? Write {place}:Name")
        raise UsageError(
            f"no executor {reference!r}{near_matches(reference, [*BUILT_IN, *brought()])}"
        )
    module = loading.module(place)
    found = getattr(module, name, None)
    if found is None:
        raise UsageError(f"{place} has no {name!r}{near_matches(name, executors_in(module))}")
    if not (isinstance(found, type) and issubclass(found, Executor)):
        raise UsageError(f"{full} is not a subclass of asyncbench.Executor")
    if not isinstance(getattr(found, "family", None), Family):
        raise UsageError(f"{full} has no `family`; give it one of asyncbench.Family")
    return full, found


def brought() -> dict[str, str]:
    """Return the references of the executors that other installed packages bring, by name."""
    return loading.entry_points(ENTRY_POINTS)


def executors_in(module: object) -> list[str]:
    """Return the names of the executor classes in a module, imported ones too."""
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Executor) and value is not Executor
    ]
