"""Live sweeps and maps: a planted crossing must be found, twins must not cross, seeds must agree.

`python -m tests.benchmarks.sweeps planted --sweeps 20 --budget 30` sweeps two executors that are
equal at ten tasks, every other time under a load that comes and goes; `... twins --sweeps 100
--budget 10` sweeps an executor against itself; `... maps --budget 120 --seeds 1 2` maps `mixed`
once with each seed and compares the points that are told by both. None takes longer than its
sweeps times their budget, and a few seconds each.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import Any

from tests.benchmarks.trials import background_load
from tests.support.linear import CROSSING

LINEAR = Path(__file__).parents[1] / "support" / "linear.py"
QUICK, STEADY = f"{LINEAR}:Quick", f"{LINEAR}:Steady"
SIZES = "tasks=1,2,5,15,40"
# A crossing counts as found exactly where it is told to lie within 5 % of where it was planted.
NEAR = 0.05
TOLD = ("wins", "ties")


def main() -> None:
    """Measure what is asked for and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["planted", "twins", "maps"])
    parser.add_argument("--sweeps", type=int, help="how many; 20 planted, or 100 of twins")
    parser.add_argument("--budget", type=float, help="seconds each; 30, 10 of twins, 120 of a map")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    asked = parser.parse_args()
    match asked.what:
        case "planted":
            planted(asked.sweeps or 20, asked.budget or 30.0)
        case "twins":
            twins(asked.sweeps or 100, asked.budget or 10.0)
        case "maps":
            maps(asked.seeds, asked.budget or 120.0)


def planted(sweeps: int, budget_s: float) -> None:
    """Sweep two executors that cross at a planted point, half of the time under load."""
    found = exact = covered = 0
    for seed in range(sweeps):
        with background_load(seed % 2 == 1):
            told = _asked("sweep", _linear(QUICK, STEADY), budget_s, seed)["crossovers"]
        if len(told) == 1:
            [one] = told
            off = log(one["at"] / CROSSING)
            found += 1
            exact += abs(off) <= log(1 + NEAR)
            covered += one["low"] <= CROSSING <= one["high"]
            said = f"at {one['at']:.3g} ({one['low']:g} to {one['high']:g}), {off:+.1%} off"
        else:
            said = f"{len(told)} crossings told"
        print(f"sweep {seed}{', under load' if seed % 2 else ''}: {said}", flush=True)
    print(
        f"of {sweeps} sweeps: found in {found}, interval covers {CROSSING} in {covered}, within "
        f"{NEAR:.0%} in {exact}"
    )


def twins(sweeps: int, budget_s: float) -> None:
    """Sweep an executor against itself, half of the time under load."""
    claimed = 0
    for seed in range(sweeps):
        with background_load(seed % 2 == 1):
            told = _asked("sweep", _linear(QUICK, f"{QUICK}@twin"), budget_s, seed)["crossovers"]
        claimed += bool(told)
        if told:
            print(f"sweep {seed}: {told}", flush=True)
    print(f"of {sweeps} sweeps of twins: an overtaking claimed in {claimed}")


def maps(seeds: Sequence[int], budget_s: float) -> None:
    """Map `mixed` with each seed and compare what they tell of the same points."""
    words = ["mixed", "--x", "cpu_share=0..1/7", "--y", "concurrency=1..64"]
    words += ["-e", "threads,processes,asyncio"]
    found = {seed: _told(_asked("map", words, budget_s, seed)["points"]) for seed in seeds}
    for seed, points in found.items():
        print(f"seed {seed}: {len(points)} points told", flush=True)
    for one, other in itertools.combinations(seeds, 2):
        both = found[one].keys() & found[other].keys()
        same = sum(found[one][each] == found[other][each] for each in both)
        # Where one says A and the other that A and B are too close, nobody contradicts anybody.
        agree = sum(bool(found[one][each] & found[other][each]) for each in both)
        print(
            f"seeds {one} and {other}: {len(both)} points told by both, {agree} of them agree, "
            f"{same} are the same"
        )


def _linear(*executors: str) -> list[str]:
    return [f"{LINEAR}:Nothing", "--vary", SIZES, "-e", ",".join(executors)]


def _asked(command: str, words: Sequence[str], budget_s: float, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run(
            [sys.executable, "-m", "asyncbench", command, *words, "--budget", str(budget_s),
             "--seed", str(seed), "--no-save", "-q", "--json", "-"],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
    answer: dict[str, Any] = json.loads(ran.stdout)["sweep"]
    return answer


def _told(points: Sequence[dict[str, Any]]) -> dict[tuple[float, ...], frozenset[str]]:
    """Return who is told to be quickest, or too close to it, at the points of a map."""
    return {
        tuple(each["at"].values()): frozenset(each["quickest"])
        for each in points
        if each["outcome"] in TOLD
    }


if __name__ == "__main__":
    main()
