"""Traces of real batches, made with a worker of their own."""

from pathlib import Path

import pytest

from asyncbench.analysis.trace.summary import summarise
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
    return {each.trace.cell.executor: each for each in summarise(traces, 2)}


APP = """
import asyncio, subprocess, threading, time

async def planted(index: int):
    await asyncio.sleep(0.001)
    if index == 37:
        time.sleep(0.05)  # planted
    await asyncio.sleep(0.001)
    return index

async def hangs(index: int):
    await asyncio.sleep(0.001)
    while index == 2:
        time.sleep(0.05)  # hangs
    return index

def spins(index: int):
    while index == 2:
        pass  # spins
    return index

async def child(seconds):
    await asyncio.sleep(seconds)

async def spawns(index: int):
    async with asyncio.TaskGroup() as group:
        for number in range(2):
            group.create_task(child(0.002 * number))
    return index

def starts(index: int):
    thread = threading.Thread(target=time.sleep, args=(0.03,), name=f"helper-{index}")
    thread.start()
    subprocess.run(["sleep", "0.15"])  # seen from outside, also where others take the CPUs
    thread.join()
    return index

async def fails(index: int):
    await asyncio.sleep(0.001)
    if index == 3:
        raise ValueError("planted")
    return index
"""


def line_of(mark):
    return next(n for n, line in enumerate(APP.splitlines(), 1) if line.endswith(f"# {mark}"))
