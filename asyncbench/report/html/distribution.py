"""The samples of each cell, as boxes and strips: a Plotly figure as plain data."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from math import log10
from typing import Any

from asyncbench import units
from asyncbench.analysis.judgement import Row
from asyncbench.record.lines import Sample
from asyncbench.record.run import Run
from asyncbench.report import scale
from asyncbench.report.html import charts

# Single samples that one report draws at the most; a browser has to hold each.
MOST_POINTS = 6000


def samples(run: Run, rows: Sequence[Row], points: int) -> dict[str, Any]:
    """Draw each cell's samples beside their own median: a box, and below it every sample by round.

    Of a cell with more than `points` samples as many are drawn, spread evenly from its fastest to
    its slowest. The box's quartiles are those of all; its whiskers end at the last samples within
    1.5 interquartile ranges. Source: J. W. Tukey, Exploratory Data Analysis (1977), chapter 2.
    """
    shown = [(row, taken) for row in rows if (taken := list(run.samples.counted(row.cell.id)))]
    data: list[dict[str, Any]] = []
    names, reached = [], [1.0]
    for place, (row, taken) in enumerate(shown):
        middle = statistics.median(each.seconds for each in taken)
        reached += [sample.seconds / middle for sample in taken]
        names.append(
            f"{charts.literal(charts.label(row), charts.LONGEST)}<br>{units.seconds(middle)}"
        )
        data += [
            _box(place, row, [sample.seconds / middle for sample in taken]),
            _strip(place, row, thinned(taken, points), middle),
        ]
    low, high = scale.reach(reached, 0.0)
    marks = scale.ticks(low, high)
    return {
        "data": data,
        "layout": {
            "height": 96 + 68 * len(shown),
            "xaxis": {
                "type": "log",
                "range": [log10(low), log10(high)],
                "tickvals": [value for value, _ in marks],
                "ticktext": [text for _, text in marks],
                "title": {"text": "time of a sample, the cell's own median = 1"},
            },
            "yaxis": charts.axis(names),
            "shapes": [charts.shape("line", 1, 1, line={"color": "--ink", "width": 1})],
        },
    }


def thinned(taken: Sequence[Sample], points: int) -> list[Sample]:
    """Return at most `points` samples, evenly spread over their order from fastest to slowest."""
    if len(taken) <= points:
        return list(taken)
    ranked = sorted(taken, key=lambda sample: sample.seconds)
    step = (len(ranked) - 1) / (points - 1)
    return [ranked[round(step * place)] for place in range(points)]


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the quartiles of one value or more, interpolated between neighbours."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    first, middle, last = statistics.quantiles(values, n=4, method="inclusive")
    return first, middle, last


def _box(place: int, row: Row, ratios_: Sequence[float]) -> dict[str, Any]:
    first, middle, last = quartiles(ratios_)
    reach = 1.5 * (last - first)
    within = [value for value in ratios_ if first - reach <= value <= last + reach]
    return {
        "type": "box",
        "orientation": "h",
        "y": [place - 0.2],
        "q1": [first],
        "median": [middle],
        "q3": [last],
        "lowerfence": [min(within)],
        "upperfence": [max(within)],
        "width": 0.3,
        "line": {"color": charts.colour(row.cell.family), "width": 1.5},
        "fillcolor": "--card",
        "hoverinfo": "skip",
    }


def _strip(place: int, row: Row, taken: Sequence[Sample], middle: float) -> dict[str, Any]:
    rounds = max(sample.round for sample in taken) + 1
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [float(f"{sample.seconds / middle:.4g}") for sample in taken],
        "y": [round(place + 0.04 + 0.4 * (each.round + 0.5) / rounds, 3) for each in taken],
        "marker": {
            "symbol": charts.SYMBOLS.get(row.cell.family, "circle"),
            "size": 6,
            "color": charts.colour(row.cell.family),
            "opacity": 0.6,
        },
        "text": [
            f"{units.seconds(sample.seconds)}: round {sample.round + 1}, block {sample.block + 1}"
            for sample in taken
        ],
        "hovertemplate": "%{text}<extra></extra>",
    }
