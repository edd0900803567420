"""asyncio with a semaphore: all tasks exist at once, and as many as there are lanes go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from asyncbench.core.workload import Proof
from asyncbench.executors.asyncio_base import proof_of
from asyncbench.executors.asyncio_loop import AsyncioLoop


class AsyncioSemaphore(AsyncioLoop):
    """A TaskGroup of all tasks, each of which first waits for an `asyncio.Semaphore`.

    The usual way to bound what is in flight. Every task of a batch exists from its beginning, which
    takes memory; one that is let in takes a lane that is free.
    """

    name = "asyncio-semaphore"

    def describe(self, tasks: int) -> dict[str, str]:
        """State the semaphore's value."""
        return {"semaphore": str(self.lanes)}

    async def _batch(self, given: Sequence[Any]) -> Proof:
        task, free = self._call(), [*self._lanes]
        semaphore = asyncio.Semaphore(len(free))
        take, give = free.pop, free.append

        async def one(index: int) -> int:
            async with semaphore:
                lane = take()
                try:
                    return await task(lane, index)
                finally:
                    give(lane)

        async with asyncio.TaskGroup() as group:
            made = [group.create_task(one(index)) for index in given]
        return proof_of(made, given)
