"""Pools that start interpreters of their own keep what all executors do: each started once."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from asyncbench.workloads.primitives import Payload

from asyncbench import Proof
from asyncbench.errors import NotAProofError
from asyncbench.executors import registry
from tests.executors.test_executors import Shut, Square
from tests.support.executors import usable


@dataclass
class Told(Square):
    """Does what a file says: a member takes its workload once, and works with it from then on."""

    def task(self, lane, index):
        does = Path(self.folder, "does").read_text()
        if does == "raise":
            return 1 + "text"
        return {"square": super().task(lane, index), "nothing": None, "text": "7"}[does]


def keeps_what_all_do(made, folder, *, goes_on=True):
    """Go through what test_executors.py asks of every executor, with one start.

    One that does not go on after an error has ended its members, and their lanes with them.
    """
    does = folder / "does"
    made.load()
    made.start(Told(str(folder)), 3)
    try:
        does.write_text("square")
        assert made.run(100) == Proof(100, sum(n * n for n in range(100)))
        assert made.run(1) == Proof(1, 0)
        for odd in ("nothing", "text"):
            does.write_text(odd)
            with pytest.raises(NotAProofError):
                made.run(3)
        does.write_text("raise")
        with pytest.raises(TypeError, match="unsupported operand"):
            made.run(3)
        if goes_on:
            does.write_text("square")
            assert made.run(3) == Proof(3, 5)
    finally:
        made.stop()
    opened = {path.name.removeprefix("open-") for path in folder.glob("open-*")}
    closed = {path.name.removeprefix("close-") for path in folder.glob("close-*")}
    assert len(opened) == made.lanes == 2
    assert closed == (opened if goes_on else set())
    with pytest.raises(OSError, match="shut"):
        made.start(Shut(), 2)


@pytest.mark.parametrize("name", usable(["joblib", "loky"]))
def test_pools_of_processes_of_their_own_keep_what_all_do(name, tmp_path):
    keeps_what_all_do(registry.make(f"{name}:workers=2"), tmp_path, goes_on=name != "joblib")


def test_what_goes_to_a_subinterpreter_loads_where_there_is_no_faulthandler():
    asked = "import sys; sys.modules['faulthandler'] = None; import asyncbench.worker.hanging"
    asked += "; import asyncbench.worker.instrument.workload"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


@pytest.mark.parametrize("name", usable(["joblib", "joblib-threading"]))
def test_one_lane_is_enough_for_joblib(name):
    made = registry.make(name)
    made.load()
    made.start(Payload(), 1)
    proofs = [made.run(3) for _ in range(2)]
    told = made.describe(3)
    made.stop()
    assert proofs == 2 * [Proof(3, 3 * 10_000 + 3)]
    assert "joblib starts no worker" in told["one job at a time"]
