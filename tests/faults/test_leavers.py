"""Code that leaves its process group, or leaves processes behind, does not get away with it."""

import random
import signal
import time

import pytest

from tests.faults import commands
from tests.faults.census import Command, until

LEAVES = """
import os, subprocess, time
from asyncbench import Workload


class Leaver(Workload):
    tasks = 4
    concurrency = 2

    def task(self, lane, index):
        os.setpgid(0, os.getpgid(os.getppid()))
        while True:
            time.sleep(1)

    async def atask(self, lane, index):
        return index
"""
DAEMONS = """
import subprocess, time
from asyncbench import Workload


class Daemons(Workload):
    tasks = 4
    concurrency = 2

    def task(self, lane, index):
        # In a session of its own, and without a parent.
        subprocess.run("setsid sleep 600 & setsid sh -c 'trap \\"\\" TERM HUP; sleep 600' &",
                       shell=True)
        return index

    async def atask(self, lane, index):
        return index
"""
STARTS = """
import subprocess, threading
from asyncbench import Target, Workload


class Server(Target):
    name = "mine"

    def serve(self, ready):
        subprocess.Popen(["sleep", "600"])
        subprocess.run("setsid sleep 600 &", shell=True)
        ready("here")
        threading.Event().wait()


class Served(Workload):
    tasks = 4
    concurrency = 2

    def target(self):
        return Server()

    def task(self, lane, index):
        return index
"""


def test_a_task_that_leaves_its_group_and_hangs_is_ended_in_time(tmp_path):
    began = time.monotonic()
    run = Command(commands.folder(tmp_path, LEAVES), "run", "work.py", "-e", "sequential,asyncio",
                  "--budget", "1", "--timeout", "1", "-q")  # fmt: skip
    assert run.ended(20) == 3
    assert time.monotonic() - began < 12
    assert run.left() == []
    _, told = run.texts()
    assert "timed out after 1 s" in told


@pytest.mark.parametrize(("work", "executor"), [(DAEMONS, "threads"), (STARTS, "threads")])
def test_what_they_start_is_gone_after_the_run(work, executor, tmp_path):
    run = Command(commands.folder(tmp_path, work), "run", "work.py", "-e", executor,
                  "--budget", "1", "-q")  # fmt: skip
    assert run.ended(40) == 0
    assert run.left() == []
    run.texts()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("role", ["parent", "target", "target guard", "database", "folder guard"])
def test_a_database_leaves_nothing_at_whatever_moment(role, number, tmp_path):
    run = Command(tmp_path, "run", "postgres-query", "-e", "threads", "--budget", "3", "-q")
    if not run.wait_for("database", 10):
        pytest.skip("PostgreSQL cannot run here")
    time.sleep(
        random.Random(f"{role} {number}").random()
    )  # while initdb runs, or the server starts
    for victim in run.roles().get(role, []):
        run.send(victim, number)
    assert run.ended(30) is not None
    assert run.left() == []
    run.texts()


def test_a_folder_whose_guard_cannot_start_does_not_stay(tmp_path, monkeypatch):
    from asyncbench.targets import folder

    def none(*_, **__):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(folder.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(folder.subprocess, "Popen", none)
    with pytest.raises(BlockingIOError):
        folder.Folder()
    assert list(tmp_path.iterdir()) == []


def test_a_stopped_guard_does_not_keep_a_folder(tmp_path, monkeypatch):
    from asyncbench.targets import folder

    monkeypatch.setattr(folder.tempfile, "tempdir", str(tmp_path))
    made = folder.Folder()
    made._guard.send_signal(signal.SIGSTOP)
    made.remove()
    assert until(lambda: not list(tmp_path.iterdir()), 1)
