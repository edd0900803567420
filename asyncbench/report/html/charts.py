"""A chart as plain data: a line each with its name, its marks on a track, and what they say.

A template makes SVG of it, whose places are in per cent: so a track is as wide as its page, and
texts stand beside it as HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asyncbench.analysis.judgement import Row
from asyncbench.report import layout, scale
from asyncbench.report.text import plain

# Each has a symbol and a colour; whatever a stranger's executor calls itself has the first's.
FAMILIES = ("sequential", "preemptive", "cooperative", "hybrid")
# Of longer names the middle is left out; tables have them whole.
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Point:
    """One of many small marks: where it is in per cent, how far down in pixels, what it says."""

    at: float
    down: float
    told: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart; places on its track are in per cent.

    It is looked at in the colour of `look`, a family or a verdict. `bars` are ends of bars that
    follow each other from 0, `interval` those of a whisker, `box` quartiles. `verdict` is a badge.
    """

    name: str
    said: str
    look: str
    bars: Sequence[float] = ()
    interval: tuple[float, float] | None = None
    ideal: float | None = None
    symbol: str = ""
    at: float = 0.0
    hollow: bool = False
    box: tuple[float, float, float] | None = None
    points: Sequence[Point] = ()
    verdict: str = ""
    more: str = ""

    @property
    def told(self) -> str:
        """What is said of the line to who points at it, or comes by with the keyboard."""
        return "; ".join(filter(None, [f"{self.name}: {self.said}", self.verdict, self.more]))


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies below the marks of a logarithmic chart: the line at 1, the margin, and ticks."""

    one: float
    band: tuple[float, float]
    ticks: Sequence[tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines below a title; with a `ground` where there is an axis to read them by."""

    kind: str
    title: str
    lines: Sequence[Line]
    ground: Ground | None = None
    stated: str = ""


def short(text: str) -> str:
    """Return a name as it stands in a chart."""
    return layout.shortened(plain(text), LONGEST_NAME)


def family(row: Row) -> str:
    """Return the family whose symbol and colour a row has."""
    return row.cell.family if row.cell.family in FAMILIES else FAMILIES[0]


def place(share: float) -> float:
    """Return a share of a track's length in per cent, to a tenth of what a screen can show."""
    return round(100 * share, 2)


def ground(axis: scale.Axis, margin: float) -> Ground:
    """Return what lies below marks on an axis."""
    return Ground(
        place(axis.at(1)),
        (place(axis.at(1 / (1 + margin))), place(axis.at(1 + margin))),
        [(place(axis.at(value)), text) for value, text in axis.ticks()],
    )
