"""Pools that are started by `forkserver` or `spawn` leave no folder and no semaphore."""

import signal

import pytest

from asyncbench import api
from tests.faults import commands
from tests.faults.census import SHM, Command

WORK = (
    """
import multiprocessing
multiprocessing.set_start_method("{method}", force=True)
"""
    + commands.WORK
)
POOL = ["run", "work.py", "-e", "processes", "--full", "-q", "--processes", "2"]


@pytest.mark.parametrize("method", ["forkserver", "spawn", "fork"])
def test_rounds_leave_nothing(method, tmp_path):
    folder = commands.folder(tmp_path, WORK.format(method=method))
    run = Command(folder, *POOL, "--budget", "6")
    assert run.ended(40) == 0
    assert run.left(0.5) == []
    run.texts()
    [journal] = (tmp_path / "results").iterdir()
    lives = api.load(journal).run.lives
    assert lives[0].facts["start method"] == method
    assert len(lives) > 2


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
@pytest.mark.parametrize("role", ["parent", "worker", "fork server", "pool process"])
def test_a_kill_leaves_nothing(method, role, tmp_path):
    run = Command(commands.folder(tmp_path, WORK.format(method=method)), *POOL, "--budget", "30")
    assert run.wait_for("pool process")
    for victim in run.roles()[role]:
        run.send(victim, signal.SIGKILL)
    assert run.ended(20) == (-signal.SIGKILL if role == "parent" else 4)
    assert run.left() == []
    run.texts()


def test_without_shared_memory_a_pool_leaves_nothing_either(tmp_path):
    if not SHM.is_dir():
        pytest.skip("there is none here to hide")
    work = "import multiprocessing.heap as heap\nheap.Arena._dir_candidates = []\n" + commands.WORK
    run = Command(commands.folder(tmp_path, work), *POOL, "--budget", "2")
    assert run.ended(40) == 0
    assert run.left(0.5) == []
    run.texts()
