"""Saved runs of the same code, compared pair by pair: false alarms, and planted slowdowns found.

`python -m tests.benchmarks.saved_runs FOLDER --record 20` from the checkout records short
runs into a folder, with pauses between, and compares every pair; without --record it compares what
is there.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from msgspec import structs

import asyncbench
from asyncbench import api
from asyncbench.analysis import gate
from asyncbench.analysis.comparison import compare, hold
from asyncbench.analysis.result import Result
from asyncbench.record.run import Run
from asyncbench.record.samples import Samples
from asyncbench.runner.planning import plan
from asyncbench.runner.planning.options import RunOptions
from tests.benchmarks.trials import background_load

BOUND = gate.Bound(0.05)


def record(folder: Path, count: int, load: bool = False, **wishes: Any) -> None:
    """Record runs of the same code, with pauses of up to 5 seconds between."""
    draw = random.Random(count)
    with background_load(load):
        for _ in range(count):
            api.measure(plan.build(RunOptions(**wishes)), folder)
            time.sleep(draw.uniform(0, 5))


def slowed(run: Run, cells: set[int], factor: float) -> Run:
    """Give a run in which the times of some cells and of their controls are multiplied."""
    cells = cells | {control.id for control in run.controls if control.control_of in cells}
    samples = [
        structs.replace(each, wall_ns=round(each.wall_ns * factor)) if each.cell in cells else each
        for each in run.samples
    ]
    return replace(run, samples=Samples(samples))


def study(runs: list[Run], factors: list[float]) -> dict[str, object]:
    """Compare all pairs as they are, and with single cells and whole works slowed."""
    seen: Counter[str] = Counter()
    cells = 0
    for first, other in itertools.permutations(runs, 2):
        comparison = compare(Result(first), Result(other))
        seen["pairs"] += 1
        seen[f"gate {hold(BOUND, [comparison]).status}"] += 1
        for row in comparison.rows:
            cells += 1
            seen[f"verdict {row.verdict}"] += 1
            seen["covers 1"] += bool(row.ratio and row.ratio.low <= 1 <= row.ratio.high)
            if row.verdict in ("wins", "loses"):
                print(row.name, row.ratio)
    draw = random.Random(1)
    for factor in factors:
        for first, other in itertools.permutations(runs, 2):
            cell = draw.choice(other.plan.cells)
            row = compare(Result(first), Result(slowed(other, {cell.id}, factor))).rows[cell.id]
            seen[f"one cell x{factor}: {row.verdict}"] += 1
            whole = {each.id for each in other.plan.cells_of(cell.work)}
            row = compare(Result(first), Result(slowed(other, whole, factor))).rows[cell.id]
            seen[f"a work x{factor}: {row.verdict}"] += 1
    return {"cells": cells, **dict(sorted(seen.items()))}


def main() -> None:
    """Record where asked to, compare, and print what came of it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--record", type=int, default=0)
    parser.add_argument("--budget", type=float, default=6.0)
    parser.add_argument("--workloads", default="sleep,cpu")
    parser.add_argument("--executors", default="threads,asyncio,uvloop")
    parser.add_argument("--load", action="store_true", help="with a load that comes and goes")
    options = parser.parse_args()
    if options.record:
        record(
            options.folder,
            options.record,
            options.load,
            workloads=options.workloads.split(","),
            executors=options.executors.split(","),
            budget_s=options.budget,
        )
    runs = [asyncbench.load(path).run for path in sorted(options.folder.glob("*.jsonl"))]
    print(json.dumps(study(runs, [1.3, 2.0]), indent=1))


if __name__ == "__main__":
    main()
