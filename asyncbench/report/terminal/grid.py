"""The screen of a map: who wins how much of it, and a letter a point, coloured on a terminal."""

from __future__ import annotations

from asyncbench import units
from asyncbench.analysis.grid import Grid, Kind, Outcome
from asyncbench.analysis.result import Result
from asyncbench.record.plan import Axis
from asyncbench.report import axes, grid, left_out, sweep
from asyncbench.report.document import Entry, Table
from asyncbench.report.layout import Column
from asyncbench.report.terminal import plot
from asyncbench.report.terminal.answer import WIDEST, Drawer, Paint, bare
from asyncbench.report.terminal.bars import UNICODE as BARS
from asyncbench.report.terminal.run import one_table
from asyncbench.report.terminal.sweep import COLOURS
from asyncbench.report.text import in_lines, plain, wrap
from asyncbench.report.view import EVERYTHING

# A point takes so many cells at the most: a letter, and by how much it is ahead where that fits.
WIDEST_POINT = 8
WITH_FACTOR = 7


def screen(
    result: Result,
    width: int,
    marks: plot.Marks = plot.UNICODE,
    paint: Paint = bare,
    reference: str | None = "",
) -> str:
    """Return the answer, the map and how sure it is, in lines of at most `width` cells.

    `reference` is as `answer.screen` has it.
    """
    found, width = Grid(result), min(width, WIDEST)
    drawer = Drawer(result, width, EVERYTHING, BARS, paint, reference)
    said = [line for each in axes.answer(result) for line in drawer.wrapped(each.text, each.tone)]
    surer = drawer.surer()
    said += drawer.wrapped(surer, "open") if surer else []
    details = [
        (
            "How sure",
            f"all that is said of the {len(found.outcomes)} points together is wrong with a chance "
            "of 5 % at the most",
        ),
        ("", drawer.trust()),
        *(("", each) for each in drawer.remarks()),
        *(("Not run", each) for each in left_out.paragraphs(result.judgements)),
        ("Saved", drawer.kept()),
    ]
    parts = [said, _map(found, width, marks, paint), drawer.labelled(details)]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def table(result: Result, width: int) -> str:
    """Return the points in a table: where each is, and what is known of it."""
    found = Grid(result)
    columns = [
        Column(heading=plain(found.x.called)),
        Column(heading=plain(found.y.called)),
        Column(heading="who is quickest", right=False, elastic=True),
    ]
    rows = [
        [
            Entry(sweep.value(found.x, x)),
            Entry(sweep.value(found.y, y)),
            Entry(grid.told(found.outcomes[x, y])),
        ]
        for y in found.up
        for x in found.across
        if (x, y) in found.outcomes
    ]
    return one_table(Table("Every point", columns, rows), width) + "\n"


def _map(found: Grid, width: int, marks: plot.Marks, paint: Paint) -> list[str]:
    letters = plot.letters(found.names)
    roles = {name: f"line{number % COLOURS}" for number, name in enumerate(found.names)}
    labels = [sweep.value(found.y, y) for y in found.up]
    margin = max(map(len, labels))
    each = max(1, min(WIDEST_POINT, (width - margin - 2) // len(found.across)))
    rows = []
    for y, label in zip(reversed(found.up), reversed(labels), strict=True):
        line = "".join(
            _point(found.outcomes.get((x, y), Outcome(Kind.HOLE)), letters, roles, each, paint)
            for x in found.across
        )
        rows.append(f"{label:>{margin}} {marks.up}{line}".rstrip())
    axis = f"{'':>{margin}} {marks.corner}{marks.across * each * len(found.across)}"
    below = _ticks(found.x, found.across, each)
    legend = [
        *(paint(f"{letters[name]} {grid.called(name)}", roles[name]) for name in found.names),
        *grid.legend(found),
    ]
    told = f"Across: {plain(found.x.called)}. Up: {plain(found.y.called)}."
    if each >= WITH_FACTOR and any(found.counts[name] for name in found.names):
        told += " Beside a letter: how many times as long the next takes."
    return [
        *in_lines(legend, width),
        *rows,
        axis,
        f"{'':>{margin + 2}}{below}".rstrip(),
        *wrap(told, width).split("\n"),
    ]


def _point(
    outcome: Outcome, letters: dict[str, str], roles: dict[str, str], room: int, paint: Paint
) -> str:
    text, role = grid.sign(outcome, letters), "open" if outcome.kind is Kind.OPEN else "dim"
    if outcome.kind is Kind.WINS:
        role = roles[outcome.names[0]]
        if outcome.ratio and room >= WITH_FACTOR:
            text += f" {units.factor(outcome.ratio.estimate)}"[: room - 2]
    return " " * min(1, room - 1) + paint(text, role) + " " * max(0, room - 1 - len(text))


def _ticks(axis: Axis, values: list[float], each: int) -> str:
    """Write each value below its column, as far as there is room."""
    line = ""
    for number, value in enumerate(values):
        text, start = sweep.value(axis, value), number * each + min(1, each - 1)
        if not line or len(line) < start <= each * len(values) - len(text):
            line = line.ljust(start) + text
    return line
