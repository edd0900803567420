"""Processes of ours that are killed while others live below them: nothing stays, and it is told."""

import signal
import time

import pytest

from asyncbench import api
from tests.faults import commands
from tests.faults.census import Command

POOL = ["run", "work.py", "-e", "processes", "--full", "--budget", "20", "-q"]


@pytest.mark.parametrize("role", ["fork server", "fork server guard"])
def test_the_process_that_keeps_the_workers_is_killed_and_its_pool_goes_with_it(role, tmp_path):
    run = Command(commands.folder(tmp_path), *POOL)
    assert run.wait_for("pool process")
    began = time.monotonic()
    [victim] = run.roles()[role]
    assert run.send(victim, signal.SIGKILL)
    assert run.ended(10) in (3, 4)  # 4 where that was before anything counted
    assert time.monotonic() - began < 9
    assert run.left() == []
    shown, told = run.texts()
    assert "failed" not in told  # no cell is blamed
    [journal] = (tmp_path / "results").iterdir()
    again = api.load(journal).run
    assert again.end.why.startswith("the process that keeps the workers has died")
    assert again.end.why in again.warnings
    if shown:
        assert again.end.why in " ".join(shown.split())
    else:  # nothing counted yet
        assert "nothing was measured: the process that keeps the workers has died" in told


def test_a_worker_is_killed_and_its_death_is_told_at_once_with_its_pool_alive(tmp_path):
    run = Command(commands.folder(tmp_path), *POOL)
    assert run.wait_for("pool process")
    began = time.monotonic()
    for worker in run.roles()["worker"]:
        run.send(worker, signal.SIGKILL)
    assert run.ended(10) in (3, 4)
    assert time.monotonic() - began < 9
    assert run.left() == []
    _, told = run.texts()
    assert "its worker was killed by SIGKILL" in told
