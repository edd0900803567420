"""A sweep or a map as part of the JSON: its axes, its points, crossovers, and how costs grow."""

from __future__ import annotations

from math import isfinite
from typing import Any

from asyncbench.analysis import scaling
from asyncbench.analysis.grid import Grid
from asyncbench.analysis.result import Result
from asyncbench.analysis.sweep import Sweep, front, is_told
from asyncbench.report import axes


def document(result: Result) -> dict[str, Any]:
    """Return what a run over axes comes to."""
    plan = result.run.plan
    said = {
        "axes": [{"name": axis.name, "log": axis.log} for axis in plan.axes],
        "answer": [each.text for each in axes.answer(result)],
    }
    if len(plan.axes) == 1:
        return said | _of_sweep(Sweep(result))
    return said | _of_grid(Grid(result))


def _of_sweep(found: Sweep) -> dict[str, Any]:
    return {
        "points": [
            {
                "at": each.work.at,
                "outcome": "not yet sure" if not is_told(each) else _outcome(len(front(each))),
                "quickest": [row.name for row in front(each)],
            }
            for each in found.points
        ],
        "crossovers": [
            {
                "before": each.before,
                "after": each.after,
                "at": each.at,
                "low": each.low,
                "high": each.high,
            }
            for each in found.crossovers
        ],
        "growth": [
            {
                "executor": name,
                "law": fit.law if fit.holds else None,
                "fixed_s": fit.fixed,
                "each_s": fit.each,
                "error": fit.error,
            }
            for name, fit in found.growths.items()
            if fit
        ],
        "scaling": [
            {
                "executor": name,
                "holds": law.holds,
                "each_per_s": law.each,
                "contention": law.contention,
                "coherence": law.coherence,
                "peak": law.peak if isfinite(law.peak) else None,
                "error": law.error,
            }
            for name, law in scaling.scalings(found).items()
            if law
        ],
        "lanes": [
            {"executor": name, "memory_bytes": cost.memory_bytes, "startup_s": cost.startup_s}
            for name, cost in scaling.lane_costs(found).items()
        ],
    }


def _outcome(quickest: int) -> str:
    return "wins" if quickest == 1 else "ties"


def _of_grid(found: Grid) -> dict[str, Any]:
    return {
        "points": [
            {
                "at": {found.x.name: x, found.y.name: y},
                "outcome": str(each.kind),
                "quickest": list(each.names),
            }
            for (x, y), each in found.outcomes.items()
        ]
    }
