"""What hangs ends in time, tells where it hung, and the rest of the run goes on."""

import time

import pytest

from tests.faults import commands
from tests.faults.census import Command

HEAD = """
import asyncio, atexit, threading, time
from asyncbench import Target, Workload


def for_ever():
    while True:
        time.sleep(0.01)


class Silent(Target):
    name = "silent"

    def serve(self, ready):
        {serve}


class Hangs(Workload):
    tasks = 4
    concurrency = 2

    {method}

    async def aopen(self):
        return None

    async def aclose(self, lane):
        pass

"""
TASK = """
    def task(self, lane, index):
        return index
"""
ATASK = """
    async def atask(self, lane, index):
        return index
"""
AWAITS = """
    async def atask(self, lane, index):
        await asyncio.Event().wait()  # the place
"""
# What hangs, in which executor, and what is told of it.
WAYS = {
    "a task": ("def task(self, lane, index):\n        for_ever()", ATASK, "in for_ever"),
    "an open": ("def open(self):\n        for_ever()", TASK + ATASK, "in for_ever"),
    "a close": ("def close(self, lane):\n        for_ever()", TASK + ATASK, "in for_ever"),
    "a coroutine": ("", TASK + AWAITS, "was still awaiting: "),
    "a blocked loop": ("async def atask(self, lane, index):\n        for_ever()", TASK,
                       "in for_ever"),
    "a lock": ("def task(self, lane, index):\n        threading.Lock().acquire() and "
               "threading.Semaphore(0).acquire()", ATASK, "in task"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_it_ends_and_tells_where(way, tmp_path):
    method, rest, told = WAYS[way]
    work = HEAD.format(method=method, serve="pass") + rest
    began = time.monotonic()
    run = Command(commands.folder(tmp_path, work), "run", "work.py", "-e", "sequential,asyncio",
                  "--budget", "1", "--timeout", "1", "-q")  # fmt: skip
    status = run.ended(30)
    assert time.monotonic() - began < 20
    assert run.left() == []
    _, printed = run.texts()
    assert status == 3, printed
    assert "timed out after 1 s" in printed
    assert told in printed
    assert "work.py" in printed
    assert "If it only takes that long: more --timeout" in printed


@pytest.mark.parametrize("executor", ["processes:start_method=forkserver", "loky"])
def test_a_process_that_a_pool_started_anew_tells_where(tmp_path, executor):
    given = "def task(self, lane, index):\n        for_ever()"
    work = HEAD.format(method=given, serve="pass") + ATASK
    # Long enough for its processes to begin, also where others take the CPUs.
    run = Command(commands.folder(tmp_path, work), "run", "work.py", "--budget", "1", "--timeout",
                  "4", "-q", "-e", executor)  # fmt: skip
    assert run.ended(60) == 4
    _, printed = run.texts()
    assert "in for_ever" in printed


def test_an_exit_handler_that_hangs_keeps_nobody(tmp_path):
    work = commands.WORK + "\nimport atexit\natexit.register(time.sleep, 600)\n"
    run = Command(commands.folder(tmp_path, work), "run", "work.py", "-e", "threads,processes",
                  "--python", __import__("sys").executable, "--budget", "1", "-q",
                  "--python", f"b={__import__('sys').executable}")  # fmt: skip
    assert run.wait_for("folder guard")
    run.send(run.process.pid, 15)
    assert run.ended(20) == 143
    assert run.left() == []
    run.texts()


def test_a_server_that_never_answers_fails_its_cells(tmp_path):
    work = """
import socket, threading
from asyncbench import Target, Workload


class Mute(Target):
    name = "mute"

    def serve(self, ready):
        listener = socket.create_server(("127.0.0.1", 0))
        ready(listener.getsockname()[:2])
        threading.Event().wait()


class Asks(Workload):
    tasks = 4
    concurrency = 2

    def target(self):
        return Mute()

    def task(self, lane, index):
        with socket.create_connection(self.address) as line:
            return len(line.recv(1))
"""
    run = Command(commands.folder(tmp_path, work), "run", "work.py", "-e", "threads",
                  "--budget", "1", "--timeout", "1", "-q")  # fmt: skip
    assert run.ended(20) == 4
    assert run.left() == []
    _, printed = run.texts()
    assert "timed out after 1 s" in printed
    assert "in task" in printed
