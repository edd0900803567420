"""What every executor on an event loop shares: lanes as tasks of one TaskGroup."""

from __future__ import annotations

import asyncio
import inspect
import reprlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from operator import length_hint
from typing import Any, ClassVar

from asyncbench.core.executor import Executor, Family, Form
from asyncbench.core.items import Given
from asyncbench.core.workload import Proof, Workload
from asyncbench.errors import NotAProofError

Call = Callable[[Any, int], Awaitable[int]]
CoroutineCall = Callable[[Any, int], Coroutine[Any, Any, int]]


class EventLoopExecutor(Executor):
    """An `asyncio.Runner` whose tasks run in a TaskGroup, over lanes.

    With a lane for each, a task's own coroutine is a task of the loop; with fewer lanes, each lane
    is a task of the loop that takes the next index until none is left.
    """

    family = Family.COOPERATIVE
    form: ClassVar[Form] = "cooperative"
    gives_items = True

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
        self._workload, self._given = workload, Given(workload)
        self._runner = asyncio.Runner(loop_factory=self.loop_factory())
        try:
            self._runner.get_loop()  # a factory that fails leaves no coroutine behind
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
        return self.run_part(range(tasks))

    def run_part(self, indices: range) -> Proof:
        """Run the lanes until these tasks are done."""
        # Not `Runner.run`, which sets and restores a signal handler that a worker has no use for.
        return self.loop().run_until_complete(self._batch(self._given.to(indices)))

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

    def _batch(self, given: Sequence[Any]) -> Coroutine[Any, Any, Proof]:
        return batch(self._call(), self._lanes, given)

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


def batch(atask: Call, lanes: Sequence[Any], given: Sequence[Any]) -> Coroutine[Any, Any, Proof]:
    """Return what runs a task for each that is given, over the lanes, and returns their proof.

    A task that is cancelled, or cancels itself, fails the batch: it is not done.
    """
    # A plain function may return any awaitable, which a TaskGroup does not take.
    if len(given) <= len(lanes) and inspect.iscoroutinefunction(atask):
        return _one_each(atask, lanes, given)
    return _in_turn(atask, lanes, given)


async def _one_each(atask: CoroutineCall, lanes: Sequence[Any], given: Sequence[Any]) -> Proof:
    """Run one task in each lane: its own coroutine, since any in between costs at every step."""
    async with asyncio.TaskGroup() as group:
        # By `map`: a call with two names a task would take 1 % more here.
        made = [group.create_task(each) for each in map(atask, lanes, given)]
    return proof_of(made, given)


def proof_of(made: Sequence[asyncio.Task[int]], given: Sequence[Any]) -> Proof:
    """Return the proof of tasks that have ended; RuntimeError where one was cancelled."""
    try:
        proofs = [task.result() for task in made]
    except asyncio.CancelledError as error:  # by its own doing: the group lets such a task go
        number = next(n for n, task in zip(given, made, strict=True) if task.cancelled())
        raise not_done(number, error) from None
    return Proof.total(proofs)


async def _in_turn(atask: Call, lanes: Sequence[Any], given: Sequence[Any]) -> Proof:
    """Run lanes that each take the next of what is given until nothing is left."""
    left = iter(given)
    # Added up as they come, since a list of a million takes memory that is not the work's. Not
    # counted, since the indices tell how many were taken: that makes up for what adding up costs.
    total = 0
    odd, failed = "", False

    async def work(lane: Any) -> None:
        nonlocal total, odd, failed
        for index in left:
            try:
                proof = await atask(lane, index)
            except asyncio.CancelledError as error:
                if failed:  # by the group, since another's error ends the batch
                    raise
                failed = True
                raise not_done(index, error) from None
            except BaseException:
                failed = True
                raise
            # Not `total += await ...`: that would read the total before it waits.
            try:
                total += proof
            except TypeError:
                odd = type(proof).__name__

    async with asyncio.TaskGroup() as group:
        for lane in lanes[: len(given)]:
            if failed:  # where tasks are eager: the group takes no more, and tells why
                break
            group.create_task(work(lane))
    if odd:
        raise NotAProofError(odd)
    return Proof.of(len(given) - length_hint(left), total)


def not_done(number: Any, error: asyncio.CancelledError) -> RuntimeError:
    """Return the failure of a task that was cancelled, with its own frames; None: of any task."""
    which = "a task" if number is None else f"task {reprlib.repr(number)}"
    failure = RuntimeError(f"{which} was cancelled (CancelledError): it is not done")
    return failure.with_traceback(error.__traceback__)
