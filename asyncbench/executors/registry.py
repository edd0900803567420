"""The executors by name, and how a user's own is found."""

from __future__ import annotations

import functools
import re

from asyncbench.core import loading
from asyncbench.core.executor import Executor, Family
from asyncbench.errors import UsageError, near_matches
from asyncbench.executors import settings, written

ENTRY_POINTS = "asyncbench.executors"
BUILT_IN = {
    "sequential": "asyncbench.executors.sequential:Sequential",
    "threads": "asyncbench.executors.threads:Threads",
    "processes": "asyncbench.executors.processes:Processes",
    "asyncio": "asyncbench.executors.asyncio_loop:AsyncioLoop",
    "uvloop": "asyncbench.executors.uvloop_loop:UvloopLoop",
    "asyncio-blocking": "asyncbench.executors.asyncio_blocking:AsyncioBlocking",
    "asyncio-to-thread": "asyncbench.executors.asyncio_to_thread:AsyncioToThread",
    "asyncio-eager": "asyncbench.executors.asyncio_eager:AsyncioEager",
    "asyncio-gather": "asyncbench.executors.asyncio_gather:AsyncioGather",
    "asyncio-semaphore": "asyncbench.executors.asyncio_semaphore:AsyncioSemaphore",
    "asyncio-queue": "asyncbench.executors.asyncio_queue:AsyncioQueue",
    "trio": "asyncbench.executors.trio_run:TrioRun",
    "gevent": "asyncbench.executors.gevent_pool:GeventPool",
    "interpreters": "asyncbench.executors.interpreters:Interpreters",
    "joblib": "asyncbench.executors.joblib_parallel:Joblib",
    "joblib-threading": "asyncbench.executors.joblib_parallel:JoblibThreading",
    "dask": "asyncbench.executors.dask_cluster:DaskCluster",
    "loky": "futures:loky:get_reusable_executor",
    "rloop": "loop:rloop:new_event_loop",
    "zuvloop": "loop:zuvloop:new_event_loop",
    "veloxloop": "loop:veloxloop:new_event_loop",
    "rsloop": "loop:rsloop:new_event_loop",
    "winloop": "loop:winloop:new_event_loop",
}
# What makes an executor of `ADAPTER:MODULE:FACTORY`, and of `OUTER+INNER`. By name, so that none
# is imported for another.
ADAPTERS = {
    "loop": "asyncbench.executors.any_loop",
    "futures": "asyncbench.executors.any_futures",
}
COMPOSED = "asyncbench.executors.composed"
_COMPOSITION = re.compile(r"(?P<outer>[\w-]+)\+(?P<inner>.+)")


def find(reference: str) -> tuple[str, type[Executor]]:
    """Return the full reference and the class that a name, `file.py:Name` or `module:Name` means.

    Also of `loop:MODULE:FACTORY`, `futures:MODULE:FACTORY` and `OUTER+INNER`. Raises UsageError
    where there is none, with near matches for a misspelt name.
    """
    full = BUILT_IN.get(reference, reference)
    adapter, colon, factory = full.partition(":")
    if colon and adapter in ADAPTERS:
        return full, loading.module(ADAPTERS[adapter]).adapted(factory)
    if both := _parted(full):
        return _composition(both["outer"], both["inner"])
    if colon and ":" in factory and not loading.is_file(loading.split(full)[0]):
        raise UsageError(
            f"no kind of executor {adapter!r}{near_matches(adapter, ADAPTERS)}; write "
            "loop:MODULE:FACTORY or futures:MODULE:FACTORY"
        )
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


def _parted(full: str) -> re.Match[str] | None:
    """Return the parts of `OUTER+INNER`, None where that is something else: a file's name, say."""
    both = _COMPOSITION.fullmatch(full)
    return None if loading.found_at(loading.split(full)[0]).is_file() else both


def _composition(outer: str, reference: str) -> tuple[str, type[Executor]]:
    composed = loading.module(COMPOSED)
    if outer not in composed.OUTER:
        raise UsageError(
            f"nothing runs inside {outer!r}{near_matches(outer, composed.OUTER)}; write "
            f"OUTER+INNER, as in processes+asyncio"
        )
    full, inner = find(reference)
    return f"{outer}+{full}", composed.composed(outer, inner, functools.partial(make, full))


def choose(text: str) -> tuple[str, str, type[Executor]]:
    """Return label, full reference and class of an executor with its parameters and its label.

    Parameters are part of both where they differ from the default; raises UsageError as `find`
    does, and for parameters that the executor does not have or take.
    """
    asked = written.read(text)
    full, executor = find(asked.name)
    params = settings.changed(executor, asked.given)
    name = written.told(executor.name or executor.__name__, params)
    return name + asked.label, written.told(full, params), executor


def make(reference: str) -> Executor:
    """Return an executor by its full reference with parameters."""
    asked = written.read(reference)
    _, executor = find(asked.name)
    return settings.made(executor, settings.changed(executor, asked.given))


def is_ours(text: str) -> bool:
    """Return whether an executor, however it is written, takes no code of a user's to look up."""
    name = written.read(text).name
    if both := _parted(name):
        return is_ours(both["inner"])
    return name in BUILT_IN or name in BUILT_IN.values()


def loops() -> list[str]:
    """Return the names of the event loops that can be used here, asyncio's own first."""
    known = [name for name, full in BUILT_IN.items() if full.startswith("loop:")]
    return [name for name in ("asyncio", "uvloop", *known) if make(name).unavailable() is None]


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
