"""`asyncbench trace`: one batch an executor, watched event by event and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from asyncbench.cli import completers, signals, traced_program, traces
from asyncbench.cli.options import (
    SECONDS,
    Positive,
    block_threshold_option,
    colour_option,
    file_option,
    option,
)
from asyncbench.cli.signals import stoppable
from asyncbench.cli.traced_program import ProgramCommand
from asyncbench.cli.work import work_options

if TYPE_CHECKING:
    from asyncbench.analysis.trace.summary import TracedWork
    from asyncbench.record.plan import Work
    from asyncbench.runner.planning.options import WorkOptions

EPILOG = """\b
Examples:
  asyncbench trace waiter -n 2 -p unit=1 -e asyncio-blocking,asyncio
  asyncbench trace cpu -n 2 -p iterations=300000 -e threads,processes
  asyncbench trace tcp-echo -e asyncio,uvloop -o trace.json  for perfetto.dev
  asyncbench trace tcp-echo --rate 2000 -n 1000 -e threads,asyncio
  asyncbench trace app.py:fetch --block-threshold 5
  asyncbench trace server.py --port 8000                     a whole program
  asyncbench trace -- pytest -q tests/test_api.py            a script on PATH

A traced batch is not timed: watching takes about a microsecond a step,
and about six for each task with a timer.
"""


@click.command("trace", cls=ProgramCommand, epilog=EPILOG)
@click.argument("workloads", nargs=-1, metavar="WORKLOAD...",
                shell_complete=completers.workloads)  # fmt: skip
@work_options
@click.option(
    "--rate",
    type=Positive(float, "tasks a second"),
    metavar="N",
    help="Make N tasks due per second, instead of each when another is done; latency then counts "
    "from when a task was due, whether or not a lane was free.",
)
@block_threshold_option
@click.option(
    "--last",
    type=SECONDS,
    metavar="S",
    help="Of a program, keep only the last S seconds, or as many of them as fit into 100 MB.",
)
@traced_program.every_step_option
@option(
    "--timeout",
    type=SECONDS,
    metavar="S",
    help="Seconds a batch may take before it counts as hanging. "
    "[default: by the demand of its tasks; 60 where that is unknown]",
)
@file_option(
    "-o",
    "--output",
    "events",
    help="Write Chrome's trace events, for ui.perfetto.dev or chrome://tracing.",
)
@file_option("--speedscope", help="Write what speedscope.app reads.")
@file_option(
    "--html", help="Write the timelines as a page to look at and zoom into (extra `report`)."
)
@click.option(
    "--table",
    "-v",
    is_flag=True,
    help="Show the tables, too: how long tasks took, how fair it was, where the time went.",
)
@colour_option
@click.option("--quiet", "-q", is_flag=True, help="Print no progress.")
def trace_command(
    work: WorkOptions,
    rate: float | None,
    block_threshold: float,
    last: float | None,
    events: str | None,
    speedscope: str | None,
    html: str | None,
    *,
    every_step: bool,
    table: bool,
    colour: bool | None,
    quiet: bool,
) -> int:
    """Watch one batch, or a whole program, and draw who had control when.

    WORKLOAD is what `run` takes, or a program with its own arguments: FILE.py ARGS, -m MODULE ARGS
    or -- COMMAND ARGS. A program runs as it is; at its end, what was seen is on stderr.

    Each timeline is followed by what held the event loop, with file and line; --table adds how
    long tasks took and where the time went.
    """
    from asyncbench import api
    from asyncbench.cli import output, result
    from asyncbench.runner.planning.options import TraceOptions

    program = traced_program.words()
    if not work.workloads and program is None:
        raise click.UsageError("Missing argument 'WORKLOAD...'")
    files = traces.files(output=events, speedscope=speedscope, html=html)
    if program is not None:
        found, status = api.trace_program(
            program, block_threshold / 1e3, last, every_step=every_step
        )
        traces.show_on_stderr(found, colour=colour, tables=table)
        return traces.written(files, [found]).told(status)
    if last is not None:
        raise click.UsageError("--last is for programs: asyncbench trace --last S -- PROGRAM")
    if every_step:
        raise click.UsageError(
            "--every-step is for programs: every step of a workload is noted anyway"
        )
    options = TraceOptions(**work.arguments(), rate=rate, threshold_s=block_threshold / 1e3)
    works: list[TracedWork] = []
    unwritten = output.Unwritten()
    with stoppable() as stopped:
        for number, traced in enumerate(api.traced(options, None if quiet else _tell)):
            works.append(traced)
            if output.STDOUT not in files.values():
                with unwritten.noting():
                    gap = "\n" if number else ""
                    traces.show(traced, colour=colour, tables=table, before=gap)
            result.complain_of_traces(traced.traces)
            if stopped:
                break
        unwritten += traces.written(files, works)
        status = unwritten.told(result.trace_status(works))
        return signals.status(stopped) if stopped else status


def _tell(work: Work, executor: str) -> None:
    click.echo(f"tracing {work.workload} under {executor}", err=True)
