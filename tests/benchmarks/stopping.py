"""When a run may stop: what looking costs, on simulated rounds and on live runs of equal code.

`python -m tests.benchmarks.stopping simulate` compares the e-process with fixed looks that share
the level; `... live --runs N --budget S` runs equal executors, `... planted --slower 0.05` one
whose work is slower, each ending as soon as it is told.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator
from math import log, log1p
from pathlib import Path

import asyncbench
from asyncbench.analysis.judgement import told_apart
from asyncbench.stats import anytime, intervals
from tests.benchmarks.trials import background_load

LOOKS = (8, 12, 18, 27, 40)
MOST_ROUNDS = 40
BLOCKS = 4
# (how far apart, the margin)
DIFFERENCES = ((0, 0), (0.35, 0.05), (0.1, 0.05), (0, 0.05), (0.05, 0), (0.03, 0))


def rounds(draw: random.Random, difference: float) -> Iterator[list[float]]:
    """Yield rounds that lie 2 % apart, of blocks that lie 3 % apart with heavy tails."""
    while True:
        shift = draw.gauss(0, 0.02)
        yield sorted(
            log1p(difference) + shift + draw.gauss(0, 0.03 if draw.random() < 0.9 else 0.12)
            for _ in range(BLOCKS)
        )


def decided(
    kind: str, draw: random.Random, difference: float, margin: float, level: float
) -> tuple[int, str]:
    """Return after how many rounds a simulated run is told, and what."""
    seen: list[list[float]] = []
    edge = log(1 + margin)
    test = anytime.p_value if kind == "e-process" else intervals.sign_flip_p
    for number, each in zip(range(1, MOST_ROUNDS + 1), rounds(draw, difference), strict=False):
        seen.append(each)
        if number < intervals.LEAST_ROUNDS or (kind != "e-process" and number not in LOOKS):
            continue
        shared = level if kind == "e-process" else level / len(LOOKS)
        low, high = test(seen, -edge) <= shared, test(seen, edge) <= shared
        middle = intervals.estimate(seen)
        if high and middle > edge:
            return number, "slower"
        if low and middle < -edge:
            return number, "faster"
        if low and high and margin:
            return number, "tie"
    return MOST_ROUNDS, "open"


def simulate(trials: int) -> None:
    """Print, for each difference, how long either way takes and what it says."""
    draw = random.Random(1)
    for tests in (1, 4):
        for difference, margin in DIFFERENCES:
            for kind in ("e-process", "fixed looks"):
                found = [
                    decided(kind, draw, difference, margin, intervals.ALPHA / tests)
                    for _ in range(trials)
                ]
                counts = sorted(number for number, _ in found)
                print(
                    f"{tests} tests, {difference:.0%} apart, margin {margin:.0%}, {kind}: "
                    f"median {statistics.median(counts):.0f} rounds, 90 % within "
                    f"{counts[int(0.9 * trials)]}; {dict(Counter(said for _, said in found))}"
                )


WORKLOAD = '''
from dataclasses import dataclass
from asyncbench import Workload


@dataclass
class Spin(Workload):
    """Computes so many steps."""

    tasks, concurrency = 8, 1

    def task(self, lane, index):
        total = 0
        for step in range({steps}):
            total += step * step % 7
        return 1
'''


def live(runs: int, budget_s: float, slower: float, *, load: bool) -> None:
    """Print how often two versions of a program were told apart, and after how much measuring."""
    found = []
    with background_load(load), tempfile.TemporaryDirectory() as folder:
        for name, steps in (("base", 8000), ("head", round(8000 * (1 + slower)))):
            (Path(folder) / name).mkdir()
            (Path(folder) / name / "spin_work.py").write_text(WORKLOAD.format(steps=steps))
        for _ in range(runs):
            result = asyncbench.run(
                "spin_work:Spin",
                executors=["sequential"],
                variants=[f"{name}={folder}/{name}" for name in ("base", "head")],
                budget=budget_s,
                margin=0.0,
            )
            [row] = [each for each in result.judgements[0].rows if each.reference]
            known = [result.run.samples.counted(each.cell.id) for each in result.judgements[0].rows]
            found.append(
                {
                    "apart": told_apart(row.verdict, row.ratio),
                    "slower": bool(row.ratio and row.ratio.low > 1),
                    "measured_s": sum(sum(each.column("wall_ns")) for each in known) / 1e9,
                    "took_s": result.run.end.wall_ns / 1e9 if result.run.end else 0.0,
                    "rounds": row.figures.rounds if row.figures else 0,
                }
            )
    told = [each for each in found if each["apart"]]
    print(
        json.dumps(
            {
                "runs": runs,
                "told apart": len(told),
                "as slower": sum(each["slower"] for each in told),
                "measured of the two when told, median s": round(
                    statistics.median([each["measured_s"] for each in told] or [0.0]), 2
                ),
                "took when told, median s": round(
                    statistics.median([each["took_s"] for each in told] or [0.0]), 2
                ),
                "rounds, median": statistics.median(each["rounds"] for each in found),
            }
        )
    )


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["simulate", "live", "planted"])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--budget", type=float, default=5.0)
    parser.add_argument("--slower", type=float, default=0.05)
    parser.add_argument("--load", action="store_true", help="with a load that comes and goes")
    asked = parser.parse_args()
    if asked.what == "simulate":
        simulate(asked.runs)
    else:
        slower = asked.slower if asked.what == "planted" else 0.0
        live(asked.runs, asked.budget, slower, load=asked.load)


if __name__ == "__main__":
    main()
