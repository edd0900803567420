"""Every executor does the same work, over lanes that it opens and closes itself."""

import asyncio
import os
import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

import asyncbench
from asyncbench import Proof, Workload
from asyncbench.core.executor import Scheduler
from asyncbench.errors import NotAProofError, UsageError
from asyncbench.executors import any_loop, registry
from asyncbench.record.plan import Cell
from tests.support.executors import SLOW, usable


@dataclass
class Square(Workload):
    """Squares the index; every lane leaves a file when opened and another when closed."""

    folder: str = ""

    def open(self):
        lane = f"{os.getpid()}-{threading.get_ident()}"
        self._mark("open", lane)
        return lane

    def task(self, lane, index):
        assert lane == f"{os.getpid()}-{threading.get_ident()}"
        return index * index

    def close(self, lane):
        assert lane == f"{os.getpid()}-{threading.get_ident()}"
        self._mark("close", lane)

    async def aopen(self):
        self.opened = getattr(self, "opened", 0) + 1
        self._mark("open", str(self.opened))
        return self.opened

    async def atask(self, lane, index):
        return index * index

    async def aclose(self, lane):
        self._mark("close", str(lane))

    anyopen, anytask, anyclose = aopen, atask, aclose

    def _mark(self, what, lane):
        if self.folder:
            (Path(self.folder) / f"{what}-{lane}").touch()


class Wait(Workload):
    def task(self, lane, index):
        time.sleep(0.01)
        return index

    async def atask(self, lane, index):
        import asyncio

        await asyncio.sleep(0.01)
        return index


@pytest.fixture(params=usable([name for name in registry.BUILT_IN if name not in SLOW]))
def executor(request):
    return registry.make(request.param)


def test_who_cannot_run_here_says_what_would_mend_that():
    for name in {*registry.BUILT_IN} - {*usable(registry.BUILT_IN)}:
        reason = registry.make(name).unavailable()
        assert re.search(r"; (install it with: pip install|run it there with --python) ", reason)


def test_the_proof_is_the_same_under_all(executor):
    executor.start(Square(), 3)
    try:
        assert executor.run(100) == Proof(100, sum(n * n for n in range(100)))
        assert executor.run(1) == Proof(1, 0)
    finally:
        executor.stop()


class Returns(Workload):
    def __init__(self, value):
        self.value = value

    def task(self, lane, index):
        return self.value

    async def atask(self, lane, index):
        return self.value

    anytask = atask


@pytest.mark.parametrize("value", [None, "7", 1.5])
def test_what_is_no_proof_is_told_under_all(executor, value):
    executor.start(Returns(value), 2)
    try:
        with pytest.raises(NotAProofError):
            executor.run(3)
    finally:
        executor.stop()


class MeantForText(Workload):
    def task(self, lane, index):
        return 1 + "text"

    async def atask(self, lane, index):
        return 1 + "text"

    anytask = atask


@pytest.mark.parametrize("tasks", [2, 3])
def test_a_type_error_of_a_tasks_own_is_not_taken_for_a_bad_proof(executor, tasks):
    executor.start(MeantForText(), 2)
    try:
        with pytest.raises((TypeError, ExceptionGroup)) as told:
            executor.run(tasks)
        errors = getattr(told.value, "exceptions", [told.value])
        assert {type(error) for error in errors} == {TypeError}
    finally:
        executor.stop()


def test_every_lane_is_opened_by_its_own_thread_or_process_and_closed_there(executor, tmp_path):
    executor.processes = 2
    executor.start(Square(str(tmp_path)), 3)
    executor.run(10)
    executor.stop()
    opened = sorted(path.name.removeprefix("open-") for path in tmp_path.glob("open-*"))
    closed = sorted(path.name.removeprefix("close-") for path in tmp_path.glob("close-*"))
    assert opened == closed
    assert executor.lanes == {"none": 1, "processes": 2}.get(executor.scheduler, 3)
    # All lanes of blocking calls on a loop, and of greenlets, are opened by one thread.
    in_one = executor.name in ("asyncio-blocking", "gevent")
    assert len(opened) == (1 if in_one else executor.lanes)


class Shut(Square):
    def open(self):
        raise OSError("shut")

    async def aopen(self):
        raise OSError("shut")

    anyopen = aopen


def test_a_lane_that_does_not_open_is_an_error_and_not_a_hang(executor):
    with pytest.raises(OSError, match="shut"):
        executor.start(Shut(), 2)


@pytest.mark.parametrize("name", ["threads", "asyncio", "uvloop"])
def test_a_hundred_tasks_wait_at_once(name):
    class Meets(Workload):
        """Each waits until all are there: one after the other they would wait for ever."""

        def __init__(self):
            self.threads = threading.Barrier(100)
            self.coroutines = asyncio.Barrier(100)

        def task(self, lane, index):
            self.threads.wait(30)
            return index

        async def atask(self, lane, index):
            async with asyncio.timeout(30):
                await self.coroutines.wait()
            return index

    made = registry.find(name)[1]()
    made.start(Meets(), 100)
    assert made.run(100).count == 100
    made.stop()


def test_event_loops_keep_no_more_in_flight_than_there_are_lanes():
    class Counts(Workload):
        now = most = 0

        async def atask(self, lane, index):
            import asyncio

            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0)
            self.now -= 1
            return index

    for name in ("asyncio", "uvloop"):
        workload = Counts()
        made = registry.find(name)[1]()
        made.start(workload, 7)
        made.run(100)
        made.stop()
        assert workload.most == 7


def test_processes_state_how_they_start_and_share_out():
    made = registry.find("processes")[1]()
    made.processes = 2
    made.start(Square(), 8)
    facts = made.describe(80)
    made.stop()
    assert facts["chunk size"] == "10"
    assert facts["start method"] in ("fork", "spawn", "forkserver")


def test_an_executor_of_ones_own_is_found_by_file_and_name():
    path = Path(__file__).parents[1] / "support" / "faults" / "executor_of_mine.py"
    reference, found = registry.find(f"{path}:Backwards")
    assert reference == f"{path}:Backwards"
    assert found.name == "backwards"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("thread", "no executor 'thread' (did you mean 'threads'?)"),
        ("json:loads", "json:loads is not a subclass of asyncbench.Executor"),
        ("json:nothing", "json has no 'nothing'"),
        ("nowhere_at_all:X", "cannot import nowhere_at_all: ModuleNotFoundError"),
        ("nowhere.py:X", "no file"),
    ],
)
def test_what_is_no_executor_is_told(reference, message):
    with pytest.raises(UsageError) as told:
        registry.find(reference)
    assert str(told.value).startswith(message)


def test_an_executor_says_who_schedules_and_for_whom_it_stands():
    traits = {
        name: (found.scheduler, found.side)
        for name in registry.BUILT_IN
        for found in [registry.find(name)[1]]
    }
    assert traits == {
        "sequential": ("none", None),
        "threads": ("threads", "preemptive"),
        "processes": ("processes", "preemptive"),
        "asyncio": ("asyncio", "cooperative"),
        "uvloop": ("asyncio", "cooperative"),
        "asyncio-blocking": ("asyncio", None),
        "asyncio-to-thread": ("threads", None),
        "asyncio-eager": ("asyncio", "cooperative"),
        "asyncio-gather": ("asyncio", "cooperative"),
        "asyncio-semaphore": ("asyncio", "cooperative"),
        "asyncio-queue": ("asyncio", "cooperative"),
        "trio": ("trio", "cooperative"),
        "gevent": ("gevent", "cooperative"),
        "interpreters": ("processes", "preemptive"),
        "joblib": ("processes", "preemptive"),
        "dask": ("processes", "preemptive"),
        "joblib-threading": ("threads", "preemptive"),
        "loky": ("processes", "preemptive"),
        **dict.fromkeys(any_loop.KNOWN.values(), ("asyncio", "cooperative")),
    }


def test_what_an_executor_says_of_itself_outweighs_its_family():
    class Green(asyncbench.Executor):
        family = asyncbench.Family.COOPERATIVE
        scheduler = Scheduler.GEVENT
        side = asyncbench.Family.COOPERATIVE

    cell = Cell(0, 0, "green", "m:Green", Green.family, Green.form, scheduler=Green.scheduler,
                side=Green.side)  # fmt: skip
    assert (cell.side, cell.has_loop, cell.blocks_loop) == ("cooperative", False, False)


def test_the_cell_of_an_older_journal_has_the_usual_traits():
    cell = Cell(0, 0, "asyncio-blocking", "m:Name", "cooperative", "blocking")
    assert (cell.scheduler, cell.side, cell.blocks_loop) == ("asyncio", "", True)
    assert Cell(0, 0, "mine", "m:Mine", "a family of the future").scheduler == "threads"
