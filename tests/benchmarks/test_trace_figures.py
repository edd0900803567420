"""The figures of traces in docs/method.md; each test prints its own, and fails only far off."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest

from asyncbench.analysis.trace.summary import TraceSummary, summarise
from asyncbench.core import catalogue
from asyncbench.executors import registry
from asyncbench.record.events import EventLog
from asyncbench.runner import trace
from asyncbench.runner.planning import plan
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.processes.launcher import ProcessLauncher
from asyncbench.worker.instrument.workload import InstrumentedWorkload

TRIALS = int(os.environ.get("ASYNCBENCH_TRACES", "20"))
HERE = Path(__file__).parent
TRACED = HERE / "traced.py"
MS = 1_000_000

pytestmark = pytest.mark.timeout(3600)


def traced(folder: Path, workload: str, **wishes: Any) -> list[TraceSummary]:
    with TemporaryDirectory(dir=folder) as place:
        planned = plan.build(RunOptions([workload], **wishes))
        manner = trace.Manner(10 * MS)
        return summarise(trace.trace(planned, ProcessLauncher(), manner, Path(place)), 2)


@pytest.mark.parametrize("executor", ["asyncio", "uvloop"])
@pytest.mark.parametrize(
    ("workload", "params", "steps", "to_reach"),
    [
        ("yield", {"times": 100}, 10_000, "under 1 us"),
        ("sleep", {"seconds": 0.0001}, 10_000, "as measured: a timer and a task each"),
    ],
)
def test_overhead_of_a_traced_step(
    figure: Any, workload: str, params: dict[str, Any], steps: int, to_reach: str, executor: str
) -> None:
    tasks = 100 if workload == "yield" else steps

    def seconds(*, watched: bool) -> float:
        work = catalogue.build(catalogue.find(workload)[0][0], params)
        made = registry.find(executor)[1]()
        with TemporaryDirectory() as folder:
            work = InstrumentedWorkload(work, EventLog(folder)) if watched else work
            made.start(work, 100)
            if isinstance(work, InstrumentedWorkload):
                loop = made.loop()
                assert loop
                work.watch(loop)
            began = time.perf_counter()
            made.run(tasks)
            spent = time.perf_counter() - began
            made.stop()
        return spent

    def measure() -> tuple[float, str]:
        pairs = [(seconds(watched=False), seconds(watched=True)) for _ in range(25)]
        bare, more = median(a for a, _ in pairs), median(b - a for a, b in pairs)
        return more / steps, f"{more / steps * 1e9:.0f} ns over {bare / steps * 1e9:.0f} ns"

    assert figure(f"traced step, {workload} under {executor}", to_reach, measure) < 20e-6


@pytest.mark.parametrize("workload", ["sleep", "tcp-echo", "cpu"])
def test_what_is_left_unexplained(figure: Any, tmp_path: Path, workload: str) -> None:
    def measure() -> tuple[float, str]:
        shares: dict[str, list[float]] = {}
        for _ in range(TRIALS):
            for found in traced(tmp_path, workload):
                assert found.parts
                share = abs(found.parts.unexplained) / found.parts.whole
                shares.setdefault(found.trace.cell.executor, []).append(share)
        text = ", ".join(
            f"{name} {median(its):.1%} / {max(its):.1%}" for name, its in shares.items()
        )
        return max(map(max, shares.values())), f"median / most of {TRIALS}: {text}"

    assert figure(f"unexplained share of {workload}", "under 5 %", measure) < 0.5


@pytest.mark.parametrize("executor", ["asyncio", "uvloop"])
def test_a_planted_blocking_call_is_named(figure: Any, tmp_path: Path, executor: str) -> None:
    line = next(
        number
        for number, text in enumerate(TRACED.read_text().splitlines(), 1)
        if text.endswith("# planted")
    )

    def measure() -> tuple[int, str]:
        named, off = 0, []
        for _ in range(TRIALS):
            [found] = traced(tmp_path, f"{TRACED}:OneBlocks", executors=[executor])
            assert found.loop
            worst = found.loop.culprits[0]
            off.append(abs(worst.held_ns / (50 * MS) - 1))
            named += worst.text.file == str(TRACED) and worst.text.line == line and off[-1] < 0.1
        return named, f"{named} of {TRIALS}, duration off by {max(off):.1%} at the most"

    assert figure(f"planted 50 ms under {executor}, named", "20 of 20", measure) > TRIALS / 2


@pytest.mark.parametrize("executor", ["asyncio", "uvloop"])
def test_planted_starvation_is_flagged_and_equals_are_not(
    figure: Any, tmp_path: Path, executor: str
) -> None:
    def flagged(times: int) -> int:
        found = 0
        for _ in range(TRIALS):
            [each] = traced(
                tmp_path,
                f"{TRACED}:OneLaneIsSlow",
                executors=[executor],
                params={"times": str(times)},
            )
            assert each.lanes
            found += bool(each.lanes.starved)
        return found

    def measure() -> tuple[int, str]:
        planted, fair = flagged(10), flagged(1)
        return planted - fair, f"{planted} of {TRIALS}; of equals {fair} of {TRIALS}"

    assert figure(f"starved lane under {executor}", "20 of 20; 0", measure) > TRIALS / 2


@pytest.mark.parametrize("workload", ["sleep", "tcp-echo"])
def test_equal_lanes_of_all_executors_are_not_flagged(
    figure: Any, tmp_path: Path, workload: str
) -> None:
    def measure() -> tuple[int, str]:
        flagged = 0
        for _ in range(TRIALS):
            for found in traced(tmp_path, workload, tasks=500, concurrency=10):
                assert found.lanes
                flagged += bool(found.lanes.starved)
        return flagged, f"{flagged} of {5 * TRIALS} cells"

    assert figure(f"equal lanes of {workload} flagged", "0", measure) < TRIALS


@pytest.mark.parametrize("concurrency", [50, 100_000])
def test_memory_of_a_hundred_thousand_tasks(figure: Any, tmp_path: Path, concurrency: int) -> None:
    def measure() -> tuple[float, str]:
        running = subprocess.Popen(
            [
                *(sys.executable, "-m", "asyncbench", "trace", "sleep", "-e", "asyncio", "-q"),
                *("-n", "100000", "-c", str(concurrency), "-p", "seconds=0.001"),
                *("-o", str(tmp_path / "trace.json")),
            ],
            stdout=subprocess.DEVNULL,
        )
        peaks: dict[int, int] = {}
        watcher = threading.Thread(target=_watch, args=(running, peaks))
        watcher.start()
        assert running.wait() == 0
        watcher.join()
        size = (tmp_path / "trace.json").stat().st_size
        command, worker = peaks.pop(running.pid), max(peaks.values())
        return (
            float(max(command, worker)),
            f"{command / 1e6:.0f} MB, its worker {worker / 1e6:.0f} MB, file {size / 1e6:.0f} MB",
        )

    name = f"100,000 tasks traced, {concurrency:,} at once"
    assert figure(name, "under 300 MB", measure) < 2e9


def _watch(running: subprocess.Popen[bytes], peaks: dict[int, int]) -> None:
    """Note the largest resident memory of a process and of each below it."""
    while running.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            top = psutil.Process(running.pid)
            for each in (top, *top.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    peaks[each.pid] = max(peaks.get(each.pid, 0), each.memory_info().rss)
        time.sleep(0.02)
