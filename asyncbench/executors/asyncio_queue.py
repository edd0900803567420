"""asyncio with a queue: as many workers as there are lanes take tasks from an `asyncio.Queue`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from asyncbench.core.workload import Proof
from asyncbench.executors.asyncio_base import proof_of
from asyncbench.executors.asyncio_loop import AsyncioLoop

# Nothing that a task could be given.
END = object()


class AsyncioQueue(AsyncioLoop):
    """Workers that take from an `asyncio.Queue` until it is empty, one a lane.

    As the example of asyncio's documentation, with the end of Python 3.11's TaskGroup in place of
    `join`: workers end when nothing is left, so none has to be cancelled.
    """

    name = "asyncio-queue"

    def describe(self, tasks: int) -> dict[str, str]:
        """State the number of workers."""
        return {"workers": str(self.lanes)}

    async def _batch(self, given: Sequence[Any]) -> Proof:
        task, lanes = self._call(), self._lanes[: len(given)]
        # A mark for the end, one for each worker, as `asyncio.Queue.shutdown` is of 3.13.
        waiting: asyncio.Queue[Any] = asyncio.Queue()
        for index in given:
            waiting.put_nowait(index)
        for _ in lanes:
            waiting.put_nowait(END)
        proofs: list[int] = []

        async def work(lane: Any) -> int:
            while (index := await waiting.get()) is not END:
                proofs.append(await task(lane, index))
            return 0

        async with asyncio.TaskGroup() as group:
            made = [group.create_task(work(lane)) for lane in lanes]
        proof_of(made, [None] * len(made))  # a worker ends with a task that is cancelled
        return Proof.total(proofs)
