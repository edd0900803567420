"""A map as a picture: a rectangle a point in the colour of who wins there, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asyncbench import units
from asyncbench.analysis.grid import Grid, Kind, Outcome
from asyncbench.report import grid, sweep, why
from asyncbench.report.html.lines import look
from asyncbench.report.terminal.plot import letters
from asyncbench.report.text import plain

CELL_WIDTH, CELL_HEIGHT = 64, 40
# Room for the labels of both axes.
LEFT, BELOW = 70, 44


@dataclass(frozen=True, slots=True)
class Square:
    """One point: where it is in pixels, its colour, its letter, and what it says in full."""

    x: int
    y: int
    look: str
    letter: str
    factor: str
    told: str


@dataclass(frozen=True, slots=True)
class Heat:
    """The picture; labels are (place in pixels, text)."""

    width: int
    height: int
    squares: Sequence[Square]
    across: Sequence[tuple[int, str]]
    up: Sequence[tuple[int, str]]
    x: str
    y: str
    legend: Sequence[tuple[str, str]]


def of_grid(found: Grid) -> Heat:
    """Return the picture of a map."""
    short = letters(found.names)
    looks = {name: look(number) for number, name in enumerate(found.names)}
    rows = list(reversed(found.up))
    squares = [
        Square(
            LEFT + column * CELL_WIDTH,
            row * CELL_HEIGHT,
            looks[outcome.names[0]] if outcome.kind is Kind.WINS else "none",
            grid.sign(outcome, short),
            _factor(outcome),
            f"{grid.place(found, x, y)}: {grid.told(outcome)}{_reason(found, x, y)}",
        )
        for row, y in enumerate(rows)
        for column, x in enumerate(found.across)
        for outcome in [found.outcomes.get((x, y), Outcome(Kind.HOLE))]
    ]
    return Heat(
        LEFT + CELL_WIDTH * len(found.across),
        CELL_HEIGHT * len(rows) + BELOW,
        squares,
        [
            (LEFT + number * CELL_WIDTH + CELL_WIDTH // 2, sweep.value(found.x, x))
            for number, x in enumerate(found.across)
        ],
        [
            (number * CELL_HEIGHT + CELL_HEIGHT // 2, sweep.value(found.y, y))
            for number, y in enumerate(rows)
        ],
        plain(found.x.called),
        plain(found.y.called),
        [(looks[name], f"{short[name]} {grid.called(name)}") for name in found.names]
        + [("none", each) for each in grid.legend(found)],
    )


def _factor(outcome: Outcome) -> str:
    return f"{units.factor(outcome.ratio.estimate)}x" if outcome.ratio else ""


def _reason(found: Grid, x: float, y: float) -> str:
    judgement = found.at(x, y)
    reasons = why.of_best(judgement) if judgement else []
    return f". {reasons[0]}" if reasons else ""
