"""What a run over axes answers, be they one or two: for formats that show both."""

from __future__ import annotations

from asyncbench.analysis.grid import Grid
from asyncbench.analysis.result import Result
from asyncbench.analysis.sweep import Sweep
from asyncbench.report import grid, sweep
from asyncbench.report.answers import Answer


def answer(result: Result) -> list[Answer]:
    """Return what a sweep or a map answers; nothing for a run that varies nothing."""
    axes = result.run.plan.axes
    if not axes:
        return []
    return sweep.answer(Sweep(result)) if len(axes) == 1 else grid.answer(Grid(result))
