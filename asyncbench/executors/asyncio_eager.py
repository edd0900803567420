"""asyncio with eager tasks: each begins at once, and is no task of the loop if it never waits."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from asyncbench.core.workload import Proof
from asyncbench.executors.asyncio_base import CoroutineCall, proof_of
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

    def _batch(self, given: Sequence[Any]) -> Coroutine[Any, Any, Proof]:
        task = self._call()
        if len(given) <= len(self._lanes) and inspect.iscoroutinefunction(task):
            return _one_each(task, self._lanes, given)
        return super()._batch(given)

    def describe(self, tasks: int) -> dict[str, str]:
        """State that order is another."""
        return {"tasks": "begin where they are created"}


async def _one_each(atask: CoroutineCall, lanes: Sequence[Any], given: Sequence[Any]) -> Proof:
    """Run one task in each lane; one that fails has done so before the next is created."""
    made = []
    async with asyncio.TaskGroup() as group:
        for each in map(atask, lanes, given):
            try:
                made.append(group.create_task(each))
            except RuntimeError:  # the group takes no more, and tells why
                each.close()
                break
    return proof_of(made, given)
