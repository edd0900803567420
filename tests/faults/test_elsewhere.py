"""On a system that has what is portable alone, commands measure as they do on Linux."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from asyncbench.runner.processes.failures import LostProcessError
from asyncbench.runner.processes.spawned import SpawnFactory
from tests.faults import commands

ROOT = Path(__file__).parents[2]
ELSEWHERE = ROOT / "tests" / "support" / "elsewhere"
# Those whose tests start no process, but for the one that forks to be killed.
PURE = """
    stats analysis/test_[abcglv]* analysis/test_reasons.py analysis/test_su* analysis/test_sweep.py
    analysis/test_timeline.py core/test_callables.py core/test_generated* core/test_values.py record
    report/test_a* report/test_chart.py report/test_terminal.py runner/test_finer.py
    runner/test_measure.py runner/test_points.py runner/test_s[cto]* worker/test_protocol.py
"""


def environment(**more):
    # Plugins of hypothesis are other packages, which ask for parts of the system by its name.
    return commands.environment(
        PYTHONPATH=str(ELSEWHERE), HYPOTHESIS_NO_PLUGINS="1", COLUMNS="120", **more
    )


def elsewhere(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder, env=environment(), capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip


def test_all_executors_are_measured_elsewhere(tmp_path):
    ran = elsewhere(
        tmp_path, "asyncbench", "run", "sleep", "-e", "threads,processes,asyncio", "-n", "4",
        "--budget", "1", "-q", "--csv", "-",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    rows = list(csv.DictReader(io.StringIO(ran.stdout)))
    assert {row["status"] for row in rows} == {"ok"}
    assert len(rows) == 3


def test_a_trace_is_drawn_elsewhere(tmp_path):
    ran = elsewhere(tmp_path, "asyncbench", "trace", "sleep", "-n", "2", "-e", "asyncio", "-q")
    assert ran.returncode == 0, ran.stderr
    assert "2 tasks on one thread" in ran.stdout


@pytest.mark.timeout(600)
def test_the_pure_parts_of_the_suite_pass_elsewhere():
    files = [path for part in PURE.split() for path in sorted((ROOT / "tests").glob(part))]
    named = [str(path.relative_to(ROOT)) for path in files]
    ran = elsewhere(ROOT, "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", *named)
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert " passed" in ran.stdout


@pytest.mark.skipif(os.name == "nt", reason="needs a program that fails at once")
def test_a_worker_that_does_not_come_is_told():
    with pytest.raises(LostProcessError, match=r"no worker can be started: its process exited"):
        SpawnFactory("/bin/false").worker()
