"""The figures of docs/method.md; each test prints what it found, and fails only where far off.

`ASYNCBENCH_TRIALS` sets how many live twins are measured (150), the others follow from it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import uvloop

import asyncbench
from asyncbench.executors import registry
from asyncbench.runner.processes.launcher import ProcessLauncher
from asyncbench.worker import protocol
from tests.benchmarks import trials
from tests.benchmarks.loads import Nothing

TRIALS = int(os.environ.get("ASYNCBENCH_TRIALS", "150"))
HERE = Path(__file__).parent
N = 10_000

pytestmark = pytest.mark.timeout(3600)


# -- bias ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("load", "executor", "repetitions"),
    [
        ("FiveMilliseconds", "sequential", 4),
        ("GatherThousand", "asyncio", 4),
        ("HundredSleeps", "asyncio", 2),
    ],
)
def test_bias_against_a_loop_by_hand(
    figure: Any, load: str, executor: str, repetitions: int
) -> None:
    def measure() -> tuple[float, str]:
        ours, theirs = [], []
        for _ in range(40):
            mine, its = _interleaved(load, executor, repetitions, blocks=6)
            ours += mine
            theirs += its
        ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
        return ratio, f"{median(ours) / median(theirs):.4f} (paired {ratio:.4f})"

    assert figure(f"bias: {load}", "1.00 ± 0.01", measure) == pytest.approx(1, abs=0.1)


def _interleaved(
    load: str, executor: str, repetitions: int, blocks: int
) -> tuple[list[float], list[float]]:
    """Time one fresh worker and one fresh loop by hand in turn; give the ns of each."""
    factory = ProcessLauncher().factory(None)
    worker = factory.worker()
    by_hand = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.by_hand", load],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert by_hand.stdin
    assert by_hand.stdout
    try:
        request = protocol.Load([], f"tests.benchmarks.loads:{load}", {}, tasks=1, concurrency=1,
                                executor=executor, address=None, processes=None,
                                gc=True)  # fmt: skip
        worker.ask(request, 10)
        worker.ask(protocol.Start(), 10)
        ours, theirs = [], []
        for block in range(blocks + 1):
            cpu = block % (os.cpu_count() or 1)
            for who in ("ours", "theirs") if block % 2 else ("theirs", "ours"):
                if who == "ours":
                    run = protocol.Run(repetitions, warmup=False, cpu=cpu)
                    ours.append(worker.ask(run, 10).wall_ns)
                else:
                    by_hand.stdin.write(f"{repetitions} {cpu}\n")
                    theirs.append(int(by_hand.stdout.readline()))
        return ours[1:], theirs[1:]
    finally:
        worker.end()
        factory.close()
        by_hand.stdin.close()
        by_hand.wait()
        by_hand.stdout.close()


# -- what a task costs beyond the bare primitive ---------------------------------------------------


def nothing(index: int) -> int:
    return 1


async def anothing(index: int) -> int:
    return 1


async def _bare_group() -> int:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(anothing(index)) for index in range(N)]
    return sum(task.result() for task in tasks)


@pytest.mark.parametrize("name", ["threads", "processes", "asyncio", "uvloop"])
def test_a_task_that_does_nothing_beside_the_bare_primitive(figure: Any, name: str) -> None:
    def measure() -> tuple[float, str]:
        made = registry.find(name)[1]()
        made.processes = 2
        made.start(Nothing(), N if made.form == "cooperative" else 8)
        with Bare(name, made) as bare:
            ratios = []
            for turn in range(31):
                first, second = (bare, made.run) if turn % 2 else (made.run, bare)
                seconds = {}
                for run in (first, second):
                    began = time.perf_counter()
                    run(N)
                    seconds[run] = time.perf_counter() - began
                ratios.append(seconds[made.run] / seconds[bare])
        made.stop()
        ratio = median(ratios[1:])
        return ratio, f"{ratio:.3f}"

    assert figure(f"no-op task: {name}", "1.05", measure) < 1.5


class Bare:
    """The same pool or loop as an executor's, used without it."""

    def __init__(self, name: str, like: Any) -> None:
        self.name = name
        self.like = like

    def __enter__(self) -> Any:
        if self.name == "threads":
            self.pool: Any = ThreadPoolExecutor(8)
            return lambda tasks: sum(self.pool.map(nothing, range(tasks)))
        if self.name == "processes":
            self.pool = ProcessPoolExecutor(2)
            chunk = int(self.like.describe(N)["chunk size"])
            return lambda tasks: sum(self.pool.map(nothing, range(tasks), chunksize=chunk))
        factory = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}[self.name]
        self.runner = asyncio.Runner(loop_factory=factory)
        return lambda tasks: self.runner.run(_bare_group())

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "pool"):
            self.pool.shutdown()
        else:
            self.runner.close()


# -- memory, start-up, share of the time -----------------------------------------------------------


def test_memory_of_a_million_tasks(figure: Any) -> None:
    def measure() -> tuple[float, str]:
        peaks = {}
        for tasks in (10_000, 1_000_000):
            run = asyncbench.run(
                f"{HERE / 'loads.py'}:Nothing",
                executors=["asyncio", "uvloop"],
                tasks=tasks,
                concurrency=1000,
                budget=8,
            ).run
            for life in filter(lambda life: life.round, run.lives):
                peaks.setdefault((life.cell, tasks), []).append(life.peak_rss_bytes / 1e6)
        more = [median(peaks[cell, 1_000_000]) - median(peaks[cell, 10_000]) for cell in (0, 1)]
        return max(more), f"asyncio {more[0]:+.1f} MB, uvloop {more[1]:+.1f} MB"

    assert figure("1,000,000 tasks over 1,000 lanes: peak RSS", "+ 5 MB", measure) < 50


def test_help_beside_importing_click(figure: Any) -> None:
    def measure() -> tuple[float, str]:
        # The installed command, as a user's shell starts it.
        script = str(Path(sys.executable).parent / "asyncbench")
        commands = {
            "help": [script, "--help"],
            "click": [sys.executable, "-c", "import click"],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(31):
            for name, command in commands.items():
                began = time.perf_counter()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                seconds[name].append(time.perf_counter() - began)
        ratio = median(a / b for a, b in zip(seconds["help"], seconds["click"], strict=True))
        return ratio, f"{ratio:.3f}"

    assert figure("`asyncbench --help` over `import click`", "1.25", measure) < 2


def test_share_of_the_default_run_spent_in_samples(figure: Any) -> None:
    def measure() -> tuple[float, str]:
        run = asyncbench.run().run
        assert run.end
        share = sum(sample.wall_ns for sample in run.samples) / run.end.wall_ns
        return share, f"{share:.3f} of {run.end.wall_ns / 1e9:.1f} s"

    assert figure("default run: share of the time spent in samples", "0.80", measure) > 0.6


# -- live trials -----------------------------------------------------------------------------------


def test_twins_under_a_load_that_comes_and_goes(figure: Any) -> None:
    def measure() -> tuple[float, str]:
        with trials.background_load():
            pairs = zip(range(TRIALS), itertools.cycle(trials.TWINS), strict=False)
            done = [trials.twin(workload, executor, seed) for seed, (workload, executor) in pairs]
        found = trials.summed_up(done)
        told = (
            f"{found['claims']:.1%} called different, 1 covered in {found['covers the truth']:.1%}"
            f" of {len(done)}; half-width {found['median half-width']:.1%}"
        )
        return found["claims"], told

    assert figure("twins at margin 0, under load", "5 %, 93 %", measure) < 0.15


@pytest.mark.parametrize(("share", "budget", "load"), [
    (0.03, 9.0, False), (0.05, 4.7, False), (0.03, 9.0, True), (0.05, 4.7, True),
])  # fmt: skip
def test_a_planted_slowdown_is_found(figure: Any, share: float, budget: float, load: bool) -> None:
    def measure() -> tuple[float, str]:
        with trials.background_load(load):
            done = [trials.slowdown(share, seed, budget) for seed in range(max(4, TRIALS // 5))]
        found = trials.summed_up(done, share)
        told = (
            f"{found['claims of the right sign']:.0%} of {len(done)}, with "
            f"{found['seconds of the pair']:.1f} s of the two"
        )
        return found["claims of the right sign"], told

    name = f"a {share:.0%} slowdown of cpu{', under load' if load else ''}"
    to_reach = "as measured" if load else f"90 % in {5 if share == 0.03 else 2.5} s"
    figure(name, to_reach, measure)
