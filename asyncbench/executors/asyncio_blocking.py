"""The mistake that asyncio is learnt by: blocking calls inside coroutines."""

from __future__ import annotations

from typing import Any

from asyncbench.executors.asyncio_base import Call
from asyncbench.executors.asyncio_loop import AsyncioLoop


class AsyncioBlocking(AsyncioLoop):
    """`asyncio.Runner` with coroutines that call the blocking form, which holds the whole loop.

    Everything else is as in `asyncio`, so the difference between the two is what the mistake
    costs. No task hands over before its end: they run one after the other, and where they are
    more than the lanes the first lane takes them all, since it never has to wait.
    """

    name = "asyncio-blocking"
    form = "blocking"
    side = None  # a mistake, shown for what it costs

    def describe(self, tasks: int) -> dict[str, str]:
        """State what is wrong with it."""
        return {"calls": "block the whole loop"}

    async def _open_lane(self) -> Any:
        return self._workload.open()

    def _call(self) -> Call:
        task = self._workload.task

        async def blocking(lane: Any, index: int) -> int:
            return task(lane, index)

        return blocking

    async def _close_lane(self, lane: Any) -> None:
        self._workload.close(lane)
