"""What an adaptive map gains: a grid measured whole, and where it changes, in the same time.

`python -m tests.benchmarks.adaptive [--size N] [--seeds N] [--budgets S ...]` plants the cost of
three executors over a grid, on a fake clock with 3 % noise, and prints how many points either way
tells in each budget, how many of them wrongly, and from how many samples.
"""

from __future__ import annotations

import argparse
import random
from math import exp

from asyncbench.analysis.grid import Grid, Kind
from asyncbench.analysis.result import Result
from asyncbench.record.run import Run
from asyncbench.runner import opening, stopping
from asyncbench.worker import protocol
from tests.support.fakes import ENVIRONMENT, FakeLauncher, swept
from tests.support.whole import measure

STARTED = "2026-11-22T12:00:00+00:00"
NOISE = 0.03
# What is within the margin of the best is no wrong answer.
MARGIN = 1.05


def main() -> None:
    """Measure each grid both ways and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=13)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--budgets", type=float, nargs="+", default=[120.0, 300.0])
    asked = parser.parse_args()
    for budget_s in asked.budgets:
        for adaptive in (False, True):
            points = told = wrong = samples = 0
            for seed in range(asked.seeds):
                grid = _mapped(asked.size, seed, budget_s, adaptive=adaptive)
                points += len(grid.outcomes)
                told += sum(_is_told(grid, place) for place in grid.outcomes)
                wrong += sum(_is_wrong(grid, place, asked.size) for place in grid.outcomes)
                samples += len(grid.result.run.samples)
            print(
                f"{budget_s:g} s, {'adaptive' if adaptive else 'whole'}: {told} of {points} "
                f"points told, {wrong} of them wrongly, {samples:,} samples",
                flush=True,
            )


def cost(name: str, share: float, concurrency: float, size: int) -> float:
    """Return the seconds a batch that an executor is planted to take at a point."""
    computed = share * concurrency / size
    return {
        "threads": 0.006 + 0.0030 * computed,
        "asyncio": 0.004 + 0.0036 * computed,
        "processes": 0.022 + 0.0004 * computed,
    }[name]


def _mapped(size: int, seed: int, budget_s: float, *, adaptive: bool) -> Grid:
    draw = random.Random(seed)

    def noisy(name: str, load: protocol.Load) -> float:
        exact = cost(name, load.params["share"], load.concurrency, size)
        return exact * exp(draw.gauss(0, NOISE))

    names = ("threads", "asyncio", "processes")
    launcher = FakeLauncher({}, {name: lambda load, n=name: noisy(n, load) for name in names})
    axes = {"share": range(size), "concurrency": range(1, size + 1)}
    planned = swept(axes, *names, log=False, budget_s=budget_s, seed=seed)
    run = Run(planned, dict(ENVIRONMENT), STARTED)
    which = opening.of_frontier if adaptive else None
    rule = stopping.rule_for(planned)
    measure(run, launcher, rule, clock=launcher.clock, opening=which)
    return Grid(Result(run))


def _is_told(grid: Grid, place: tuple[float, float]) -> bool:
    return grid.outcomes[place].kind in (Kind.WINS, Kind.TIES, Kind.AMID)


def _is_wrong(grid: Grid, place: tuple[float, float], size: int) -> bool:
    if not _is_told(grid, place):
        return False
    least = min(cost(name, *place, size) for name in grid.names)
    return any(cost(name, *place, size) > MARGIN**2 * least for name in grid.outcomes[place].names)


if __name__ == "__main__":
    main()
