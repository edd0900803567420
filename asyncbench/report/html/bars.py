"""What a batch takes, as bars drawn to scale: its time, best first, and what it costs besides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

from asyncbench import units
from asyncbench.analysis.judgement import Judgement, Row
from asyncbench.analysis.summary import Figures
from asyncbench.report.html import charts
from asyncbench.report.html.charts import Chart, Line


@dataclass(frozen=True, slots=True)
class Cost:
    """One kind of cost: its title, the parts of a bar, what is said beside it, and more of that."""

    title: str
    parts: Callable[[Figures], tuple[float, ...]]
    text: Callable[[Figures], str]
    more: str = ""


COSTS = (
    Cost("CPU time", lambda its: (its.cpu_s,), lambda its: units.seconds(its.cpu_s)),
    Cost(
        "Context switches",
        lambda its: (its.voluntary, its.involuntary),
        lambda its: f"{units.count(its.voluntary)}+{units.count(its.involuntary)}",
        "voluntary+involuntary",
    ),
    Cost(
        "Peak memory",
        lambda its: (its.peak_rss_bytes,),
        lambda its: units.size(its.peak_rss_bytes),
    ),
    Cost("Start-up", lambda its: (its.startup_s,), lambda its: units.seconds(its.startup_s)),
)


def times(judgement: Judgement, title: str, stated: str) -> Chart | None:
    """Draw how long a batch took under each executor, the shortest first; None where none ran.

    What did other work or failed comes last, without a colour of its own.
    """
    held = [(row, row.figures.time) for row in judgement.rows if row.figures]
    if not held:
        return None
    held.sort(key=lambda each: (not each[0].ok, each[1].estimate))
    ideal = judgement.ideal.seconds
    longest = max(
        *(time.high if isfinite(time.high) else time.estimate for _, time in held), ideal, 1e-9
    )
    lines = [
        Line(
            charts.short(row.name),
            units.spread(time) + ("" if row.ok else f", {row.status}"),
            charts.family(row) if row.ok else "failed",
            bars=[charts.place(time.estimate / longest)],
            interval=(charts.place(time.low / longest), charts.place(time.high / longest))
            if isfinite(time.high)
            else None,
            ideal=charts.place(ideal / longest) if ideal > 0 else None,
            more=f"the ideal: {units.seconds(ideal)}" if ideal > 0 else "",
        )
        for row, time in held
    ]
    return Chart("times", title, lines, stated=stated)


def costs(rows: Sequence[Row]) -> list[Chart]:
    """Draw what a batch costs besides its time, a chart a kind of cost."""
    held = [(row, row.figures) for row in rows if row.figures]
    return [_cost(cost, held) for cost in COSTS if held]


def _cost(cost: Cost, held: Sequence[tuple[Row, Figures]]) -> Chart:
    most = max(sum(cost.parts(figures)) for _, figures in held) or 1
    lines = []
    for row, figures in held:
        ends, end = [], 0.0
        for part in cost.parts(figures):
            end += part
            ends.append(charts.place(end / most))
        lines.append(
            Line(
                charts.short(row.name),
                cost.text(figures),
                charts.family(row),
                bars=ends,
                more=cost.more,
            )
        )
    return Chart("costs", cost.title, lines)
