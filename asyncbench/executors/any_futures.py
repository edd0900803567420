"""Any pool of `concurrent.futures`, by the factory that makes it: `futures:MODULE:FACTORY`."""

from __future__ import annotations

import contextlib
import inspect
from concurrent.futures import Executor as Pool
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from asyncbench.core.executor import Scheduler
from asyncbench.errors import UsageError
from asyncbench.executors import _references
from asyncbench.executors._slices import SlicedPool

# Pools that have a short name, by their factories: name, what installs them, and arguments.
KNOWN: dict[str, tuple[str, str, dict[str, Any]]] = {
    # Without a time-out: members that rest between two samples must not lose their lanes.
    "loky:get_reusable_executor": ("loky", "'asyncbench[loky]'", {"timeout": None}),
}


class AnyFutures(SlicedPool):
    """The pool that a factory makes, asked for so many `max_workers` where it takes them."""

    place: ClassVar[str]

    def unavailable(self) -> str | None:
        """Return why there is no such factory here, or None."""
        return _references.lacking("futures", self.place, KNOWN.get(self.place, ("", "", {}))[1])

    def load(self) -> None:
        """Import the factory's module."""
        _references.factory("futures", self.place)

    def members(self, concurrency: int) -> int:
        """Return as many as lanes for threads, and as CPUs for all else."""
        if _makes_threads(_references.factory("futures", self.place)):
            return min(self.workers or concurrency, concurrency)
        return super().members(concurrency)

    def make_pool(self, members: int) -> Pool:
        """Call the factory; raises UsageError where it gives something else."""
        factory = _references.factory("futures", self.place)
        arguments = dict(KNOWN[self.place][2]) if self.place in KNOWN else {}
        with contextlib.suppress(TypeError, ValueError):  # a factory in C may have no signature
            if "max_workers" in inspect.signature(factory).parameters:
                arguments["max_workers"] = members
        made = _references.called(f"futures:{self.place}", factory, **arguments)
        if not isinstance(made, Pool):
            raise UsageError(
                f"futures:{self.place} gives a {type(made).__name__} and no "
                "concurrent.futures.Executor"
            )
        return made

    def describe(self, tasks: int) -> dict[str, str]:
        """State the size of a slice, and the version of the package that brings the pool."""
        return super().describe(tasks) | _references.version(self.place)


def adapted(place: str) -> type[AnyFutures]:
    """Return the executor of the pool that a factory makes."""
    name = KNOWN[place][0] if place in KNOWN else f"futures:{place}"
    scheduler = Scheduler.PROCESSES
    with contextlib.suppress(UsageError):  # which `unavailable` tells
        if _makes_threads(_references.factory("futures", place)):
            scheduler = Scheduler.THREADS
    return type(
        "AnyFutures",
        (AnyFutures,),
        {
            "name": name,
            "place": place,
            "scheduler": scheduler,
            "__doc__": f"Slices over the pool that `{place.replace(':', '.')}` makes.",
        },
    )


def _makes_threads(factory: Any) -> bool:
    return isinstance(factory, type) and issubclass(factory, ThreadPoolExecutor)
