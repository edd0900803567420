"""`asyncbench watch`: the picture of a trace, of a process that runs already."""

from __future__ import annotations

import click

from asyncbench.cli import traced_program, traces
from asyncbench.cli.options import (
    SECONDS,
    Command,
    Positive,
    block_threshold_option,
    colour_option,
    file_option,
)
from asyncbench.cli.signals import stoppable

EPILOG = """\b
Examples:
  asyncbench watch 4711                    ten seconds of the process 4711
  asyncbench watch 4711 --seconds 60 --html picture.html

The process must run CPython 3.14 or newer and not refuse to be watched, and you must be its user
or root. It is watched from within, and nothing of that stays in it.
"""


@click.command("watch", cls=Command, epilog=EPILOG)
@click.argument("pid", type=Positive(int, "process id"), metavar="PID")
@click.option(
    "--seconds",
    type=SECONDS,
    default=10.0,
    show_default=True,
    metavar="S",
    help="How long to watch; Ctrl-C ends it earlier.",
)
@block_threshold_option
@traced_program.every_step_option
@file_option("-o", "--output", "events", help="Write Chrome's trace events, for ui.perfetto.dev.")
@file_option("--speedscope", help="Write what speedscope.app reads.")
@file_option("--html", help="Write the timeline as a page (extra `report`).")
@click.option("--table", "-v", is_flag=True, help="Show the tables, too.")
@colour_option
def watch_command(
    pid: int,
    seconds: float,
    block_threshold: float,
    events: str | None,
    speedscope: str | None,
    html: str | None,
    *,
    every_step: bool,
    table: bool,
    colour: bool | None,
) -> int:
    """Watch a running process for some seconds: who held its loop, and who waited.

    PID is the number of the process. Tasks that begin meanwhile get a line each; those that were
    there before are seen only where they hold the loop.
    """
    from asyncbench import api
    from asyncbench.cli import result, signals

    files = traces.files(output=events, speedscope=speedscope, html=html)
    with stoppable() as stopped:
        found = api.watch_process(pid, seconds, block_threshold / 1e3, every_step=every_step)
        traces.show(found, colour=colour, tables=table)
        status = traces.written(files, [found]).told(result.trace_status([found]))
        return signals.status(stopped) if stopped else status
