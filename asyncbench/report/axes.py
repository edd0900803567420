"""What a run over axes answers, be they one or two: for formats that show both."""

from __future__ import annotations

from math import ceil

from asyncbench.analysis.grid import Grid, Kind
from asyncbench.analysis.judgement import Status
from asyncbench.analysis.result import Result
from asyncbench.analysis.sweep import Sweep
from asyncbench.record.lines import RunStatus
from asyncbench.report import grid, sweep
from asyncbench.report.answers import Answer, Tone


def answer(result: Result) -> list[Answer]:
    """Return what a sweep or a map answers; nothing for a run that varies nothing."""
    axes = result.run.plan.axes
    if not axes:
        return []
    said = sweep.answer(Sweep(result)) if len(axes) == 1 else grid.answer(Grid(result))
    return [*said, *_coarser(result)]


def _coarser(result: Result) -> list[Answer]:
    """Return how many points there was time for, where it was not enough for all that tell."""
    plan, end = result.run.plan, result.run.end
    missing = [
        each
        for each in result.judgements
        if all(row.status in (Status.NOT_MEASURED, Status.UNAVAILABLE) for row in each.rows)
    ]
    unknown = len(missing)
    if len(plan.axes) == 2:
        unknown = sum(each.kind is Kind.HOLE for each in Grid(result).outcomes.values())
    whole = len(result.judgements)
    begun = whole - len(missing)
    if not min(len(missing), unknown, begun) or end is None:
        return []
    if end.status is not RunStatus.COMPLETE:
        return []
    budget = 10 * ceil(max(plan.budget_s, end.wall_ns / 1e9) * (begun + unknown) / begun / 10)
    return [
        Answer(
            f"The time was enough for {begun} of {whole} points, those that tell most "
            f"(--budget {budget}).",
            Tone.OPEN,
        )
    ]
