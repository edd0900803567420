"""The screen of a sweep: who overtakes whom and where, the chart, how costs grow, a table."""

from __future__ import annotations

from math import log

from asyncbench import units
from asyncbench.analysis.judgement import Judgement
from asyncbench.analysis.reasons import UNEXPLAINED
from asyncbench.analysis.result import Result
from asyncbench.analysis.sweep import Sweep, scaled
from asyncbench.record.plan import Axis
from asyncbench.report import axes, document, left_out, sweep, why
from asyncbench.report.document import Entry, Table
from asyncbench.report.layout import Column
from asyncbench.report.terminal import plot
from asyncbench.report.terminal.answer import WIDEST, Drawer, Paint, bare
from asyncbench.report.terminal.bars import UNICODE as BARS
from asyncbench.report.terminal.run import one_table
from asyncbench.report.text import in_lines, plain, wrap
from asyncbench.report.view import EVERYTHING

# Roles of as many lines are told apart by colour; letters tell all.
COLOURS = 6
# What no executor can beat is drawn below the others.
IDEAL = "-"


def screen(
    result: Result,
    width: int,
    marks: plot.Marks = plot.UNICODE,
    paint: Paint = bare,
    reference: str | None = "",
) -> str:
    """Return the answer, the chart and what else is to be known, in lines of at most `width`.

    `reference` is as `answer.screen` has it.
    """
    found = Sweep(result)
    width = min(width, WIDEST)
    drawer = Drawer(result, width, EVERYTHING, BARS, paint, reference)
    said = [line for each in axes.answer(result) for line in drawer.wrapped(each.text, each.tone)]
    surer = drawer.surer()
    said += drawer.wrapped(surer, "open") if surer else []
    details = [
        *(("Why", each) for each in _why(found)),
        *(("Cost", each) for each in sweep.costs(found)),
        *(("Scale", each) for each in sweep.scales(found)),
        ("How sure", _how_sure(found)),
        ("", drawer.trust()),
        *(("", each) for each in drawer.remarks()),
        *(("Not run", each) for each in left_out.paragraphs(result.judgements)),
    ]
    parts = [
        [*said, *wrap(sweep.stretches(found), width).split("\n")],
        _chart(found, width, marks, paint),
        [*drawer.labelled(details), *drawer.labelled([("Saved", drawer.kept())])],
    ]
    return "\n\n".join("\n".join(filter(None, part)) for part in parts if any(part)) + "\n"


def table(result: Result, width: int) -> str:
    """Return the points in a table: each executor's time a batch there, and who is quickest."""
    found = Sweep(result)
    columns = [
        Column(heading=plain(found.axis.called)),
        *(Column(heading=plain(name), spare=1) for name in found.names),
        Column(heading="quickest", right=False, elastic=True),
    ]
    rows = [
        [
            Entry(sweep.value(found.axis, found.at(point))),
            *(Entry(_time(point, name)) for name in found.names),
            Entry(sweep.who(point)),
        ]
        for point in found.points
    ]
    return one_table(Table("Time a batch at each point", columns, rows), width) + "\n"


def _time(point: Judgement, name: str) -> str:
    row = next((each for each in point.rows if each.name == name), None)
    if row is None or not row.ok or row.figures is None:
        return document.NOTHING
    return units.spread(row.figures.time)


def _why(found: Sweep) -> list[str]:
    """Return why each is quicker where it is shown to be, on either side of a crossover."""
    ends = [end for turn in found.crossovers for end in (turn.low, turn.high)]
    return [
        f"at {sweep.value(found.axis, found.at(point))}, {said[0]}"
        for point in found.points
        if found.at(point) in ends and (said := why.of_best(point)) and UNEXPLAINED not in said[0]
    ]


def _how_sure(found: Sweep) -> str:
    rounds = [row.figures.rounds for each in found.points for row in each.rows if row.figures]
    if not rounds:
        return ""
    least, most = min(rounds), max(rounds)
    often = f"{least}" if least == most else f"{least} to {most}"
    noun = "round" if most == 1 else "rounds"
    return (
        f"{often} {noun} of fresh processes a point, in random order; all that is said of the "
        f"{len(found.points)} points together is wrong with a chance of 5 % at the most"
    )


def _chart(found: Sweep, width: int, marks: plot.Marks, paint: Paint) -> list[str]:
    letters = plot.letters(found.names)
    times = {
        name: [
            (found.at(point), row.figures.time.estimate)
            for point in found.points
            for row in point.rows
            if row.name == name and row.ok and row.figures
        ]
        for name in found.names
    }
    known = [time for line in times.values() for _, time in line]
    if not known:
        return []
    ideal = [(found.at(point), point.ideal.seconds) for point in found.points]
    if all(seconds > 0 for _, seconds in ideal):
        known += [seconds for _, seconds in ideal]
    else:
        ideal = []
    low, high = min(known), max(known)
    if high < low * 2:
        # Times that hardly differ are not drawn as if they did.
        low, high = low / 1.4, high * 1.4
    axis, ends = found.axis, (found.at(found.points[0]), found.at(found.points[-1]))

    def placed(at: float, time: float) -> tuple[float, float]:
        return _share(axis, at, ends), log(time / low) / log(high / low)

    lines = [
        plot.Line(letters[name], f"line{number % COLOURS}", [placed(*each) for each in line])
        for number, (name, line) in enumerate(times.items())
    ]
    if ideal:
        lines.append(plot.Line(IDEAL, "dim", [placed(*each) for each in ideal]))
    drawing = plot.Plot(
        lines,
        [
            (_share(axis, found.at(each), ends), sweep.value(axis, found.at(each)))
            for each in found.points
        ],
        [
            (log(value / low) / log(high / low), units.seconds(value))
            for value in plot.decades(low, high)
        ],
        [
            plot.Span(*(_share(axis, each, ends) for each in (turn.at, turn.low, turn.high)))
            for turn in found.crossovers
        ],
    )
    legend = [
        *(
            paint(f"{letters[name]} {plain(name)}", f"line{number % COLOURS}")
            for number, name in enumerate(found.names)
        ),
        *([f"{IDEAL} the least possible"] if ideal else []),
        f"{plot.MANY} several",
    ]
    scale = "each step a factor" if axis.log else "even steps"
    below = f"Time a batch (log scale) by {plain(axis.called)} ({scale})"
    if found.crossovers:
        below += (
            f"; {marks.low}{marks.inside}{marks.middle}{marks.inside}{marks.high} an overtaking"
        )
    return [
        *in_lines(legend, width),
        *plot.drawn(drawing, width, marks, paint),
        *wrap(f"{below}.", width).split("\n"),
    ]


def _share(axis: Axis, value: float, ends: tuple[float, float]) -> float:
    low, high = (scaled(axis, each) for each in ends)
    return (scaled(axis, value) - low) / (high - low) if high > low else 0.5
