"""A sweep as a picture: a line an executor with its intervals, and where they cross."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite, log

from asyncbench import units
from asyncbench.analysis.sweep import Sweep, scaled
from asyncbench.report import sweep
from asyncbench.report.terminal.plot import decades
from asyncbench.report.text import plain

WIDTH, HEIGHT = 640, 300
LEFT, BELOW, ABOVE = 76, 44, 8
# As many lines have a colour of their own.
COLOURS = 6
# Labels of points stand no nearer to each other.
APART = 44


@dataclass(frozen=True, slots=True)
class Dot:
    """One point of a line in pixels, and what it says."""

    x: float
    y: float
    told: str


@dataclass(frozen=True, slots=True)
class Line:
    """One executor: its points, the line through them, and the band of its intervals."""

    name: str
    look: str
    dots: Sequence[Dot]
    path: str
    band: str


@dataclass(frozen=True, slots=True)
class Turn:
    """An overtaking: its interval and its middle in pixels, and what it says."""

    low: float
    high: float
    at: float
    told: str


@dataclass(frozen=True, slots=True)
class Lines:
    """The picture; labels are (place in pixels, text)."""

    width: int
    height: int
    floor: int
    lines: Sequence[Line]
    turns: Sequence[Turn]
    across: Sequence[tuple[float, str]]
    up: Sequence[tuple[float, str]]
    x: str


def look(number: int) -> str:
    """Return the class that has the colour of a line."""
    return f"line{number % COLOURS}"


def of_sweep(found: Sweep) -> Lines | None:
    """Return the picture of a sweep, None where nothing was measured."""
    shown = {
        name: [
            (found.at(point), row.figures.time)
            for point in found.points
            for row in point.rows
            if row.name == name and row.ok and row.figures
        ]
        for name in found.names
    }
    times = [
        each
        for line in shown.values()
        for _, time in line
        for each in (time.low, time.estimate, time.high)
        if each > 0 and isfinite(each)
    ]
    if not times:
        return None
    low, high = min(times) / 1.1, max(times) * 1.1
    first, last = (scaled(found.axis, found.at(found.points[end])) for end in (0, -1))

    def across(value: float) -> float:
        share = (scaled(found.axis, value) - first) / ((last - first) or 1)
        return round(LEFT + 12 + share * (WIDTH - LEFT - 24), 1)

    def up(time: float) -> float:
        return round(ABOVE + (1 - log(time / low) / log(high / low)) * (HEIGHT - ABOVE), 1)

    lines = []
    for number, (name, line) in enumerate(shown.items()):
        dots = [
            Dot(
                across(at),
                up(time.estimate),
                f"{plain(name)} at {plain(found.axis.called)} {sweep.value(found.axis, at)}: "
                f"{units.spread(time)} a batch",
            )
            for at, time in line
        ]
        known = [(at, time) for at, time in line if time.low > 0 and isfinite(time.high)]
        band = [(across(at), up(time.low)) for at, time in known]
        band += [(across(at), up(time.high)) for at, time in reversed(known)]
        path = _path((dot.x, dot.y) for dot in dots)
        lines.append(Line(plain(name), look(number), dots, path, _path(band)))
    answers = sweep.answer(found)
    return Lines(
        WIDTH,
        HEIGHT + BELOW,
        HEIGHT,
        lines,
        [
            Turn(across(turn.low), across(turn.high), across(turn.at), each.text)
            for turn, each in zip(found.crossovers, answers, strict=False)
        ],
        _spaced(
            [(across(found.at(e)), sweep.value(found.axis, found.at(e))) for e in found.points]
        ),
        [(up(value), units.seconds(value)) for value in decades(low, high)],
        plain(found.axis.called),
    )


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _spaced(labels: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Leave out labels that stand too near to the one before."""
    kept: list[tuple[float, str]] = []
    for at, text in labels:
        if not kept or at - kept[-1][0] >= APART:
            kept.append((at, text))
    return kept
