"""asyncio with eager tasks: each begins at once, and is no task of the loop if it never waits."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from asyncbench.executors.asyncio_loop import LOOP, AsyncioLoop


class AsyncioEager(AsyncioLoop):
    """`asyncio.Runner` whose loop has `asyncio.eager_task_factory`.

    A task runs up to its first real wait where it is created, so the order in which tasks begin and
    end is another, and one that never waits is done before the next is created.
    """

    name = "asyncio-eager"

    def unavailable(self) -> str | None:
        """Return that this Python is too old, or None."""
        if sys.version_info >= (3, 12):
            return None
        return "asyncio-eager needs Python 3.12 or newer; run it there with --python 3.12"

    def loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        """Return what makes a loop with eager tasks."""

        def eager() -> asyncio.AbstractEventLoop:
            loop = LOOP()
            loop.set_task_factory(getattr(asyncio, "eager_task_factory"))  # noqa: B009 - 3.12+
            return loop

        return eager

    def describe(self, tasks: int) -> dict[str, str]:
        """State that order is another."""
        return {"tasks": "begin where they are created"}
