"""Values that a workload or a command line gives and no machine could use: one line, before."""

import json

import pytest

from asyncbench.errors import JournalError, UsageError
from asyncbench.record import journal, store
from tests.faults import commands

DEMANDS = """
from asyncbench import Demand, Target, Workload


class Server(Target):
    name = "mine"

    def serve(self, ready):
        import threading
        {serve}
        threading.Event().wait()

    def cpu_ns(self):
        return {cpu}

    def describe(self):
        return {facts}


class Asking(Workload):
    tasks = 4
    concurrency = 2

    def demand(self):
        return {demand}

    def target(self):
        return {target}

    def task(self, lane, index):
        return index

    async def atask(self, lane, index):
        return index
"""
USUAL = {"demand": "Demand(wait_s=0.0, cpu_s=0.0)", "target": "None", "serve": "ready('here')",
         "cpu": "0", "facts": "{}"}  # fmt: skip


def ran(tmp_path, *more, **changes):
    folder = commands.folder(tmp_path, DEMANDS.format(**USUAL | changes))
    return commands.shell('"$@"', folder, "run", "work.py", "-e", "threads,asyncio",
                          "--budget", "0.5", "-q", *more)  # fmt: skip


@pytest.mark.parametrize(
    "seconds", ["float('nan')", "float('inf')", "'x'", "None", "-1.0", "1e300"]
)
def test_a_demand_that_is_none_is_refused(seconds, tmp_path):
    told = ran(tmp_path, demand=f"Demand(wait_s={seconds}, cpu_s=0.0)")
    assert told.returncode == 2
    assert "workload asking: what a task waits is a number of seconds" in told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    "serve",
    ["ready('here'); ready('there')", "ready('here'); import os; os.write(1, b'{}\\n' * 9)"],
)
def test_a_target_that_says_too_much_fails_alone(serve, tmp_path):
    told = ran(tmp_path, serve=serve, target="Server()")
    assert told.returncode in (0, 4)
    assert "Traceback (most recent call last)" not in told.stderr.split("failed:")[0]


@pytest.mark.parametrize("cpu", ["-5", "'x'", "None", "float('nan')", "10**40", "[[]]"])
def test_a_target_whose_time_is_none_fails_its_work(cpu, tmp_path):
    told = ran(tmp_path, cpu=cpu, target="Server()")
    assert told.returncode == 4
    assert "its target answered cpu_ns = " in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["-n", "10000000000"], "tasks is 10,000,000,000; more than 10,000,000 are not measured"),
        (["-n", str(10**30)], "too large"),
        (["-c", str(10**30), "-n", "5"], "too large"),
    ],
)
def test_more_than_a_machine_has_room_for_is_refused(more, why, tmp_path):
    told = ran(tmp_path, *more)
    assert told.returncode == 2
    assert why in told.stderr


@pytest.mark.parametrize("seconds", ["1e9", "1e18", "1e300"])
def test_a_sleep_of_years_is_refused(seconds, tmp_path):
    told = commands.shell('"$@"', tmp_path, "run", "sleep", "-p", f"seconds={seconds}", "-q")
    assert told.returncode == 2
    assert "at most a day's" in told.stderr


@pytest.mark.parametrize("how", ["newer", "torn", "empty"])
def test_a_journal_that_cannot_be_read_is_found_by_its_name(how, tmp_path):
    header = json.dumps({"is": "asyncbench", "schema": 99})
    text = {"newer": header + "\n", "torn": header[:20], "empty": ""}[how]
    path = tmp_path / f"20260101T120000-mine{journal.SUFFIX}"
    path.write_text(text)
    for reference in ("mine", path.stem, path.name):
        found = store.find(reference, tmp_path)
        assert found == path
        with pytest.raises(JournalError, match="schema 99" if how == "newer" else "journal"):
            journal.read(found)
    with pytest.raises(UsageError, match="no file and no run"):
        store.find("yours", tmp_path)
