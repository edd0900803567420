"""Live trials of the gate: the same code must pass it, a planted slowdown must trip it.

Each trial is a real `asyncbench run --variant base=... --variant head=... --fail-on slower:5%` on
work that computes and waits. `python -m tests.benchmarks.gates --help` from the checkout runs them.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from tests.benchmarks.trials import background_load

ITERATIONS = 8000
LIBRARY = """
import asyncio
import time

WAIT_S = {wait}


def work():
    total = 0
    for number in range({iterations}):
        total += number * number & 7
    return total


def fetch():
    if WAIT_S:
        time.sleep(WAIT_S)
    work()


async def afetch():
    if WAIT_S:
        await asyncio.sleep(WAIT_S)
    work()
"""
# One file for both variants, whose import finds the library of its own.
BENCH = """
import library


def fetch():
    library.fetch()


async def afetch():
    await library.afetch()
"""


def versions(folder: Path, share: float, wait_s: float) -> None:
    """Write two versions of a library, of which the second computes `share` more."""
    (folder / "bench.py").write_text(BENCH)
    for name, iterations in (("base", ITERATIONS), ("head", round(ITERATIONS * (1 + share)))):
        (folder / name).mkdir()
        (folder / name / "library.py").write_text(
            LIBRARY.format(wait=wait_s, iterations=iterations)
        )


def trial(folder: Path, save: Path, seed: int, budget_s: float, bound: str) -> dict[str, Any]:
    """Make one run and tell its exit status and what the gate said."""
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "asyncbench", "run"),
            *("--sync", "bench.py:fetch", "--async", "bench.py:afetch", "-n", "32", "-c", "32"),
            *("--variant", "base=base", "--variant", "head=head", "--fail-on", bound),
            *("--budget", str(budget_s), "--seed", str(seed), "-q", "--save", str(save)),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return {"seed": seed, "status": ran.returncode, "said": ran.stderr.splitlines()}


def pairs(save: Path, bound: str) -> list[dict[str, Any]]:
    """Compare each saved run with the one before it."""
    found = sorted(save.glob("*.jsonl"))
    outcomes = []
    for before, after in itertools.pairwise(found):
        ran = subprocess.run(
            [sys.executable, "-m", "asyncbench", "compare", before, after, "--fail-on", bound],
            capture_output=True,
            text=True,
            check=False,
        )
        outcomes.append({"pair": after.name, "status": ran.returncode, "said": ran.stderr})
    return outcomes


def main() -> None:
    """Run trials, print each as a line of JSON, then count the exit statuses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--budget", type=float, default=10.0)
    parser.add_argument("--share", type=float, default=0.0, help="how much more head computes")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds that a task waits")
    parser.add_argument("--bound", default="slower:5%%")
    parser.add_argument("--load", action="store_true", help="with a load that comes and goes")
    parser.add_argument("--save", type=Path, help="keep the runs there, and compare them in pairs")
    options = parser.parse_args()
    bound = options.bound.replace("%%", "%")
    with tempfile.TemporaryDirectory() as made, background_load(options.load):
        folder = Path(made)
        save = (options.save or folder / "results").resolve()
        versions(folder, options.share, options.wait)
        statuses: Counter[int] = Counter()
        for seed in range(options.runs):
            outcome = trial(folder, save, seed, options.budget, bound)
            statuses[outcome["status"]] += 1
            print(json.dumps(outcome), flush=True)
        print(json.dumps({"gate of variants": dict(statuses)}), flush=True)
        if options.save:
            compared = pairs(save, bound)
            for each in compared:
                print(json.dumps(each), flush=True)
            counted = Counter(each["status"] for each in compared)
            print(json.dumps({"gate of saved pairs": dict(counted)}), flush=True)


if __name__ == "__main__":
    main()
