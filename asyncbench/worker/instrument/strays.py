"""Notes what the tasks of a batch leave behind on their loop: errors, and tasks that go on."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from collections.abc import Iterable
from typing import Any

from asyncbench.errors import first_raised, told

# An exception can hold any amount of text.
MOST_TEXT = 1000


class Strays:
    """How many tasks of the user's own were left to themselves, in a pass of its own.

    `failed` tasks or callbacks ended with an error that nobody asked for, `error` is the first of
    these, and `left` tasks and `threads` of its own had not ended when the batch did. A thread of a
    pool, which waits for more, is none of these.
    """

    def __init__(self) -> None:
        self.failed = self.left = self.threads = 0
        self.error = ""
        self._before: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count from now on, by replacing a method of the loop; nothing where it takes none."""
        handle: Any = loop.call_exception_handler

        def call_exception_handler(context: dict[str, Any]) -> None:
            error = context.get("exception")
            # Of a task or a future, or of a plain callback.
            if error is not None and {"task", "future", "handle"} & context.keys():
                self.failed += 1
                self.error = self.error or told(first_raised(error))[:MOST_TEXT]
            handle(context)

        replaced: Any = loop
        with contextlib.suppress(AttributeError):
            replaced.call_exception_handler = call_exception_handler
            self._loop, self._before = loop, asyncio.all_tasks(loop)

    def count(self, threads: Iterable[threading.Thread]) -> None:
        """Count what there is now that the batch has ended, of the threads that tasks started."""
        self.threads = sum(each.is_alive() and not _is_of_pool(each) for each in threads)
        if self._loop is not None:
            gc.collect()  # a task that nobody holds on to tells its error when it goes
            self.left = len(asyncio.all_tasks(self._loop) - self._before)

    def figures(self) -> dict[str, Any]:
        """Return what a run records of it."""
        return {
            "stray_errors": self.failed,
            "stray_error": self.error,
            "strays": self.left,
            "stray_threads": self.threads,
        }


def _is_of_pool(thread: threading.Thread) -> bool:
    target = getattr(thread, "_target", None)
    return getattr(target, "__module__", "") in (
        "concurrent.futures.thread",
        "multiprocessing.pool",
    )
