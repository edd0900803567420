"""Shows traces, and writes them to the files that options name."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from asyncbench.analysis.trace.summary import TracedWork
    from asyncbench.cli.output import Unwritten

COLOURS = {"running": "green", "queued": "yellow", "waiting": "blue", "pending": "white"}


def show(traced: TracedWork, *, colour: bool | None, tables: bool, before: str = "") -> None:
    """Print a trace, with something before it."""
    from asyncbench.cli import output

    colour = output.has_colour(colour)
    output.say(before + _drawn(traced, sys.stdout, colour=colour, tables=tables), colour=colour)


def show_on_stderr(traced: TracedWork, *, colour: bool | None, tables: bool) -> None:
    """Print a trace of a program, whose own stdout is."""
    from asyncbench.cli import output

    colour = output.has_colour(colour, sys.stderr)
    text = _drawn(traced, sys.stderr, colour=colour, tables=tables)
    click.echo(f"\n{text}", nl=False, err=True, color=colour)


def _drawn(traced: TracedWork, stream: TextIO, *, colour: bool, tables: bool) -> str:
    from asyncbench.cli import output, terminal
    from asyncbench.report.terminal import timeline, trace

    can = output.can_write("".join(timeline.UNICODE), stream)
    marks = timeline.UNICODE if can else timeline.ASCII
    paint = _paint if colour else timeline.bare
    return trace.text(*traced, terminal.width(stream), marks, paint, tables=tables)


def _paint(text: str, name: str) -> str:
    return click.style(text, fg=COLOURS[name])


def files(**asked: str | None) -> dict[str, str]:
    """Return the files that are asked for, by name; UsageError where one cannot be written."""
    from asyncbench.cli import output
    from asyncbench.report.formats import FORMATS

    found = {name: path for name, path in asked.items() if path is not None}
    if "html" in found:
        FORMATS["html"].require()
    output.check_all(**found)
    return found


def written(files: Mapping[str, str], works: Sequence[TracedWork]) -> Unwritten:
    """Write the files that were asked for; return what could not be."""
    from asyncbench.cli import output

    unwritten = output.Unwritten()
    for name, path in files.items():
        with unwritten.noting():
            output.write_all(path, _made(name, works))
    return unwritten


def _made(name: str, works: Sequence[TracedWork]) -> Iterable[str]:
    """Return what goes to a file, in pieces."""
    from asyncbench.report.export import speedscope, trace_events
    from asyncbench.report.html import trace as page

    summaries = [each for traced in works for each in traced.summaries]
    if name == "output":
        return trace_events.texts(summaries)
    if name == "speedscope":
        return speedscope.texts(summaries)
    return [page.report(works)]
