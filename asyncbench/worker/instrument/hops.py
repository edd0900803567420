"""Counts what a loop hands to threads and gets back from them, in a pass of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Any

from asyncbench.core.system import usual_threads


class ThreadHops:
    """How often other threads woke a loop, and how full its own pool of threads was.

    `hops` counts calls of `call_soon_threadsafe` from other threads: each is a result that comes
    back from one. `pool_most` is how many calls the loop's default executor had at once, and
    `pool_size` how many threads it may have for them; both are 0 where it was not used.
    """

    def __init__(self) -> None:
        self.hops = self.pool_most = self.pool_size = 0
        self._pending = 0

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count from now on, by replacing two methods of the loop; nothing where it takes none."""
        wake: Any = loop.call_soon_threadsafe
        hand_over: Any = loop.run_in_executor

        def call_soon_threadsafe(*arguments: Any, **more: Any) -> Any:
            if threading.get_ident() != self._thread:
                self.hops += 1
            return wake(*arguments, **more)

        def run_in_executor(executor: Any, *arguments: Any) -> Any:
            self._thread = threading.get_ident()
            future = hand_over(executor, *arguments)
            if executor is None:
                self._pending += 1
                self.pool_most = max(self.pool_most, self._pending)
                self.pool_size = _size(loop)
                future.add_done_callback(self._done)
            return future

        self._thread = threading.get_ident()  # lanes run on the thread that asks for the batch
        replaced: Any = loop
        with contextlib.suppress(AttributeError):
            replaced.call_soon_threadsafe = call_soon_threadsafe
            replaced.run_in_executor = run_in_executor

    def figures(self) -> dict[str, int]:
        """Return what a run records of it."""
        return {"hops": self.hops, "pool_most": self.pool_most, "pool_size": self.pool_size}

    def _done(self, future: object) -> None:
        self._pending -= 1


def _size(loop: asyncio.AbstractEventLoop) -> int:
    """Return how many threads the loop's default executor may have."""
    pool = getattr(loop, "_default_executor", None)
    known: int | None = getattr(pool, "_max_workers", None)  # uvloop keeps its own out of reach
    return known or usual_threads()
