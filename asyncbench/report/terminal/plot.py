"""A chart of lines on a terminal: letters as marks, dots between them, axes with their values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10
from typing import NamedTuple

from asyncbench.report.text import cells

# Given (text, its role), returns it as it is shown.
Paint = Callable[[str, str], str]
HEIGHT = 12
# Several marks in one place, which the legend names.
MANY = "*"


class Marks(NamedTuple):
    """What a chart is drawn with, a character each."""

    between: str
    across: str
    up: str
    corner: str
    low: str
    inside: str
    middle: str
    high: str


UNICODE = Marks("·", "─", "│", "└", "├", "─", "●", "┤")
ASCII = Marks(".", "-", "|", "+", "[", "-", "o", "]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the letter of its marks, its role, and its points, in shares of both axes."""

    letter: str
    role: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Span:
    """A mark below the axis with an interval about it, in shares of the axis."""

    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines over two axes; `across` and `up` are ticks: their places in shares, and their texts."""

    lines: Sequence[Line]
    across: Sequence[tuple[float, str]]
    up: Sequence[tuple[float, str]]
    spans: Sequence[Span] = field(default_factory=list)


def letters(names: Sequence[str]) -> dict[str, str]:
    """Return a letter for each name: one of its own where another has not taken it."""
    found: dict[str, str] = {}
    for name in names:
        own = [char.upper() for char in name if char.isascii() and char.isalnum()]
        every = [*own, *"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"]
        found[name] = next((each for each in every if each not in found.values()), "?")
    return found


def decades(low: float, high: float) -> list[float]:
    """Return round values from `low` to `high`: tens, with others between where these are few."""
    span = range(floor(log10(low)), ceil(log10(high)) + 1)
    tens = [10.0**power for power in span]
    finer = [step * ten for ten in tens for step in (1, 2, 5)]
    finest = [step * ten for ten in tens for step in range(1, 10)]
    for values in (tens, finer, finest):
        inside = [value for value in values if low <= value <= high]
        if len(inside) >= 3:
            return inside
    return inside


def drawn(plot: Plot, width: int, marks: Marks, paint: Paint) -> list[str]:
    """Return the chart in lines of at most `width` cells, but for what `paint` adds."""
    margin = max((cells(text) for _, text in plot.up), default=0)
    field_ = _Field(width - margin - 2, HEIGHT)
    for line in plot.lines:
        field_.line(line, marks)
    labels = {field_.row(share): text for share, text in plot.up}
    rows = [
        f"{labels.get(number, ''):>{margin}} {marks.up}{field_.painted(number, paint)}".rstrip()
        for number in range(HEIGHT)
    ]
    axis = f"{'':>{margin}} {marks.corner}{marks.across * field_.width}"
    below = f"{'':>{margin + 2}}{field_.texts(plot.across)}".rstrip()
    spans = [f"{'':>{margin + 2}}{each}" for each in field_.spans(plot.spans, marks)]
    return [*rows, axis, below, *spans]


class _Field:
    """The cells that lines are drawn in, each with a character and a role; rows from the top."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self._height = height
        self._cells: dict[tuple[int, int], tuple[str, str]] = {}

    def row(self, share: float) -> int:
        return self._height - 1 - round(min(1.0, max(0.0, share)) * (self._height - 1))

    def column(self, share: float) -> int:
        return round(min(1.0, max(0.0, share)) * (self.width - 1))

    def line(self, line: Line, marks: Marks) -> None:
        for (x, y), (next_x, next_y) in zip(line.points, line.points[1:], strict=False):
            start, end = self.column(x), self.column(next_x)
            for column in range(start + 1, end):
                share = (column - start) / (end - start)
                place = (self.row(y + (next_y - y) * share), column)
                self._cells.setdefault(place, (marks.between, line.role))
        for x, y in line.points:
            place = (self.row(y), self.column(x))
            taken = self._cells.get(place, ("", ""))[0]
            alone = taken in ("", marks.between)
            self._cells[place] = (line.letter, line.role) if alone else (MANY, "")

    def painted(self, row: int, paint: Paint) -> str:
        columns = [column for at, column in self._cells if at == row]
        return "".join(
            paint(*self._cells[row, column]) if (row, column) in self._cells else " "
            for column in range(max(columns, default=-1) + 1)
        )

    def texts(self, ticks: Sequence[tuple[float, str]]) -> str:
        """Write as many texts below their places as fit: the ends first, then from the left."""
        line = [" "] * self.width
        for share, text in [*ticks[:1], *ticks[-1:], *ticks[1:-1]]:
            start = min(max(0, self.column(share) - len(text) // 2), self.width - len(text))
            if start >= 0 and not "".join(line[max(0, start - 1) : start + len(text) + 1]).strip():
                line[start : start + len(text)] = text
        return "".join(line)

    def spans(self, spans: Sequence[Span], marks: Marks) -> list[str]:
        found = []
        for span in spans:
            low, at, high = (self.column(each) for each in (span.low, span.at, span.high))
            inner = [marks.inside] * (high - low + 1)
            inner[0], inner[-1] = marks.low, marks.high
            inner[at - low] = marks.middle
            found.append(" " * low + "".join(inner))
        return found
