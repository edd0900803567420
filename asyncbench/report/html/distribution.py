"""The samples of each cell, as boxes and strips."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from asyncbench import units
from asyncbench.analysis.judgement import Row
from asyncbench.record.lines import Sample
from asyncbench.record.run import Run
from asyncbench.record.samples import Columns
from asyncbench.report import scale
from asyncbench.report.html import charts
from asyncbench.report.html.charts import Chart, Line, Point

# Single samples that are drawn at the most: of a page, which a browser has to hold, and of a cell.
MOST_POINTS = 1500
MOST_OF_CELL = 200
# Pixels from the middle of a track to a strip, and from its first round to its last.
STRIP, HEIGHT = 2, 18


def samples(run: Run, rows: Sequence[Row], points: int) -> Chart | None:
    """Draw each cell's samples beside their own median: a box, and below it every sample by round.

    Of a cell with more than `points` samples as many are drawn, spread evenly from its fastest to
    its slowest. The box's quartiles are those of all; its whiskers end at the last samples within
    1.5 interquartile ranges. Source: J. W. Tukey, Exploratory Data Analysis (1977), chapter 2.
    """
    shown = []
    for row in rows:
        taken = run.samples.counted(row.cell.id)
        if taken:
            times = sorted(taken.seconds())
            shown.append((row, taken, times, statistics.median(times)))
    if not shown:
        return None
    ends = [end / middle for _, _, times, middle in shown for end in (times[0], times[-1])]
    axis = scale.reach(ends, 0.0)
    lines = [
        _line(row, thinned(taken, points), times, middle, axis)
        for row, taken, times, middle in shown
    ]
    return Chart(
        "samples", "Every sample, its cell's own median = 1", lines, charts.ground(axis, 0.0)
    )


def thinned(taken: Columns, points: int) -> list[Sample]:
    """Return at most `points` samples, evenly spread over their order from fastest to slowest."""
    everything = list(taken)
    if len(everything) <= points:
        return everything
    if points < 2:
        return []
    ranked = sorted(everything, key=lambda sample: sample.seconds)
    step = (len(ranked) - 1) / (points - 1)
    return [ranked[round(step * place)] for place in range(points)]


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the quartiles of one value or more, interpolated between neighbours."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    first, middle, last = statistics.quantiles(values, n=4, method="inclusive")
    return first, middle, last


def _line(
    row: Row, drawn: Sequence[Sample], times: Sequence[float], middle: float, axis: scale.Axis
) -> Line:
    def place(seconds: float) -> float:
        return charts.place(axis.at(seconds / middle))

    first, _, last = box = quartiles(times)
    reach = 1.5 * (last - first)
    within = [time for time in times if first - reach <= time <= last + reach]
    rounds = max((sample.round for sample in drawn), default=1)
    return Line(
        charts.short(row.name),
        f"{units.seconds(middle)}, {len(times):,} samples",
        charts.family(row),
        interval=(place(within[0]), place(within[-1])),
        box=(place(box[0]), place(box[1]), place(box[2])),
        points=[
            Point(
                round(place(each.seconds), 1),
                round(STRIP + HEIGHT * (each.round - 0.5) / rounds, 1),
                f"{units.seconds(each.seconds)}: round {each.round}, block {each.block}",
            )
            for each in drawn
        ],
        more=f"half of them within {units.seconds(first)} to {units.seconds(last)}",
    )
