"""What a function returns goes back from a pool of processes, and the proof is made of it there."""

import contextlib
import os
import subprocess
import sys
import threading
from concurrent.futures.process import BrokenProcessPool
from typing import ClassVar

import pytest

from asyncbench import Proof, Workload
from asyncbench.core import functions
from asyncbench.core.functions import Call
from asyncbench.executors import _kit
from asyncbench.executors.processes import Processes
from asyncbench.worker.instrument.sink import EventSink
from asyncbench.worker.instrument.workload import InstrumentedWorkload


class Tells:
    """Has the length of the process that is asked for it, and counts how often it is sent."""

    def __len__(self):
        return os.getpid()


def tells(index):
    return Tells()


def holds(index):
    return threading.Lock()


def fails(index):
    raise TypeError("a task of its own")


class Unreadable:
    def __reduce__(self):
        return int, ("no number",)


def unreadable(index):
    return Unreadable()


def pool(name, **call):
    made = Processes()
    made.processes = 2
    workload = functions.load(f"{__name__}:{name}")(Call(kinds=["blocking"], **call))
    made.start(workload, 2)
    return made


def run(name, **call):
    made = pool(name, **call)
    try:
        return made.run(4)
    finally:
        made.stop()


def test_the_proof_is_made_where_the_result_went():
    assert run("tells") == Proof(4, 4 * os.getpid())
    assert run("tells", sends=False) != Proof(4, 4 * os.getpid())


def test_a_result_that_cannot_be_sent_is_told_with_the_remedy():
    with pytest.raises(TypeError, match=r"cannot be sent back .*lock.*--return none"):
        run("holds")
    assert run("holds", sends=False) == Proof(4, 0)


def test_a_tasks_own_error_is_not_taken_for_that():
    with pytest.raises(TypeError, match=r"^a task of its own$"):
        run("fails")


def test_what_cannot_be_unpickled_when_it_comes_back_is_told():
    made = pool("unreadable")
    with pytest.raises(
        TypeError, match=r"cannot be unpickled .*base 10: 'no number'\); an exception"
    ):
        made.run(4)
    with contextlib.suppress(BrokenProcessPool):  # it is of no more use
        made.stop()


def test_a_watched_task_sends_its_result_too(tmp_path):
    class Sink(EventSink):
        folder = str(tmp_path)

    inner = functions.load(f"{__name__}:tells")()
    watched = InstrumentedWorkload(inner, Sink())
    assert watched.sends_result
    assert watched.prove(Tells()) == os.getpid()


def test_an_answer_without_sending_says_so(tmp_path):
    (tmp_path / "user.py").write_text("def rows(index): return [index] * 10\n")
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "asyncbench", "run", "user.py:rows", "--return", "none", "-n",
         "4", "-e", "sequential,processes", "--budget", "0.4", "-q", "--no-save"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "hat rows returns stays in its process (--return none)" in " ".join(ran.stdout.split())


class Loads(Workload):
    loaded: ClassVar[list[str]] = []

    def load(self, form):
        self.loaded.append(form)

    def task(self, lane, index):
        return len(self.loaded)


def test_a_process_that_is_not_forked_loads_by_itself():
    made = Processes()
    made.start_method, made.processes = "spawn", 1
    made.start(Loads(), 1)
    assert made.run(2) == Proof(2, 2)
    made.stop()


def test_a_watched_workload_loads_in_the_processes_of_a_pool_too(tmp_path):
    class Sink(EventSink):
        folder = str(tmp_path)

    _kit.pack(InstrumentedWorkload(Loads(), Sink()), "blocking", shared=False).workload()
    assert Loads.loaded == ["blocking"]
