"""Ratios with their intervals, as a Plotly figure in plain data; and what all figures share.

Every text in them may come from a stranger's journal, so it passes `literal`. Colours are names of
the style sheet's variables: the page's script looks them up, in the scheme that the reader has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log10
from typing import Any

from asyncbench import units
from asyncbench.analysis.judgement import Row
from asyncbench.analysis.summary import Ideal
from asyncbench.report import scale
from asyncbench.report.text import plain
from asyncbench.stats.intervals import Interval

SYMBOLS = {
    "sequential": "circle",
    "preemptive": "square",
    "cooperative": "diamond",
    "hybrid": "triangle-up",
}
# A longer name would leave a phone no room for its chart; tables have it whole.
LONGEST = 28


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
        """Return the ratio with its interval."""
        return "the reference" if self.is_reference else units.times(self.ratio)


def literal(text: str, longest: int = 0) -> str:
    """Return a text that Plotly shows as it is, with no tag, link or entity of its pseudo-HTML."""
    text = plain(text)
    if longest and len(text) > longest:
        text = text[: longest - 1] + "\u2026"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def label(row: Row) -> str:
    """Return what a row is called: its executor, and its variant where it has one."""
    cell = row.cell
    return f"{cell.executor}, {cell.variant}" if cell.variant else cell.executor


def dots(rows: Sequence[Row], ideal: Ideal) -> list[Dot]:
    """Return the lines of a work's chart of ratios; rows with nothing to show are left out."""
    shown = []
    for row in rows:
        base = row.reference.figures if row.reference else row.figures
        ratio = Interval(1.0, 1.0, 1.0, 0.0) if row.is_baseline else row.ratio
        if not row.ok or ratio is None or base is None:
            continue
        least = ideal.seconds / base.time.estimate if ideal.seconds > 0 else None
        said = str(row.verdict or "")
        shown.append(Dot(label(row), row.cell.family, ratio, least, row.is_baseline, said))
    return shown


def shown(dot: Dot) -> list[float]:
    """Return the ratios that an axis has to reach for a dot to be seen whole."""
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
            "yaxis": axis([_told(dot) for dot in lines]),
            "shapes": [
                shape("rect", 1 / (1 + margin), 1 + margin, fillcolor="--band", line={"width": 0}),
                shape("line", 1, 1, line={"color": "--ink", "width": 1.5}),
            ],
        },
    }


def _told(dot: Dot) -> str:
    """Return the text beside a dot: its name, and below it the ratio without the interval."""
    words = dot.words.partition(" (")[0]
    return f"{literal(dot.label, LONGEST)}<br>{words}"


def colour(family: str) -> str:
    """Return the style sheet's variable that holds the colour of a family."""
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
            "color": colour(family),
            "thickness": 2,
            "width": 6,
        },
        "marker": {
            "symbol": [symbol if has else f"{symbol}-open" for has in known],
            "size": 12,
            "color": colour(family),
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


def names(labels: Sequence[str]) -> dict[str, Any]:
    """Return an axis with a line for each name."""
    return axis([literal(each, LONGEST) for each in labels])


def axis(texts: Sequence[str]) -> dict[str, Any]:
    """Return an axis with a line for each text, which is literal or mark-up of our own."""
    return {
        "tickvals": list(range(len(texts))),
        "ticktext": list(texts),
        "range": [len(texts) - 0.5, -0.5],
    }


def shape(kind: str, start: float, end: float, **style: Any) -> dict[str, Any]:
    """Return a line or a band from edge to edge of a chart, below what is drawn."""
    return {
        "type": kind, "xref": "x", "yref": "paper", "layer": "below",
        "x0": start, "x1": end, "y0": 0, "y1": 1, **style,
    }  # fmt: skip
