"""The ratios of a run as bars on a terminal: log scale, intervals, margin and baseline marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, log, log1p
from typing import NamedTuple

from asyncbench import units
from asyncbench.analysis.judgement import Judgement, Row
from asyncbench.analysis.result import Result
from asyncbench.report import layout
from asyncbench.report.columns import verdict
from asyncbench.report.document import reference, title
from asyncbench.report.terminal.run import closing
from asyncbench.report.text import cells, padded, plain, wrap
from asyncbench.report.view import EVERYTHING, View
from asyncbench.stats.intervals import Interval

GAP = 2
# A bar has at least this many characters; what is said beside it gives way.
LEAST_BAR = 20
LONGEST_LABEL = 24
# Ratios whose bars would all be shorter than this are drawn on a scale this wide.
LEAST_SPAN = log(1.05)


class Marks(NamedTuple):
    """What bars are drawn with, a character each."""

    bar: str
    low: str
    inside: str
    middle: str
    high: str
    one: str
    margin: str
    cut: str


UNICODE = Marks("█", "├", "─", "●", "┤", "│", "┊", "…")
ASCII = Marks("#", "[", "-", "o", "]", "|", ":", "~")


@dataclass(frozen=True, slots=True)
class Scale:
    """Where on a line of `length` characters a logarithm stands."""

    low: float
    high: float
    length: int

    def at(self, value: float) -> int:
        """Return the position, at the nearer end for what lies outside."""
        share = (value - self.low) / (self.high - self.low)
        return round(min(1.0, max(0.0, share)) * (self.length - 1))


def chart(result: Result, width: int, view: View = EVERYTHING, marks: Marks = UNICODE) -> str:
    """Return a bar for every cell that was judged, in lines of at most `width` characters.

    A bar reaches from the baseline to the estimate, to the left where the cell is faster; across
    its end lies the interval.
    """
    margin = result.run.plan.margin
    parts = [_one(each, view, margin, width, marks) for each in view.of(result.judgements)]
    return "\n\n".join([*parts, closing(result, width, view)]) + "\n"


def _one(judgement: Judgement, view: View, margin: float, width: int, marks: Marks) -> str:
    rows = view.rows(judgement)
    if not rows:
        return wrap(f"{title(judgement)}: no cells", width)
    longest = min(LONGEST_LABEL, width // 3)
    labels = [layout.shortened(plain(row.name), longest, marks.cut) for row in rows]
    indent = max(map(cells, labels)) + GAP
    told = _told(rows, width - indent - LEAST_BAR - GAP)
    beside = max(map(len, told))
    scale = _scale(rows, margin, width - indent - (beside + GAP if beside else 0))
    lines = [
        f"{padded(label, indent)}{_bar(row, scale, margin, marks)}{' ' * GAP}{text}".rstrip()
        for label, row, text in zip(labels, rows, told, strict=True)
    ]
    legend = (
        f"Time beside that of {plain(reference(judgement))}, log scale: left of {marks.one} is "
        f"faster, right is slower; {marks.low}{marks.inside}{marks.middle}{marks.inside}"
        f"{marks.high} the interval; {marks.margin} the margin of {units.margin(margin)}."
    )
    axis = (" " * indent + _axis(scale)).rstrip()
    return "\n".join([wrap(title(judgement), width), *lines, axis, wrap(legend, width)])


def _told(rows: Sequence[Row], room: int) -> list[str]:
    """Return what is said beside each bar: as much as there is room for, the same of each."""
    ratios = [units.times(row.ratio) if row.ratio else "" for row in rows]
    verdicts = [verdict(row) for row in rows]
    widest = max(map(len, ratios))
    both = [
        f"{ratio:<{widest}}  {text}".strip() for ratio, text in zip(ratios, verdicts, strict=True)
    ]
    for texts in (both, verdicts):
        if max(map(len, texts)) <= room:
            return texts
    return [""] * len(rows)


def _scale(rows: Sequence[Row], margin: float, length: int) -> Scale:
    shown = [0.0, log1p(margin), -log1p(margin), LEAST_SPAN, -LEAST_SPAN]
    for row in rows:
        if row.ratio:
            shown += [log(each) for each in _ends(row.ratio) or [row.ratio.estimate]]
    return Scale(min(shown), max(shown), length)


def _ends(ratio: Interval) -> list[float]:
    """Return the ends of an interval, none where the rounds were too few for one."""
    return [ratio.low, ratio.high] if ratio.low > 0 and isfinite(ratio.high) else []


def _bar(row: Row, scale: Scale, margin: float, marks: Marks) -> str:
    line = [" "] * scale.length
    one = scale.at(0.0)
    for edge in (log1p(margin), -log1p(margin)):
        line[scale.at(edge)] = marks.margin
    if row.ratio:
        middle = scale.at(log(row.ratio.estimate))
        for at in range(min(one, middle), max(one, middle)):
            line[at] = marks.bar
        ends = [scale.at(log(each)) for each in _ends(row.ratio)]
        if ends:
            low, high = ends
            line[low : high + 1] = [marks.inside] * (high + 1 - low)
            line[low], line[high] = marks.low, marks.high
    line[one] = marks.one
    if row.ratio:
        line[middle] = marks.middle
    return "".join(line)


def _axis(scale: Scale) -> str:
    """Write as many factors as fit, 1 first and powers of ten before the rest."""
    line = [" "] * scale.length
    tens = range(int(scale.low / log(10)) - 1, int(scale.high / log(10)) + 2)
    powers = [ten * log(10) for ten in tens]
    between = [power + log(factor) for factor in (2, 5) for power in powers]
    near = [sign * log(factor) for factor in (1.5, 1.2, 1.1, 1.05) for sign in (1, -1)]
    for value in [0.0, *powers, *between, *near]:
        if not scale.low - 1e-9 <= value <= scale.high + 1e-9:
            continue
        factor = exp(abs(value))
        text = "1" if factor < 1.01 else f"{factor:,.0f}x" if factor > 1.9 else f"{factor:.3g}x"
        start = min(scale.at(value), scale.length - len(text))
        if not "".join(line[max(0, start - 1) : start + len(text) + 1]).strip():
            line[start : start + len(text)] = text
    return "".join(line)
