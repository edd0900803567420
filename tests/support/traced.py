"""Traces of real batches, made with a worker of their own."""

from pathlib import Path

import pytest

from asyncbench.analysis.trace import summary
from asyncbench.runner import trace as tracer
from asyncbench.runner.planning import plan
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.processes.launcher import ProcessLauncher

MS = 1_000_000
LINUX = pytest.mark.skipif(not Path("/proc/self/syscall").exists(), reason="needs Linux's /proc")


def traced(folder, *workloads, rate=None, threshold_ms=10, **wishes):
    planned = plan.build(RunOptions(list(workloads), **wishes))
    manner = tracer.Manner(threshold_ms * MS, rate)
    folder = folder / str(len(list(folder.iterdir())))
    folder.mkdir()
    return tracer.trace(planned, ProcessLauncher(), manner, folder)


def taken_apart(traces):
    return {each.trace.cell.executor: each for each in summary.of(traces, 2)}
