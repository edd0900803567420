"""Pools that are started by `forkserver` or `spawn` leave no folder and no semaphore."""

import signal
import sys
from pathlib import Path

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
ROOT = Path(__file__).parents[2]
POOL = ["run", "work.py", "-e", "processes", "--full", "-q", "--processes", "2"]
# As a run has them, without its samples; after each, the folders and the semaphores that are there.
ROUNDS = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from asyncbench.runner import requests
from asyncbench.runner.planning import plan
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.processes.launcher import ProcessLauncher
from asyncbench.worker.protocol import Run, Start, Stop

SAMPLE = Run(batches=1, warmup=False, cpu=None)
planned = plan.build(RunOptions(["work.py"], executors=["processes"], processes=2))
with ProcessLauncher() as launcher:
    for _ in range(100):
        factory = launcher.factory(None)
        worker = factory.worker()
        for request in (requests.load(planned, planned.cells[0], None), Start(), SAMPLE, Stop()):
            worker.ask(request, 60)
        pid = factory._process.pid
        worker.end()
        factory.close()
        ours = f"sem.mp-asyncbench-{pid}-*"
        folders = [*Path(os.environ["TMPDIR"]).glob("**/pymp-*")]
        print(len(folders), len([*Path("/dev/shm").glob(ours)]))
"""


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
def test_a_hundred_rounds_leave_nothing(method, tmp_path):
    folder = commands.folder(tmp_path, WORK.format(method=method))
    run = Command(folder, program=[sys.executable, "-c", ROUNDS, str(ROOT)])
    assert run.ended(400) == 0
    left = run.left(0.5)
    out, err = run.texts()
    assert (left, err) == ([], "")
    # The last is as the first: nothing gathers from round to round either.
    counts = [tuple(map(int, line.split())) for line in out.splitlines()]
    assert len(counts) == 100
    assert set(counts) == {(0, 0)}


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
