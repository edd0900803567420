"""Live trials of the method: twins that must not be told apart, slowdowns that must be found.

Each trial is a real `asyncbench.run` in this process. `python -m tests.benchmarks.trials --help`
from the checkout runs them alone; `pytest tests/benchmarks` runs them with the other figures.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import log
from pathlib import Path

import asyncbench
from asyncbench.analysis.result import Result

HERE = Path(__file__).parent
TWINS = [
    ("cpu", "sequential"),
    ("sleep", "asyncio"),
    ("tcp-echo", "asyncio"),
    ("cpu", "asyncio"),
    ("sleep", "threads"),
    ("tcp-echo", "uvloop"),
]


@dataclass
class Trial:
    """One pair measured: its ratio with interval at 95 %, and the time spent on the pair."""

    workload: str
    executor: str
    ratio: float
    low: float
    high: float
    rounds: int
    samples: int
    control_claims: bool
    pair_s: float
    wall_s: float

    @property
    def claims(self) -> bool:
        """Whether the pair is called different at margin 0."""
        return not self.low <= 1 <= self.high


@contextmanager
def background_load(on: bool = True) -> Iterator[None]:
    """Keep up to two CPUs busy in spells of 0.1 to 3 seconds, and idle in between."""
    if not on:
        yield
        return
    context = multiprocessing.get_context("spawn")
    loads = [context.Process(target=_spells, args=(seed,), daemon=True) for seed in (1, 2)]
    for load in loads:
        load.start()
    try:
        yield
    finally:
        for load in loads:
            load.kill()
            load.join()


def _spells(seed: int) -> None:
    draw, parent = random.Random(seed), os.getppid()
    while os.getppid() == parent:  # one that is killed ends no child of its own
        until = time.monotonic() + draw.uniform(0.1, 3)
        while time.monotonic() < until:
            pass
        time.sleep(draw.uniform(0.1, 6))


def twin(workload: str, executor: str, seed: int, budget_s: float = 5.0) -> Trial:
    """Measure an executor beside itself, at margin 0."""
    result = asyncbench.run(
        workload,
        executors=[executor, f"{executor}@twin"],
        budget=budget_s,
        full=True,
        margin=0.0,
        seed=seed,
    )
    return _trial(result)


def slowdown(share: float, seed: int, budget_s: float) -> Trial:
    """Measure the cpu work beside itself with `share` more iterations."""
    result = asyncbench.run(
        "cpu",
        executors=["sequential", f"{HERE / 'slower.py'}:Slower{round(share * 100)}"],
        budget=budget_s,
        full=True,
        margin=0.0,
        seed=seed,
    )
    return _trial(result)


def _trial(result: Result) -> Trial:
    run, [judgement] = result.run, result.judgements
    row = judgement.rows[1]
    assert row.status == "ok", row.why
    assert row.ratio
    assert row.figures
    control = judgement.control
    assert run.end
    pair = sum(sample.wall_ns for sample in run.samples if sample.cell in (0, 1) and sample.round)
    return Trial(
        judgement.work.workload,
        row.cell.executor,
        row.ratio.estimate,
        row.ratio.low,
        row.ratio.high,
        row.figures.rounds,
        row.figures.samples,
        bool(control and control.told_apart),
        pair / 1e9,
        run.end.wall_ns / 1e9,
    )


def summed_up(trials: list[Trial], share: float = 0.0) -> dict[str, float]:
    """Give claims, coverage of the truth and the usual half-width, over trials."""
    count = len(trials)
    truth = 1 + share
    halves = sorted(log(trial.high / trial.low) / 2 for trial in trials)
    return {
        "trials": count,
        "claims": sum(trial.claims for trial in trials) / count,
        "claims of the right sign": sum(trial.low > 1 for trial in trials) / count,
        "covers the truth": sum(trial.low <= truth <= trial.high for trial in trials) / count,
        "controls told apart": sum(trial.control_claims for trial in trials) / count,
        "median half-width": halves[count // 2],
        "median |error|": sorted(abs(log(trial.ratio / truth)) for trial in trials)[count // 2],
        "seconds of the pair": sum(trial.pair_s for trial in trials) / count,
        "rounds": sum(trial.rounds for trial in trials) / count,
    }


def main() -> None:
    """Run trials and print each as a line of JSON, then the sum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["twins", "slowdown"])
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--budget", type=float, default=5.0)
    parser.add_argument("--share", type=float, default=0.03)
    parser.add_argument("--load", action="store_true", help="with a load that comes and goes")
    options = parser.parse_args()
    trials = []
    with background_load(options.load):
        for seed, (workload, executor) in zip(
            range(options.trials), itertools.cycle(TWINS), strict=False
        ):
            if options.kind == "twins":
                trials.append(twin(workload, executor, seed, options.budget))
            else:
                trials.append(slowdown(options.share, seed, options.budget))
            print(json.dumps(asdict(trials[-1]) | {"claims": trials[-1].claims}), flush=True)
    share = options.share if options.kind == "slowdown" else 0.0
    print(json.dumps(summed_up(trials, share)), flush=True)


if __name__ == "__main__":
    main()
