"""The remedy for blocking calls on an event loop: `asyncio.to_thread`."""

from __future__ import annotations

import asyncio

from asyncbench.core.executor import Family
from asyncbench.core.workload import Proof, Workload
from asyncbench.executors import asyncio_base
from asyncbench.executors.threads import Threads


class AsyncioToThread(Threads):
    """`asyncio.to_thread` over one thread a lane, awaited by one coroutine a lane.

    The loop's default executor is the pool of `threads`: as many threads as lanes, each of which
    opens a resource, uses it alone and closes it, so that one that is bound to its thread (a
    connection of sqlite3) works too. Left to itself a loop would have min(32, CPUs + 4) threads.
    """

    name = "asyncio-to-thread"
    family = Family.HYBRID

    _runner: asyncio.Runner

    def start(self, workload: Workload, concurrency: int) -> None:
        """Start every thread, open its lane in it, and make a loop that hands its calls to them."""
        super().start(workload, concurrency)
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._runner.get_loop().set_default_executor(self._pool)

    def run(self, tasks: int) -> Proof:
        """Run the coroutines until every task is done."""
        return self.run_part(range(tasks))

    def run_part(self, indices: range) -> Proof:
        """Run the coroutines until these tasks are done."""
        return self._runner.run(asyncio_base.batch(self._in_thread, range(self.lanes), indices))

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the runner's loop."""
        return self._runner.get_loop()

    def stop(self) -> None:
        """Close each lane in its own thread, join them all, then close the loop."""
        super().stop()
        self._runner.close()

    def describe(self, tasks: int) -> dict[str, str]:
        """State the size of the loop's default executor, which is not asyncio's own."""
        return {"default executor": f"{self.lanes} threads, instead of min(32, CPUs + 4)"}

    async def _in_thread(self, lane: int, index: int) -> int:
        return await asyncio.to_thread(self._call, index)
