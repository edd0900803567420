"""Plotly figures as plain data: ratios with intervals, samples, costs.

Every text in them may come from a stranger's journal, so it passes `literal`. Colours are names of
the style sheet's variables: the page's script looks them up, in the scheme that the reader has.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, log10
from typing import Any

from asyncbench import units
from asyncbench.record import Run, Sample
from asyncbench.report import scale
from asyncbench.report.text import plain
from asyncbench.stats import Interval
from asyncbench.summary import Figures, Ideal
from asyncbench.verdict import Row

SYMBOLS = {
    "sequential": "circle",
    "preemptive": "square",
    "cooperative": "diamond",
    "hybrid": "triangle-up",
}
# A longer name would leave a phone no room for its chart; tables have it whole.
LONGEST = 28
# Single samples that one report draws at the most; a browser has to hold each.
MOST_POINTS = 6000


@dataclass(frozen=True, slots=True)
class Dot:
    """One line of a chart of ratios: a ratio of times, and the least that it could be."""

    label: str
    family: str
    ratio: Interval
    ideal: float | None = None
    is_reference: bool = False
    verdict: str = ""

    @property
    def words(self) -> str:
        """Say the ratio with its interval."""
        return "the reference" if self.is_reference else units.times(self.ratio)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bars in one panel of costs; the parts of a panel are stacked."""

    value: Callable[[Figures], float]
    name: str = ""
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One kind of cost: its title, its bars, and what stands at their ends."""

    title: str
    parts: tuple[Part, ...]
    text: Callable[[Figures], str]

    def whole(self, figures: Figures) -> float:
        """Give the length of a bar, all its parts together."""
        return sum(part.value(figures) for part in self.parts)


PANELS = (
    Panel("CPU a batch", (Part(lambda its: its.cpu_s),), lambda its: units.seconds(its.cpu_s)),
    Panel(
        "context switches",
        (
            Part(lambda its: its.voluntary, "voluntary"),
            Part(lambda its: its.involuntary, "involuntary", "/"),
        ),
        lambda its: f"{units.count(its.voluntary)}+{units.count(its.involuntary)}",
    ),
    Panel(
        "peak memory",
        (Part(lambda its: its.peak_rss_bytes),),
        lambda its: units.size(its.peak_rss_bytes),
    ),
    Panel("start-up", (Part(lambda its: its.startup_s),), lambda its: units.seconds(its.startup_s)),
)


def literal(text: str, longest: int = 0) -> str:
    """Give a text that Plotly shows as it is, with no tag, link or entity of its pseudo-HTML."""
    text = plain(text)
    if longest and len(text) > longest:
        text = text[: longest - 1] + "\u2026"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def label(row: Row) -> str:
    """Name a row: its executor, and its variant where it has one."""
    cell = row.cell
    return f"{cell.executor}, {cell.variant}" if cell.variant else cell.executor


def dots(rows: Sequence[Row], ideal: Ideal) -> list[Dot]:
    """Give the lines of a work's chart of ratios; rows with nothing to show are left out."""
    shown = []
    for row in rows:
        base = row.reference.figures if row.reference else row.figures
        ratio = Interval(1.0, 1.0, 1.0, 0.0) if row.is_baseline else row.ratio
        if row.status != "ok" or ratio is None or base is None:
            continue
        least = ideal.seconds / base.time.estimate if ideal.seconds > 0 else None
        said = str(row.verdict or "")
        shown.append(Dot(label(row), row.cell.family, ratio, least, row.is_baseline, said))
    return shown


def shown(dot: Dot) -> list[float]:
    """Give the ratios that an axis has to reach for a dot to be seen whole."""
    ends = [dot.ratio.low, dot.ratio.high] if isfinite(dot.ratio.high) else []
    return [dot.ratio.estimate, *ends, dot.ideal or 1.0]


def ratios(lines: Sequence[Dot], margin: float, reference: str) -> dict[str, Any]:
    """Draw ratios of times with their intervals on a log axis; the margin about 1 is a band.

    A ratio without an interval is hollow and has no bar.
    """
    low, high = scale.reach((value for dot in lines for value in shown(dot)), margin)
    marks = scale.ticks(low, high)
    data = [
        _dots([(place, dot) for place, dot in enumerate(lines) if dot.family == family], family)
        for family in dict.fromkeys(dot.family for dot in lines)
    ]
    least = [(place, dot.ideal) for place, dot in enumerate(lines) if dot.ideal]
    if least:
        data.append(_ideals(least))
    return {
        "data": data,
        "layout": {
            "height": 80 + 46 * len(lines),
            "xaxis": {
                "type": "log",
                "range": [log10(low), log10(high)],
                "tickvals": [value for value, _ in marks],
                "ticktext": [text for _, text in marks],
                "title": {"text": f"time, {literal(reference, LONGEST)} = 1; left is faster"},
            },
            "yaxis": _axis([_told(dot) for dot in lines]),
            "shapes": [
                _shape("rect", 1 / (1 + margin), 1 + margin, fillcolor="--band", line={"width": 0}),
                _shape("line", 1, 1, line={"color": "--ink", "width": 1.5}),
            ],
        },
    }


def samples(run: Run, rows: Sequence[Row], points: int) -> dict[str, Any]:
    """Draw each cell's samples beside their own median: a box, and below it every sample by round.

    Of a cell with more than `points` samples as many are drawn, spread evenly from its fastest to
    its slowest. The box's quartiles are those of all; its whiskers end at the last samples within
    1.5 interquartile ranges. Source: J. W. Tukey, Exploratory Data Analysis (1977), chapter 2.
    """
    by_cell = run.samples_by_cell()
    shown = [(row, taken) for row in rows if (taken := by_cell.get(row.cell.id))]
    data: list[dict[str, Any]] = []
    names, reached = [], [1.0]
    for place, (row, taken) in enumerate(shown):
        middle = statistics.median(map(seconds, taken))
        reached += [seconds(sample) / middle for sample in taken]
        names.append(f"{literal(label(row), LONGEST)}<br>{units.seconds(middle)}")
        data += [
            _box(place, row, [seconds(sample) / middle for sample in taken]),
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
            "yaxis": _axis(names),
            "shapes": [_shape("line", 1, 1, line={"color": "--ink", "width": 1})],
        },
    }


def costs(rows: Sequence[Row]) -> dict[str, Any]:
    """Draw what a batch costs besides its time: four panels of bars over the same cells."""
    shown = [(row, figures) for row in rows if (figures := row.figures)]
    places = list(range(len(shown)))
    return {
        "data": [
            _bars(number, shown, panel, part)
            for number, panel in enumerate(PANELS, 1)
            for part in panel.parts
        ],
        "panels": [
            {
                "title": panel.title,
                "most": max((panel.whole(figures) for _, figures in shown), default=0),
                "notes": [
                    {"x": panel.whole(figures), "y": place, "text": literal(panel.text(figures))}
                    for place, (_, figures) in zip(places, shown, strict=True)
                ],
            }
            for panel in PANELS
        ],
        "layout": {
            "height": 60 + 30 * len(shown),
            "barmode": "stack",
            "yaxis": _names([label(row) for row, _ in shown]),
        },
    }


def thinned(taken: Sequence[Sample], points: int) -> list[Sample]:
    """Give at most `points` samples, evenly spread over their order from fastest to slowest."""
    if len(taken) <= points:
        return list(taken)
    ranked = sorted(taken, key=seconds)
    step = (len(ranked) - 1) / (points - 1)
    return [ranked[round(step * place)] for place in range(points)]


def seconds(sample: Sample) -> float:
    """Give the seconds that one of a sample's batches took."""
    return sample.wall_ns / sample.batches / 1e9


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Give the quartiles of one value or more, interpolated between neighbours."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    first, middle, last = statistics.quantiles(values, n=4, method="inclusive")
    return first, middle, last


def _told(dot: Dot) -> str:
    """Give the text beside a dot: its name, and below it the ratio without the interval."""
    words = dot.words.partition(" (")[0]
    return f"{literal(dot.label, LONGEST)}<br>{words}"


def _colour(family: str) -> str:
    return f"--{family}" if family in SYMBOLS else "--ink"


def _dots(placed: Sequence[tuple[int, Dot]], family: str) -> dict[str, Any]:
    known = [isfinite(dot.ratio.high) for _, dot in placed]
    estimates = [dot.ratio.estimate for _, dot in placed]
    above = [
        dot.ratio.high - dot.ratio.estimate if has else 0
        for (_, dot), has in zip(placed, known, strict=True)
    ]
    below = [
        dot.ratio.estimate - dot.ratio.low if has else 0
        for (_, dot), has in zip(placed, known, strict=True)
    ]
    symbol = SYMBOLS.get(family, "circle")
    return {
        "type": "scatter",
        "mode": "markers",
        "x": estimates,
        "y": [place for place, _ in placed],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": above,
            "arrayminus": below,
            "color": _colour(family),
            "thickness": 2,
            "width": 6,
        },
        "marker": {
            "symbol": [symbol if has else f"{symbol}-open" for has in known],
            "size": 12,
            "color": _colour(family),
        },
        "text": [literal(f"{dot.label}: {dot.words}") for _, dot in placed],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _ideals(least: Sequence[tuple[int, float]]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [ratio for _, ratio in least],
        "y": [place for place, _ in least],
        "marker": {"symbol": "line-ns-open", "size": 26, "color": "--ideal", "line": {"width": 2}},
        "hovertemplate": "ideal: no executor can be faster<extra></extra>",
    }


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
        "line": {"color": _colour(row.cell.family), "width": 1.5},
        "fillcolor": "--card",
        "hoverinfo": "skip",
    }


def _strip(place: int, row: Row, taken: Sequence[Sample], middle: float) -> dict[str, Any]:
    rounds = max(sample.round for sample in taken) + 1
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [float(f"{seconds(sample) / middle:.4g}") for sample in taken],
        "y": [round(place + 0.04 + 0.4 * (each.round + 0.5) / rounds, 3) for each in taken],
        "marker": {
            "symbol": SYMBOLS.get(row.cell.family, "circle"),
            "size": 6,
            "color": _colour(row.cell.family),
            "opacity": 0.6,
        },
        "text": [
            f"{units.seconds(seconds(sample))}: round {sample.round + 1}, block {sample.block + 1}"
            for sample in taken
        ],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _bars(
    number: int, shown: Sequence[tuple[Row, Figures]], panel: Panel, part: Part
) -> dict[str, Any]:
    suffix = str(number) if number > 1 else ""
    return {
        "type": "bar",
        "orientation": "h",
        "xaxis": f"x{suffix}",
        "yaxis": f"y{suffix}",
        "x": [part.value(figures) for _, figures in shown],
        "y": list(range(len(shown))),
        "marker": {
            "color": [_colour(row.cell.family) for row, _ in shown],
            "pattern": {"shape": part.pattern, "solidity": 0.4, "size": 5},
        },
        "text": [
            literal(f"{label(row)}: {part.name or panel.title} {panel.text(figures)}")
            for row, figures in shown
        ],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }


def _names(labels: Sequence[str]) -> dict[str, Any]:
    return _axis([literal(each, LONGEST) for each in labels])


def _axis(texts: Sequence[str]) -> dict[str, Any]:
    return {
        "tickvals": list(range(len(texts))),
        "ticktext": list(texts),
        "range": [len(texts) - 0.5, -0.5],
    }


def _shape(kind: str, start: float, end: float, **style: Any) -> dict[str, Any]:
    return {
        "type": kind, "xref": "x", "yref": "paper", "layer": "below",
        "x0": start, "x1": end, "y0": 0, "y1": 1, **style,
    }  # fmt: skip
