"""`asyncbench trace PROGRAM ARGS`: where a program's words begin, and what is told at its end."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

import click

from asyncbench.cli.options import Command, is_typed
from asyncbench.errors import UsageError

if TYPE_CHECKING:
    from asyncbench.analysis.trace.summary import TracedWork
    from asyncbench.cli.output import Unwritten
    from asyncbench.report.terminal.timeline import Marks

COLOURS = {"running": "green", "queued": "yellow", "waiting": "blue", "pending": "white"}
# Where the words of a program are kept, and the options that say nothing of one.
WORDS = "asyncbench program"
_OF_WORKLOADS = {
    "executors": "-e",
    "tasks": "-n",
    "concurrency": "-c",
    "params": "-p",
    "blocking": "--sync",
    "cooperative": "--async",
    "args": "--arg",
    "consume": "--consume",
    "returns": "--return",
    "proof": "--proof",
    "processes": "--processes",
    "gc": "--gc",
    "rate": "--rate",
    "timeout": "--timeout",
}


every_step_option = click.option(
    "--every-step",
    is_flag=True,
    help="Note every step of a program, however many there are. [default: of one that takes many, "
    "a part of the time, and what holds its loop all the time]",
)


class ProgramCommand(Command):
    """A command whose last words may be a program's own: after `--`, `-m` or a program's file."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words before the program; those of the program are not looked at."""
        own, words = split(self, args)
        if words is not None:
            ctx.meta[WORDS] = words
        return super().parse_args(ctx, own)


def split(command: click.Command, args: Sequence[str]) -> tuple[list[str], list[str] | None]:
    """Return the command's own words and those of a program, None where there is none.

    Raises UsageError for a file that is a program and more.
    """
    from asyncbench.runner.planning import program_files

    options = [each for each in command.params if isinstance(each, click.Option)]
    takes_value = {name for option in options if not option.is_flag for name in option.opts}
    of_workloads = {name for each in options if each.name in _OF_WORKLOADS for name in each.opts}
    place = 0
    while place < len(args):
        word = args[place]
        if word == "--":
            return [*args[:place]], [*args[place + 1 :]]
        if word == "-m":
            return [*args[:place]], [*args[place:]]
        if word.startswith("-") and len(word) > 1:
            place += 2 if word in takes_value else 1
            continue
        after = program_files.arguments(args[place + 1 :])
        doubted = not of_workloads.isdisjoint(each.partition("=")[0] for each in args)
        if program_files.is_program(word, "asyncbench trace -- ", after, doubted=doubted):
            return [*args[:place]], [*args[place:]]
        place += 1
    return [*args], None


def words() -> list[str] | None:
    """Return the words of the program that the command is to trace, None where there is none.

    Raises UsageError where there are workloads beside it, or options that are for workloads.
    """
    context = click.get_current_context()
    found: list[str] | None = context.meta.get(WORDS)
    if found is None:
        return None
    if context.params.get("workloads"):
        raise UsageError(
            f"{context.params['workloads'][0]} is a workload, and a program is traced by itself"
        )
    for name, option in _OF_WORKLOADS.items():
        if is_typed(name):
            raise UsageError(
                f"{option} does not go with a program, which is traced as it is, under its own loop"
            )
    return found


def tell(traced: TracedWork, *, colour: bool | None, tables: bool, on_stdout: bool = False) -> None:
    """Show a trace on stderr, where stdout is the program's, or on stdout."""
    from asyncbench.cli import output, terminal
    from asyncbench.report.terminal import timeline, trace

    stream = sys.stdout if on_stdout else sys.stderr
    colour = output.has_colour(colour, stream)
    text = trace.text(
        *traced,
        terminal.width(stream),
        marks(stream),
        paint if colour else timeline.bare,
        tables=tables,
    )
    if on_stdout:
        output.say(text, colour=colour)
    else:
        click.echo(f"\n{text}", nl=False, err=True, color=colour)


def marks(stream: TextIO | None = None) -> Marks:
    """Return what timelines are drawn with on a stream, stdout unless it is given."""
    from asyncbench.cli import output
    from asyncbench.report.terminal import timeline

    can = output.can_write("".join(timeline.UNICODE), stream)
    return timeline.UNICODE if can else timeline.ASCII


def paint(text: str, name: str) -> str:
    """Return a text in the colour of what it is drawn for."""
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
