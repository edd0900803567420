"""Which points of a sweep or a map are measured first, and which when those are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from asyncbench.analysis.frontier import halving
from asyncbench.analysis.grid import Grid
from asyncbench.analysis.result import Result
from asyncbench.analysis.sweep import Sweep


class Opening(Protocol):
    """Says which of a plan's works are worth measuring."""

    def __call__(self, result: Result) -> Sequence[int]:
        """Return the works to measure by what is known so far, those that tell most first."""


def of_frontier(result: Result) -> Sequence[int]:
    """Return the works of a sweep, of a map those that show where its outcomes change.

    Those far apart come first: with the time for a few alone, they tell most.
    """
    plan = result.run.plan
    if len(plan.axes) == 2:
        return Grid(result).worth_measuring
    found = Sweep(result)
    return [found.points[place].number for place in halving(len(found.points))]
