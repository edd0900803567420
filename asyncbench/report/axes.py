"""What a run over axes answers, be they one or two: for formats that show both."""

from __future__ import annotations

from asyncbench.analysis import outlook
from asyncbench.analysis.grid import Grid
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
    end = result.run.end
    begun, missing = outlook.points_begun(result)
    if not min(begun, missing) or end is None or end.status is not RunStatus.COMPLETE:
        return []
    budget = outlook.budget_to_decide(result)
    more = f" (--budget {budget})" if budget else ""
    return [
        Answer(
            f"{begun} of {len(result.judgements)} points were measured, those that tell most: "
            f"there was no time for others{more}.",
            Tone.OPEN,
        )
    ]
