"""Traces of real batches for tests of their page: short ones, and one whose texts want to hurt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asyncbench.analysis.trace.summary import TraceSummary, summarise
from asyncbench.record.trace import Trace
from asyncbench.runner import trace
from asyncbench.runner.planning import plan
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.processes.launcher import ProcessLauncher
from tests.support.pages import HOSTILE

Work = tuple[Sequence[Trace], Sequence[TraceSummary]]

# The waits of two tasks, in a row and interleaved; all of it takes half a second.
TUTORIAL: dict[str, Any] = {
    "workloads": ["waiter"], "executors": ["asyncio-blocking", "asyncio", "threads"], "tasks": 2,
    "params": {"unit": "0.1"},
}  # fmt: skip
ODD = f"""
import asyncio, time
from dataclasses import dataclass
from asyncbench import Workload

TEXTS = {HOSTILE!r}

@dataclass
class Odd(Workload):
    tasks = concurrency = 5
    text: str = TEXTS[1]

    def label(self, index):
        return TEXTS[index]

    async def atask(self, lane, index):
        async def inner():
            await asyncio.sleep(0.003)
        inner.__qualname__ = inner.__name__ = TEXTS[2]
        await asyncio.create_task(inner())
        if index == 1:
            time.sleep(0.02)  # <script>window.hurt=9</script>
        return 1

@dataclass
class Hangs(Workload):
    tasks = concurrency = 3

    async def atask(self, lane, index):
        while index == 1:
            time.sleep(0.01)  # hangs
        return 1

@dataclass
class Fails(Workload):
    tasks = concurrency = 3

    async def atask(self, lane, index):
        await asyncio.sleep(0.001)
        if index == 1:
            raise ValueError(TEXTS[1])
        return 1
"""


def works(folder: Path, **wishes: Any) -> list[Work]:
    """Trace what is wished for, with the events in new folders below `folder`."""
    planned = plan.build(RunOptions(**wishes))
    events = folder / f"events{len(list(folder.iterdir()))}"
    events.mkdir()
    traces = trace.trace(planned, ProcessLauncher(), trace.Manner(10_000_000), events)
    by_work = [[each for each in traces if each.work is work] for work in planned.works]
    return [(of_work, summarise(of_work, 2)) for of_work in by_work if of_work]


def odd(folder: Path) -> list[Work]:
    """Trace three works of a file: hostile names, a hang and a failure."""
    # No two files that one process loads may be called alike.
    path = folder / f"odd_{folder.name}.py"
    path.write_text(ODD, encoding="utf-8")
    wishes: dict[str, Any] = {"executors": ["asyncio", "threads"], "timeout_s": 1.0}
    return [
        work
        for name in ("Odd", "Hangs", "Fails")
        for work in works(folder, workloads=[f"{path}:{name}"], **wishes)
    ]
