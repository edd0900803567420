"""How executors fare with more at once: throughput, and what a lane takes to have."""

from __future__ import annotations

from dataclasses import dataclass

from asyncbench.analysis.summary import Figures
from asyncbench.analysis.sweep import Sweep
from asyncbench.executors import written
from asyncbench.stats import scaling, slope
from asyncbench.stats.scaling import Scaling

# What says how many are at work at once, of all executors or of one (`threads:workers`).
AT_ONCE = ("concurrency", "processes")
OF_ONE = ":workers"


@dataclass(frozen=True, slots=True)
class LaneCost:
    """What one more lane takes: bytes of memory, and seconds to start."""

    memory_bytes: float
    startup_s: float


def scalings(sweep: Sweep) -> dict[str, Scaling | None]:
    """Return how throughput grows along a sweep of how many at once, by executor; else nothing.

    None where the points are too few. Who does one task after the other has nothing to scale.
    """
    return {
        name: scaling.fit(*zip(*((at, each.tasks_per_s) for at, each in points), strict=True))
        for name, points in _points(sweep).items()
    }


def lane_costs(sweep: Sweep) -> dict[str, LaneCost]:
    """Return what a lane takes, by executor, of those that had more of them at some points."""
    found = {}
    for name, points in _points(sweep).items():
        lanes = [float(each.lanes) for _, each in points]
        memory = slope.each(lanes, [each.peak_rss_bytes for _, each in points])
        start = slope.each(lanes, [each.startup_s for _, each in points])
        if memory is not None and start is not None:
            found[name] = LaneCost(max(0.0, memory), max(0.0, start))
    return found


def _points(sweep: Sweep) -> dict[str, list[tuple[float, Figures]]]:
    """Return an executor's figures by how many were asked to be at once."""
    axis = sweep.axis.name
    one = axis.removesuffix(OF_ONE) if axis.endswith(OF_ONE) else ""
    if axis not in AT_ONCE and not one:
        return {}
    found: dict[str, list[tuple[float, Figures]]] = {}
    for judgement in sweep.points:
        for row in judgement.rows:
            named = {written.read(each).name for each in (row.cell.executor, row.cell.reference)}
            varied = not one or one in named
            if varied and row.ok and row.figures and not row.cell.one_by_one:
                found.setdefault(row.name, []).append((sweep.at(judgement), row.figures))
    return found
