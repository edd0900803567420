"""Tasks on event loops: whose coroutine the loop runs, in which lane, and what its end counts."""

import asyncio
import signal
import traceback
from contextlib import contextmanager

import pytest

from asyncbench import Proof, Workload
from asyncbench.errors import NotAProofError
from asyncbench.executors import registry
from tests.support.executors import started as running

LANES = 3
BOTH = pytest.mark.parametrize("tasks", [LANES, 2 * LANES])  # a lane for each, and fewer


@pytest.fixture(params=["asyncio", "uvloop"])
def started(request):
    made = registry.find(request.param)[1]()
    if made.unavailable():
        pytest.skip(made.unavailable())

    @contextmanager
    def start(workload):
        made.start(workload, LANES)
        try:
            yield made
        finally:
            made.stop()

    return start


class Noted(Workload):
    """Notes which lane did what, and as whose coroutine."""

    def __init__(self):
        self.opened = 0
        self.lanes, self.coroutines = [], []

    async def aopen(self):
        self.opened += 1
        return self.opened

    async def atask(self, lane, index):
        self.lanes.append(lane)
        self.coroutines.append(asyncio.current_task().get_coro().__qualname__)
        await asyncio.sleep(0)
        return index


def test_with_a_lane_for_each_the_loop_runs_the_tasks_own_coroutine(started):
    work = Noted()
    with started(work) as made:
        for tasks in (LANES, LANES - 1):
            assert made.run(tasks) == Proof(tasks, sum(range(tasks)))
    assert work.lanes == [1, 2, 3, 1, 2]
    assert set(work.coroutines) == {"Noted.atask"}


def test_more_tasks_than_lanes_share_the_lanes(started):
    work = Noted()
    with started(work) as made:
        assert made.run(3 * LANES) == Proof(3 * LANES, sum(range(3 * LANES)))
    assert sorted(work.lanes) == [1, 1, 1, 2, 2, 2, 3, 3, 3]


@BOTH
def test_a_plain_function_may_return_any_awaitable(started, tasks):
    class Future(Workload):
        def atask(self, lane, index):
            future = asyncio.get_running_loop().create_future()
            future.set_result(index)
            return future

    with started(Future()) as made:
        assert made.run(tasks) == Proof(tasks, sum(range(tasks)))


@BOTH
def test_a_task_that_cancels_itself_fails_the_batch(started, tasks):
    class Leaves(Workload):
        async def atask(self, lane, index):
            await asyncio.sleep(0)
            if index == 1:
                raise asyncio.CancelledError
            return index

    with started(Leaves()) as made, pytest.raises((RuntimeError, ExceptionGroup)) as told:
        made.run(tasks)
    [error] = getattr(told.value, "exceptions", [told.value])
    assert str(error) == "task 1 was cancelled (CancelledError): it is not done"
    assert "atask" in [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def test_where_every_lane_is_cancelled_the_batch_fails(started):
    class Leaves(Workload):
        async def atask(self, lane, index):
            await asyncio.sleep(0)
            if index >= LANES:
                raise asyncio.CancelledError
            return index

    with started(Leaves()) as made, pytest.raises(ExceptionGroup, match="TaskGroup"):
        made.run(4 * LANES)


@BOTH
def test_the_first_error_cancels_the_others_and_has_the_tasks_frames(started, tasks):
    ended = []

    class Fails(Workload):
        async def atask(self, lane, index):
            try:
                await asyncio.sleep(0 if index == 1 else 60)
                return self.deeper()
            except asyncio.CancelledError:
                ended.append(index)
                raise

        def deeper(self):
            raise OSError("lost")

    with started(Fails()) as made, pytest.raises(ExceptionGroup) as told:
        made.run(tasks)
    [error] = told.value.exceptions
    assert [frame.name for frame in traceback.extract_tb(error.__traceback__)][-2:] == [
        "atask", "deeper",
    ]  # fmt: skip
    assert sorted(ended) == [0, 2]


@BOTH
@pytest.mark.parametrize("value", [None, "7", 1.5])
def test_what_is_no_proof_is_told_with_its_type(started, tasks, value):
    class Returns(Workload):
        async def atask(self, lane, index):
            await asyncio.sleep(0)
            return value if index == 1 else index

    with (
        started(Returns()) as made,
        pytest.raises(NotAProofError, match=f"returned {type(value).__name__},"),
    ):
        made.run(tasks)


class Interruptible(Workload):
    """Returns 1 where a Ctrl-C would come as in any program, and nobody has set up to take it."""

    def task(self, lane, index):
        return int(signal.getsignal(signal.SIGINT) is signal.default_int_handler)

    async def atask(self, lane, index):
        return self.task(lane, index)


@pytest.mark.parametrize("name", ["asyncio", "asyncio-blocking", "asyncio-to-thread"])
def test_no_batch_pays_for_a_signal_handler(name):
    with running(name, Interruptible(), LANES) as made:
        assert made.run(4) == Proof(4, 4)
