"""Shows a run: the tables on stdout, failures on stderr, and the exit status they come to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from asyncbench.analysis.gate import Bound, of_variants
from asyncbench.analysis.judgement import Status
from asyncbench.analysis.result import Result
from asyncbench.cli import output, terminal
from asyncbench.cli.output import FAILED_CELLS
from asyncbench.cli.signals import INTERRUPTED
from asyncbench.errors import UsageError
from asyncbench.record.lines import RunStatus
from asyncbench.record.run import Run
from asyncbench.record.trace import Trace, TraceStatus
from asyncbench.report import failures
from asyncbench.report.terminal import answer, bars, chart, grid, plot, sweep
from asyncbench.report.terminal import run as table
from asyncbench.report.text import plain, wrap
from asyncbench.report.view import EVERYTHING, View

if TYPE_CHECKING:
    from asyncbench.analysis.advice import Advice
    from asyncbench.analysis.trace.summary import TracedWork

NOTHING_MEASURED = 4
# Signs of the first screen that not every terminal has.
_SIGNS = bars.UNICODE.whole + bars.UNICODE.parts + bars.UNICODE.best


COLOURS: dict[str, dict[str, Any]] = {
    "sure": {"fg": "green", "bold": True},
    "level": {"fg": "yellow"},
    "open": {"fg": "yellow"},
    "noisy": {"fg": "yellow"},
    "headline": {"bold": True},
    "work": {"bold": True},
    "dim": {"dim": True},
    "bar": {"dim": True},
    # The executors of a chart or a map, in the order they were asked for.
    "line0": {"fg": "cyan"},
    "line1": {"fg": "magenta"},
    "line2": {"fg": "yellow"},
    "line3": {"fg": "green"},
    "line4": {"fg": "blue"},
    "line5": {"fg": "red"},
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a run is printed, and how."""

    view: View = EVERYTHING
    answer: bool = True
    table: bool = False
    why: bool = False
    colour: bool | None = None
    relative: bool = False  # --relative-to was typed, and not merely set for all runs
    reference: str = ""  # how other commands find the run; '' is the newest

    def check(self, *, by_interpreter: bool) -> None:
        """Raise UsageError where it asks for a ratio that only interpreters have."""
        if self.relative and not by_interpreter:
            raise UsageError(
                "--relative-to chooses between the two ratios of a run with two or more --python, "
                "and this run has none; leave it out"
            )


def show(result: Result, shown: Shown = Shown()) -> None:
    """Print the answer, and the tables and reasons that were asked for."""
    width, view = terminal.width(), shown.view
    colour = output.has_colour(shown.colour)
    paint = _paint if colour else answer.bare
    parts = []
    if result.run.plan.axes:
        drawn = plot.UNICODE if output.can_write("".join(plot.UNICODE)) else plot.ASCII
        screen = sweep if len(result.run.plan.axes) == 1 else grid
        if shown.answer:
            parts.append(screen.screen(result, width, drawn, paint, shown.reference))
        if shown.why:
            parts.append(screen.table(result, width))
    elif shown.answer:
        marks = bars.UNICODE if output.can_write(_SIGNS) else bars.ASCII
        parts.append(
            answer.screen(
                result,
                width,
                view,
                marks,
                paint,
                reference=shown.reference,
                explained=shown.why,
            )
        )
    if shown.table:
        parts.append(table.tables(result, width, view))
    # The screen of one work has them itself.
    alone = shown.answer and len(view.of(result.judgements)) == 1
    if shown.why and not result.run.plan.axes and not alone:
        parts.append(answer.reasons(result, width, view, paint))
    output.say("\n".join(parts), colour=colour)


def show_advice(result: Result, found: Advice, shown: Shown, *, as_json: bool = False) -> None:
    """Print an advice in a paragraph, the figures that it rests on below it; or as JSON."""
    from asyncbench.analysis.advice import Told
    from asyncbench.report import advice

    if as_json:
        output.say(json.dumps(advice.document(found), indent=2, allow_nan=False) + "\n")
        return
    width, colour = terminal.width(), output.has_colour(shown.colour)
    paint = _paint if colour else answer.bare
    tone = "open" if found.told is Told.CANNOT_TELL else "sure"
    first, *rest = [*advice.sentences(found), *filter(None, [advice.kept(result)])]
    parts = [paint(wrap(first, min(width, answer.WIDEST)), tone)]
    parts += [wrap(each, min(width, answer.WIDEST)) for each in rest]
    output.say("\n".join(parts) + "\n\n", colour=colour)
    single = replace(shown, answer=shown.why, why=True)
    show(result, single)


def _paint(text: str, role: str) -> str:
    style = COLOURS.get(role)
    return click.style(text, **style) if style and text else text


def draw(result: Result, view: View = EVERYTHING) -> None:
    """Print the chart, in characters that stdout can write."""
    marks = chart.UNICODE if output.can_write("".join(chart.UNICODE)) else chart.ASCII
    output.say(chart.chart(result, terminal.width(), view, marks))


def complain(run: Run, *, whole: bool = False) -> None:
    """Print each failure once, with the frames of the user's code and what its worker printed.

    `whole` shows the traceback as it came.
    """
    _complain(failures.of_run(run), whole=whole)


def say_why_empty(run: Run) -> None:
    """Print why a run broke off before anything counted, where it did."""
    if run.end and run.end.why:
        # What else is said of it is that what was measured is kept.
        why = plain(run.end.why.partition(";")[0])
        click.echo(f"asyncbench: nothing was measured: {why}", err=True)


def complain_of_traces(traces: Sequence[Trace]) -> None:
    """Print each reason for which traces failed once, in the same way."""
    _complain(failures.of_traces(traces))


def _complain(found: Sequence[failures.Told], *, whole: bool = False) -> None:
    for told in found:
        click.echo(f"\n{plain(told.line)}", err=True)
        trace = told.traceback if whole else told.frames
        for text in (trace, told.output, told.remedy):
            if text.strip():
                click.echo("\n".join(map(plain, text.rstrip().split("\n"))), err=True)


def gate(result: Result, bound: Bound) -> int:
    """Print what the gate decided on stderr and return its exit status."""
    outcome = of_variants(result, bound)
    for line in outcome.lines:
        click.echo(plain(line), err=True)
    return outcome.status


def status(result: Result) -> int:
    """Return 0 where all is well, 3 where cells failed or the run broke off, 4 for an empty run."""
    rows = [row for judgement in result.judgements for row in judgement.rows]
    if not any(row.figures for row in rows):
        return NOTHING_MEASURED
    if result.run.status is not RunStatus.COMPLETE or any(
        row.status in (Status.FAILED, Status.UNEQUAL) for row in rows
    ):
        return FAILED_CELLS
    return 0


def trace_status(works: Sequence[TracedWork]) -> int:
    """Return 130 where it was interrupted, 4 where no batch came to its end, 3 where one failed."""
    found = {trace.status for work in works for trace in work.traces}
    if TraceStatus.INTERRUPTED in found:
        return INTERRUPTED
    if TraceStatus.COMPLETE not in found:
        return NOTHING_MEASURED
    return FAILED_CELLS if any(status.is_failure for status in found) else 0
