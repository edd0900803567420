"""The remedy for blocking calls on an event loop: `asyncio.to_thread`."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from asyncbench.core.executor import Family
from asyncbench.core.workload import Proof, Workload
from asyncbench.executors import asyncio_base
from asyncbench.executors.asyncio_loop import LOOP
from asyncbench.executors.threads import Threads


class AsyncioToThread(Threads):
    """`asyncio.to_thread`, awaited by as many coroutines as tasks may be in flight.

    The loop's default executor is as large as asyncio makes it, min(32, CPUs + 4) threads: more
    tasks than that wait for one. `workers` makes it another size. Each of its threads is a lane,
    which opens a resource, uses it alone and closes it, so that one that is bound to its thread (a
    connection of sqlite3) works.
    """

    name = "asyncio-to-thread"
    family = Family.HYBRID

    _runner: asyncio.Runner
    _concurrency: int

    def start(self, workload: Workload, concurrency: int) -> None:
        """Start every thread, open its lane in it, and make a loop that hands its calls to them."""
        self._concurrency = concurrency
        super().start(workload, min(concurrency, self.workers or _usual_threads()))
        self._runner = asyncio.Runner(loop_factory=LOOP)
        self._runner.get_loop().set_default_executor(self._pool)

    def run(self, tasks: int) -> Proof:
        """Run the coroutines until every task is done."""
        return self.run_part(range(tasks))

    def run_part(self, indices: range) -> Proof:
        """Run the coroutines until these tasks are done."""
        waiting = range(self._concurrency)
        batch = asyncio_base.batch(self._in_thread, waiting, self._given.to(indices))
        return self.loop().run_until_complete(batch)  # as all executors on a loop do

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the runner's loop."""
        return self._runner.get_loop()

    def stop(self) -> None:
        """Close each lane in its own thread, join them all, then close the loop."""
        super().stop()
        self._runner.close()

    def describe(self, tasks: int) -> dict[str, str]:
        """State the size of the loop's default executor."""
        usual = "" if self.workers else ", of min(32, CPUs + 4)"
        return {"default executor": f"{self.lanes} threads{usual}"}

    async def _in_thread(self, lane: int, index: int) -> int:
        return await asyncio.to_thread(self._call, index)


def _usual_threads() -> int:
    """Return how many threads a loop's default executor has: what this Python gives a pool."""
    pool = ThreadPoolExecutor()
    pool.shutdown()
    return pool._max_workers
