"""Loops of others that lack something: what they lack is a reason, and no failure of the work."""

import asyncio

import pytest

from asyncbench import Proof, Workload
from asyncbench.errors import UnsuitedError
from asyncbench.executors import registry
from asyncbench.worker import failures
from tests.support.typed import typed

HERE = f"loop:{__name__}"


class Loses(asyncio.SelectorEventLoop):
    """Cannot take a callback of a call in another thread that has ended."""

    def run_in_executor(self, executor, call, *arguments):
        future = super().run_in_executor(executor, call, *arguments)
        return Done(future, loop=self)


class Done(asyncio.Future):
    """Is done whenever it is asked."""

    def __init__(self, future, *, loop):
        super().__init__(loop=loop)
        self._inner = future

    def done(self):
        return True

    def add_done_callback(self, call, *, context=None):
        raise RuntimeError("no callback for what is done")


class Narrow(asyncio.SelectorEventLoop):
    """Takes no arguments for a reader."""

    def add_reader(self, fd, call):
        super().add_reader(fd, call)


class Unfinished(asyncio.SelectorEventLoop):
    """Has no sockets of its own."""

    async def sock_connect(self, sock, address):
        raise NotImplementedError


class InThread(Workload):
    async def atask(self, lane, index):
        return await asyncio.to_thread(int, index)


class Reads(Workload):
    async def atask(self, lane, index):
        asyncio.get_running_loop().add_reader(0, print, index)
        return index


class Connects(Workload):
    async def atask(self, lane, index):
        await asyncio.get_running_loop().sock_connect(None, ("127.0.0.1", 1))
        return index


class Fails(Workload):
    async def atask(self, lane, index):
        raise AttributeError("'Narrower' object has no attribute 'x'")


def failed(reference, work):
    made = registry.make(reference)
    made.start(work(), 2)
    try:
        made.run(2)
    except Exception as error:
        return failures.answer(error, made)
    finally:
        made.stop()
    raise AssertionError("it did not fail")


@pytest.mark.parametrize("executor", [f"{HERE}:Loses", f"processes+{HERE}:Loses"])
def test_a_loop_that_loses_calls_in_threads_is_told_before_it_loses_one(executor):
    told = failed(executor, InThread)
    assert told.unsuited
    assert told.reason == (
        f"{HERE}:Loses cannot wait for a call in another thread that has ended already "
        "(RuntimeError: no callback for what is done); run it under asyncio or another loop"
    )


def test_a_loop_that_loses_none_is_tried_once():
    made = registry.make("loop:asyncio:SelectorEventLoop")
    made.start(InThread(), 2)
    before = "run_in_executor" in vars(made.loop())
    assert made.run(4) == Proof(4, 6)
    assert (before, "run_in_executor" in vars(made.loop())) == (True, False)
    made.stop()


@pytest.mark.parametrize(
    ("loop", "work", "says"),
    [
        ("Narrow", Reads, "TypeError: Narrow.add_reader() takes 3 positional arguments but 4 were"),
        ("Unfinished", Connects, "NotImplementedError"),
    ],
)
def test_a_method_that_a_loop_lacks_is_its_cells_reason(loop, work, says):
    told = failed(f"{HERE}:{loop}", work)
    assert told.unsuited
    assert told.reason.startswith(f"{HERE}:{loop} lacks a part of what loops of asyncio have (")
    assert says in told.reason


def test_a_failure_of_the_work_is_one_under_such_a_loop_too():
    told = failed(f"{HERE}:Narrow", Fails)
    assert not told.unsuited
    assert "in atask" in told.traceback


def test_what_an_executor_cannot_do_is_left_out_and_fails_no_run(tmp_path):
    (tmp_path / "own_loop.py").write_text(
        "import asyncio\n\nclass Narrow(asyncio.SelectorEventLoop):\n"
        "    def call_at(self, when, call):\n        return super().call_at(when, call)\n"
        "    def call_later(self, delay, call):\n        return super().call_later(delay, call)\n"
    )
    asked = "run sleep -n 2 -c 2 -p seconds=0.001 --budget 1 --no-save -e"
    done = typed(*asked.split(), "asyncio,loop:own_loop.py:Narrow", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert "lacks a part of what loops of asyncio have" in " ".join(done.stdout.split())


def test_a_module_that_no_subinterpreter_can_load_is_a_reason():
    told = failures.answer(
        ImportError("module _x does not support loading in subinterpreters"), None
    )
    assert told.unsuited
    assert told.reason.startswith("the module _x cannot be loaded by several interpreters")


def test_an_error_of_ours_needs_no_frames():
    told = failures.answer(ExceptionGroup("both", [UnsuitedError("it cannot")]), None)
    assert (told.reason, told.traceback, told.unsuited) == ("it cannot", "", True)
