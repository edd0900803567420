"""What a saved sweep or map needs to go on: checked against what there is now, and taken up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from asyncbench.errors import UsageError
from asyncbench.record.lines import WorkerLife
from asyncbench.record.plan import Work
from asyncbench.record.run import Run
from asyncbench.record.samples import Samples
from asyncbench.runner.schedule import Need, Pace

# Times taken on another machine, or by another interpreter, do not belong into one run.
SAME = ("cpu_model", "cpus", "platform", "python", "implementation")


def resumed(
    saved: Run,
    environment: dict[str, Any],
    started: str,
    budget_s: float,
    asked: Callable[[Work], Work],
) -> Run:
    """Return a run that has what a saved one measured, with `budget_s` more seconds to go.

    `asked` returns a work as its workload describes it today. Raises UsageError where what was
    saved cannot go on here.
    """
    plan = saved.plan
    if not plan.axes:
        raise UsageError(
            f"{saved.path} is no sweep and no map; `asyncbench run` measures all of it anew"
        )
    if not plan.until_decided:
        raise UsageError(
            f"{saved.path} was to take all of its time, and did: nothing is left to go on with"
        )
    for name in SAME:
        then, now = saved.environment.get(name), environment.get(name)
        if then != now:
            told = name.replace("_", " ")
            raise UsageError(
                f"{saved.path} was measured with another {told} ({then}, and here it is {now}); "
                "measure it anew"
            )
    if asked(plan.works[0]).secrets:
        raise UsageError(
            f"{saved.path} has a parameter that is kept in no file, such as a password; "
            "measure it anew"
        )
    before = elapsed_s(saved)
    visited = {visit.work for visit in saved.visits}
    kept = {cell.id for cell in [*plan.cells, *saved.controls] if cell.work in visited}
    # A new order for the rounds to come, as they would have had: not that of the first ones again.
    seed = (plan.seed + len(saved.visits)) % 2**31
    return Run(
        replace(plan, budget_s=before + budget_s, seed=seed),
        environment,
        started,
        saved.name,
        samples=Samples(each for each in saved.samples if each.cell in kept),
        lives=[each for each in saved.lives if each.cell in kept],
        visits=list(saved.visits),
        targets=[each for each in saved.targets if each.work in visited],
        served=[each for each in saved.served if each.work in visited],
        failures=[each for each in saved.failures if each.cell in kept],
        observations=[each for each in saved.observations if each.cell in kept],
        demands=[each for each in saved.demands if each.work in visited],
        controls=[each for each in saved.controls if each.work in visited],
    )


def elapsed_s(run: Run) -> float:
    """Return the seconds that a run has taken so far."""
    if run.end:
        return run.end.wall_ns / 1e9
    return sum(visit.wall_ns for visit in run.visits) / 1e9


def paces(run: Run) -> dict[int, Pace]:
    """Return how long each cell's sample takes, as it was seen last."""
    found = {}
    for cell in [*run.plan.cells, *run.controls]:
        last = next(_backwards(run, cell.id), None)
        if last:
            found[cell.id] = Pace(last[0], last[1])
    return found


def needs(run: Run) -> dict[int, Need]:
    """Return what starting and stopping the workers of each work took, as it was seen last."""
    lives: dict[tuple[int, int], list[WorkerLife]] = {}
    works = {cell.id: cell.work for cell in [*run.plan.cells, *run.controls]}
    for life in run.lives:
        lives.setdefault((works[life.cell], life.round), []).append(life)
    spent: dict[tuple[int, int], float] = {}
    for sample in run.samples:
        key = works[sample.cell], sample.round
        spent[key] = spent.get(key, 0.0) + sample.wall_ns / 1e9
    found = {}
    for visit in run.visits:
        key = visit.work, visit.round
        stop = sum(each.shutdown_ns for each in lives.get(key, ())) / 1e9
        start = max(0.0, visit.wall_ns / 1e9 - spent.get(key, 0.0) - stop)
        found[visit.work] = Need(start, stop)
    return found


def last_round(run: Run) -> int:
    """Return the number of the last round that a run began, 0 where it began none."""
    return max((sample.round for sample in run.samples), default=0)


def _backwards(run: Run, cell: int) -> Iterator[tuple[int, float]]:
    counted = run.samples.counted(cell)
    for batches, wall in zip(
        reversed(counted.column("batches")), reversed(counted.column("wall_ns")), strict=True
    ):
        yield batches, wall / 1e9
