"""A trace that is ended in the middle: its events and the copy of the library go with it."""

import random
import signal
import sys
import time

import pytest

from tests.faults import commands
from tests.faults.census import Command

TRACE = ["trace", "work.py", "-e", "processes,asyncio", "-n", "40000", "-c", "2", "-q"]
PYTHONS = ["run", "work:Small", "-e", "threads", "--budget", "20", "-q",
           "--python", f"a={sys.executable}", "--python", f"b={sys.executable}"]  # fmt: skip
STATUS = {"SIGKILL": -9, "SIGTERM": 143, "SIGINT": 130, "SIGHUP": 129, "SIGQUIT": 131}


@pytest.mark.parametrize("what", ["trace", "pythons"])
@pytest.mark.parametrize("name", STATUS)
def test_a_signal_leaves_nothing_and_has_its_status(what, name, tmp_path):
    command = Command(commands.folder(tmp_path), *(TRACE if what == "trace" else PYTHONS))
    assert command.wait_for("worker")
    time.sleep(random.Random(f"{what} {name}").random())
    command.send(command.process.pid, getattr(signal, name))
    assert command.ended(15) == STATUS[name]
    assert command.left() == []
    command.texts()


@pytest.mark.parametrize("after_s", [0.15, 0.3, 0.45, 0.6])
def test_sigterm_is_sigterm_from_the_start(after_s, tmp_path):
    command = Command(commands.folder(tmp_path), *TRACE)
    time.sleep(after_s)
    command.send(command.process.pid, signal.SIGTERM)
    assert command.ended(15) in (143, -signal.SIGTERM)  # -15 before Python runs our code
    assert command.left() == []
    command.texts()


@pytest.mark.parametrize("workload", ["file-read", "sqlite-read"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_folder_whose_guard_is_ended_is_removed_all_the_same(workload, number, tmp_path):
    command = Command(tmp_path, "run", workload, "-e", "threads", "--budget", "3", "-q")
    assert command.wait_for("worker")
    for guard in command.roles()["folder guard"]:
        command.send(guard, number)
    assert command.ended(25) == 0
    assert command.left() == []
    command.texts()
