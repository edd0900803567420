"""Where a sweep is measured next: between its points, close to where two executors cross."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from asyncbench.analysis.result import Result
from asyncbench.analysis.sweep import Crossover, Sweep, scaled, unscaled
from asyncbench.errors import UsageError
from asyncbench.record.lines import Added
from asyncbench.record.plan import Axis, Plan, Work
from asyncbench.runner.planning import points

# Nearer than this factor, or this share of an axis with even steps, points tell no more.
NEAREST_FACTOR = 1.03
NEAREST_SHARE = 0.01


class Finer(Protocol):
    """Says what is to be measured, too, once there is a result to look at."""

    def __call__(self, result: Result, settled: set[int]) -> Sequence[Added]:
        """Return the works to add; `settled` are those that need no more rounds."""


class Between:
    """Adds points inside the interval of each crossover, one on either side at a time.

    `build` completes a work by what its workload says of its demand.
    """

    def __init__(self, build: Callable[[Work], Work]) -> None:
        self._build = build

    def __call__(self, result: Result, settled: set[int]) -> Sequence[Added]:
        """Return the points to add; none before those that were added are told."""
        plan = result.run.plan
        planned = plan.points - plan.finer
        room = plan.points - len(plan.works)
        if not plan.finer or room <= 0 or not settled >= {*range(planned, len(plan.works))}:
            return []
        sweep = Sweep(result)
        values = [value for each in sweep.crossovers for value in _inside(sweep, each)]
        added: list[Added] = []
        for value in list(dict.fromkeys(values))[:room]:
            try:
                work = self._build(_like(plan, value))
            except UsageError:  # a value that the workload refuses lies between two that it takes
                continue
            number = len(plan.works) + len(added)
            taken = [cell.id for cell in [*plan.cells, *result.run.controls]]
            taken += [cell.id for each in added for cell in each.cells]
            cells = [
                replace(
                    cell,
                    id=max(taken) + 1 + place,
                    work=number,
                    reference=points.reference_at(cell.executor, cell.reference, work.at),
                )
                for place, cell in enumerate(plan.cells_of(0))
            ]
            added.append(Added(work, cells))
        return added


def _inside(sweep: Sweep, crossover: Crossover) -> Iterator[float]:
    """Yield a value on either side of a crossover that would narrow its interval.

    Each lies in the middle of the outermost gap on its side. Where nothing was measured inside the
    interval yet, the gap ends where the fit says that they cross.
    """
    axis = sweep.axis
    known = [sweep.at(each) for each in sweep.points]
    inner = [each for each in known if crossover.low < each < crossover.high] or [crossover.at]
    for one, other in ((crossover.low, inner[0]), (inner[-1], crossover.high)):
        middle = unscaled(axis, (scaled(axis, one) + scaled(axis, other)) / 2)
        value = _rounded(axis, middle, known)
        if _is_apart(axis, value, known):
            yield value


def _rounded(axis: Axis, value: float, known: Sequence[float]) -> float:
    """Return a value as it would be typed: whole where all are, else with four figures."""
    if axis.name in points.COUNTS or all(each == round(each) and abs(each) >= 1 for each in known):
        return float(round(value))
    return float(f"{value:.4g}")


def _is_apart(axis: Axis, value: float, known: Sequence[float]) -> bool:
    """Return whether a value lies far enough from every point for that to tell them apart."""
    if axis.log:
        return all(max(value / each, each / value) >= NEAREST_FACTOR for each in known)
    least = NEAREST_SHARE * (max(known) - min(known))
    return all(abs(value - each) >= least for each in known)


def _like(plan: Plan, value: float) -> Work:
    """Return the work at a value of the axis, its demand still that of another."""
    [axis] = plan.axes
    first = plan.works[0]
    at = {axis.name: value}
    changed: dict[str, Any] = {"at": at}
    if axis.name in points.COUNTS:
        changed[axis.name] = round(value)
        coupled = all(work.tasks == work.concurrency for work in plan.works)
        if axis.name == "concurrency" and coupled:
            changed["tasks"] = round(value)
        if axis.name == "tasks":
            most = max(work.concurrency for work in plan.works)
            changed["concurrency"] = min(most, round(value))
        return replace(first, **changed)
    if points.of_executor(axis.name):
        return replace(first, **changed)
    whole = all(isinstance(work.params[axis.name], int) for work in plan.works)
    given = round(value) if whole else value
    if first.call:
        texts = first.call["params"] | {axis.name: str(given)}
        changed["call"] = first.call | {"params": texts}
    return replace(first, params=first.params | {axis.name: given}, **changed)
