"""What every executor on an event loop shares: lanes as tasks of one TaskGroup."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar

from asyncbench.core.executor import Executor, Family, Form
from asyncbench.core.workload import Proof, Workload

Call = Callable[[Any, int], Awaitable[int]]


class EventLoopExecutor(Executor):
    """An `asyncio.Runner`; each lane is a task that takes the next index until none is left."""

    family = Family.COOPERATIVE
    form: ClassVar[Form] = "cooperative"

    _workload: Workload
    _runner: asyncio.Runner
    _lanes: list[Any]

    def loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        """Return what makes the event loop."""
        raise NotImplementedError

    def is_own(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Return whether a loop is the one that this executor is called after."""
        return True

    def start(self, workload: Workload, concurrency: int) -> None:
        """Make the loop and open every lane on it."""
        self._workload = workload
        self._runner = asyncio.Runner(loop_factory=self.loop_factory())
        try:
            self._runner.run(self._open(concurrency))
        except BaseException:
            self._runner.close()
            raise
        self.lanes = concurrency
        if not self.is_own(self.loop()):
            kind = type(self.loop())
            self.stop()
            raise RuntimeError(
                f"{self.name} would run on {kind.__module__}.{kind.__qualname__}, which is another "
                "loop: something has replaced its own"
            )

    def run(self, tasks: int) -> Proof:
        """Run the lanes until every task is done."""
        # Not `Runner.run`, which sets and restores a signal handler that a worker has no use for.
        return self.loop().run_until_complete(batch(self._call(), self._lanes, tasks))

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the runner's loop."""
        return self._runner.get_loop()

    def stop(self) -> None:
        """Close the lanes, then the loop."""
        self._runner.run(self._close())
        self._runner.close()

    # What a subclass with another idea of a task overrides.
    async def _open_lane(self) -> Any:
        return await self._workload.aopen()

    def _call(self) -> Call:
        return self._workload.atask

    async def _close_lane(self, lane: Any) -> None:
        await self._workload.aclose(lane)

    async def _open(self, concurrency: int) -> None:
        self._lanes = []
        try:
            for _ in range(concurrency):
                self._lanes.append(await self._open_lane())
        except BaseException:
            await self._close()
            raise

    async def _close(self) -> None:
        for lane in self._lanes:
            await self._close_lane(lane)


async def batch(atask: Call, lanes: Sequence[Any], tasks: int) -> Proof:
    """Run `tasks` tasks over the lanes, each a task of the loop; return their proof of work.

    A task that is cancelled, or cancels itself, fails the batch: it is not done.
    """
    indices = iter(range(tasks))
    proofs: list[int] = []

    async def work(lane: Any) -> None:
        index = 0
        try:
            for index in indices:
                # Not a comprehension, which would be one more coroutine to resume.
                proofs.append(await atask(lane, index))
        except asyncio.CancelledError as error:
            # A group takes a cancelled task of its own for one that somebody no longer needs.
            cancelled = RuntimeError(f"task {index} was cancelled (CancelledError): it is not done")
            raise cancelled.with_traceback(error.__traceback__) from None

    async with asyncio.TaskGroup() as group:
        for lane in lanes[:tasks]:
            group.create_task(work(lane))
    return Proof.total(proofs)
