"""Any loop, any pool of futures, and one executor inside another: the same work, and one line."""

import asyncio
import os
import sys
import threading
import traceback
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from asyncbench import Proof, Workload
from asyncbench.errors import NotAProofError, UsageError
from asyncbench.executors import registry
from asyncbench.executors.composed import shares
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.planning.plan import build
from tests.executors.test_executors import Returns, Square
from tests.support.executors import started

ALL = [
    "loop:asyncio:new_event_loop",
    "loop:asyncio:SelectorEventLoop",
    "futures:concurrent.futures:ThreadPoolExecutor",
    "futures:concurrent.futures:ProcessPoolExecutor:workers=2",
    "futures:concurrent.futures:ProcessPoolExecutor:workers=2,chunk_size=7",
    "processes+asyncio:workers=2",
    "processes+uvloop:workers=2",
    "processes+asyncio:workers=2,start_method=spawn",
    "processes+threads:workers=2",
    "threads+asyncio:workers=2",
    "threads+uvloop:workers=3",
    "threads+loop:asyncio:new_event_loop:workers=2",
]


@pytest.fixture(params=ALL)
def executor(request):
    return registry.make(registry.choose(request.param)[1])


class Numbered(Square):
    """Its lanes on loops are told apart whoever opens them."""

    async def aopen(self):
        lane = uuid.uuid4().hex
        self._mark("open", lane)
        return lane


def test_a_loop_of_a_file_and_one_of_a_users_own_in_each_process_do_so_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "mine_alone.py").write_text(
        "from asyncbench.executors.asyncio_loop import LOOP, AsyncioLoop\n\n\n"
        "class Mine(AsyncioLoop):\n    name = 'mine'\n"
    )
    for name in ("loop:./mine_alone.py:LOOP", "processes+./mine_alone.py:Mine:workers=2"):
        with started(registry.choose(name)[1], Square(str(tmp_path)), 4) as made:
            assert made.run(4) == Proof(4, 14)
            assert isinstance(made.describe(4), dict)


def test_they_do_the_same_work(executor, tmp_path):
    executor.load()
    executor.start(Numbered(str(tmp_path)), 5)
    try:
        for tasks in (100, 5, 1):
            assert executor.run(tasks) == Proof(tasks, sum(n * n for n in range(tasks)))
        executor.describe(100)
    finally:
        executor.stop()
    opened = {path.name.removeprefix("open-") for path in tmp_path.glob("open-*")}
    assert opened == {path.name.removeprefix("close-") for path in tmp_path.glob("close-*")}
    assert opened


@pytest.mark.parametrize("value", [None, "7"])
def test_what_is_no_proof_is_told(executor, value):
    executor.start(Returns(value), 2)
    try:
        with pytest.raises(NotAProofError, match=f"returned {type(value).__name__},"):
            executor.run(6)
    finally:
        executor.stop()


class Shut(Workload):
    def open(self):
        raise OSError("shut")

    async def aopen(self):
        raise OSError("shut")


def test_a_lane_that_does_not_open_is_an_error_and_not_a_hang(executor):
    before = threading.active_count()
    with pytest.raises(OSError, match="shut"):
        executor.start(Shut(), 2)
    assert threading.active_count() <= before + 3  # of pools that the worker's end ends


class Where(Workload):
    def __init__(self):
        self.done = []

    async def aopen(self):
        return [os.getpid(), threading.get_ident(), id(asyncio.get_running_loop())]

    async def atask(self, lane, index):
        assert lane == await self.aopen()
        self.done.append((*lane, index))  # the threads work with this very object
        return index


def test_lanes_and_tasks_are_dealt_out_evenly():
    assert [len(share) for share in shares(100, 3)] == [33, 33, 34]
    assert [*shares(5, 2)] == [range(2), range(2, 5)]
    made = registry.make("threads+asyncio:workers=2")
    work = Where()
    made.start(work, 5)
    facts = made.describe(10)
    assert made.run(10) == Proof(10, 45)
    made.stop()
    assert (made.lanes, facts["lanes of each"]) == (5, "2, 3")
    by_thread = {}
    for pid, thread, loop, index in work.done:
        assert pid == os.getpid()
        by_thread.setdefault((thread, loop), []).append(index)
    assert sorted(by_thread.values()) == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


class Dies(Workload):
    async def atask(self, lane, index):
        os._exit(3)


def test_a_process_that_dies_is_told_and_the_others_end():
    made = registry.make("processes+asyncio:workers=2")
    made.start(Dies(), 2)
    with pytest.raises(RuntimeError, match=r"is gone \(exit code 3\)"):
        made.run(1)
    with pytest.raises(RuntimeError):
        made.stop()


class Fails(Workload):
    async def atask(self, lane, index):
        raise ValueError("the first")


def test_an_error_of_a_member_is_told_with_its_place():
    made = registry.make("processes+asyncio:workers=2")
    made.start(Fails(), 2)
    with pytest.raises(ValueError, match="the first") as told:
        made.run(2)
    assert "in atask" in "".join(traceback.format_exception(told.value))
    made.stop()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("process+asyncio", "nothing runs inside 'process' (did you mean 'processes'?)"),
        ("processes+asincio", "no executor 'asincio' (did you mean 'asyncio'"),
        (
            "processes+processes",
            "processes cannot run inside processes; an event loop or threads can",
        ),
        ("processes+asyncio:worker=2", "executor processes+asyncio has no parameter 'worker' (did"),
    ],
)
def test_a_composition_that_is_none_is_one_line(text, message):
    with pytest.raises(UsageError) as told:
        registry.choose(text)
    assert str(told.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("loop:nowhere_at_all:new", "cannot import nowhere_at_all: ModuleNotFoundError"),
        ("loop:asyncio:new_event_lop", "asyncio has no 'new_event_lop' (did you mean 'new_event_"),
        ("loop:asyncio", "loop:asyncio names no factory; write loop:MODULE:FACTORY"),
        ("futures:sys:path", "futures:sys:path is no factory"),
        ("threads+loop:nowhere_at_all:new", "cannot import nowhere_at_all"),
        ("rsloop", "rsloop is not installed; install it with: pip install rsloop"),
    ],
)
def test_a_factory_that_is_not_there_is_its_cells_reason_and_the_others_go_on(text, message):
    cells = build(RunOptions(["sleep"], ["sequential", text])).cells
    assert cells[0].unavailable is None
    assert str(cells[1].unavailable).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("loop:builtins:dict", "loop:builtins:dict gives a dict and no event loop of asyncio"),
        ("futures:builtins:dict", "futures:builtins:dict gives a dict and no concurrent.futures"),
        ("loop:asyncio:sleep", "loop:asyncio:sleep cannot be called with nothing: sleep() missing"),
        ("futures:math:sin", "futures:math:sin cannot be called with nothing: "),
    ],
)
def test_a_factory_that_gives_something_else_is_told(text, message):
    made = registry.make(text)
    with pytest.raises(UsageError) as told:
        made.start(Square(), 2)
    assert str(told.value).startswith(message)


class OwnPool(ThreadPoolExecutor):
    """A subclass of one's own."""


def test_a_pool_of_threads_says_so_and_has_as_many_as_lanes():
    made = registry.make(f"futures:{__name__}:OwnPool")
    assert made.scheduler == "threads"
    made.start(Square(), 7)
    assert (made.lanes, made.chunk(7)) == (7, 1)
    made.stop()


class Mute(Exception):  # noqa: N818 - a user's own
    """Can be told neither in words nor in a pickle."""

    def __reduce__(self):
        raise TypeError("not to be sent")

    def __str__(self):
        raise TypeError("not to be told")


class FailsMutely(Workload):
    async def atask(self, lane, index):
        raise Mute


def test_an_error_without_words_fails_its_task_and_no_process():
    with started(registry.choose("processes+asyncio:workers=2")[1], FailsMutely(), 2) as made:
        with pytest.raises(RuntimeError, match="Mute, whose text cannot be made"):
            made.run(2)
        with pytest.raises(RuntimeError, match="Mute, whose text cannot be made"):
            made.run(2)
