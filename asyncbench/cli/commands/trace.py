"""`asyncbench trace`: one batch an executor, watched event by event and drawn."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from asyncbench.cli import completers
from asyncbench.cli.options import SECONDS, Command, Positive, option, wished_work, work_options
from asyncbench.cli.signals import stoppable

if TYPE_CHECKING:
    from asyncbench.analysis.trace.summary import TraceSummary
    from asyncbench.record.trace import Trace
    from asyncbench.report.terminal.timeline import Marks

    Works = Sequence[tuple[Sequence[Trace], Sequence[TraceSummary]]]

COLOURS = {"running": "green", "queued": "yellow", "waiting": "blue", "pending": "white"}

EPILOG = """\b
Examples:
  asyncbench trace waiter -n 2 -p unit=1 -e asyncio-blocking,asyncio
  asyncbench trace cpu -n 2 -p iterations=300000 -e threads,processes
  asyncbench trace tcp-echo -e asyncio,uvloop -o trace.json    for ui.perfetto.dev
  asyncbench trace tcp-echo --rate 2000 -n 1000 -e threads,asyncio
  asyncbench trace app.py:fetch --block-threshold 5

A traced batch is none that is timed: watching takes about a microsecond a step,
and some five for each timer or task that is made.
"""


@click.command("trace", cls=Command, epilog=EPILOG)
@click.argument("workloads", nargs=-1, metavar="WORKLOAD...",
                shell_complete=completers.workloads)  # fmt: skip
@work_options
@click.option(
    "--rate",
    type=Positive(float, "tasks a second"),
    metavar="N",
    help="N tasks are due a second, instead of the next when one is done; latency then counts from "
    "when a task was due, whether or not a lane was free.",
)
@click.option(
    "--block-threshold",
    type=Positive(float, "milliseconds"),
    default=10.0,
    show_default=True,
    metavar="MS",
    help="A step that keeps control for longer holds the loop: its code is told.",
)
@option(
    "--timeout",
    type=SECONDS,
    metavar="S",
    help="Seconds a batch may take before it counts as hanging. [default: 20 times what it should]",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=completers.files,
    help="Write Chrome's trace events, for ui.perfetto.dev or chrome://tracing.",
)
@click.option(
    "--speedscope",
    metavar="FILE",
    shell_complete=completers.files,
    help="Write what speedscope.app reads.",
)
@click.option(
    "--html",
    metavar="FILE",
    shell_complete=completers.files,
    help="Write the timelines as a page to look at and zoom into (extra `report`).",
)
@click.option(
    "--colour/--no-colour",
    "--color/--no-color",
    "colour",
    default=None,
    help="Colour the timelines. [default: on a terminal]",
)
@click.option("--quiet", "-q", is_flag=True, help="Say nothing on stderr meanwhile.")
def trace_command(**options: Any) -> int:
    """Watch one batch under each executor, and draw who had control when.

    WORKLOAD is what `run` takes. Below each timeline stands who held the event loop, with file and
    line; then how long tasks took, and where the time went.
    """
    import shutil
    import tempfile
    from pathlib import Path

    from asyncbench.analysis.trace.summary import summarise
    from asyncbench.cli import output
    from asyncbench.core.system import usable_cpus
    from asyncbench.report.formats import FORMATS
    from asyncbench.report.terminal import timeline, trace
    from asyncbench.runner import trace as tracer
    from asyncbench.runner.planning import plan
    from asyncbench.runner.planning.options import RunOptions
    from asyncbench.runner.processes.launcher import ProcessLauncher

    files = {
        name: options[name]
        for name in ("output", "speedscope", "html")
        if options[name] is not None
    }
    if "html" in files:
        FORMATS["html"].require()
    output.check_all(**files)
    wished = wished_work(options)
    if "workloads" not in wished:
        raise click.UsageError("Missing argument 'WORKLOAD...'")
    planned = plan.build(RunOptions(**wished))
    manner = tracer.Manner(round(options["block_threshold"] * 1e6), options["rate"])

    def watch(work: Any, executor: str) -> None:
        if not options["quiet"]:
            click.echo(f"tracing {work.workload} under {executor}", err=True)

    colour = options["colour"]
    if colour is None:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    paint = _paint if colour else timeline.bare
    with (
        stoppable() as stopped,
        tempfile.TemporaryDirectory(prefix="asyncbench-trace-") as folder,
    ):
        traces: list[Trace] = []
        works = []
        for number in range(len(planned.works)):
            of_work = tracer.trace(planned, ProcessLauncher(), manner, Path(folder), number, watch)
            summaries = summarise(of_work, usable_cpus())
            traces += of_work
            if files:  # and otherwise a work need not be remembered for longer than it is told
                works.append((of_work, summaries))
            if output.STDOUT not in files.values():
                text = trace.text(of_work, summaries, output.width(), _marks(), paint)
                output.say(text if number == 0 else f"\n{text}", colour=colour)
            for each in of_work:
                _complain(each)
                # Its events may take more room than all that is still to come has.
                shutil.rmtree(each.folder, ignore_errors=True)
            if stopped or any(each.status == "interrupted" for each in of_work):
                break
        for name, path in files.items():
            output.write_all(path, _made(name, works))
        return 128 + stopped[0] if stopped else _status(traces)


def _marks() -> Marks:
    from asyncbench.cli import output
    from asyncbench.report.terminal import timeline

    can = output.can_write("".join(timeline.UNICODE))
    return timeline.UNICODE if can else timeline.ASCII


def _made(name: str, works: Works) -> Iterable[str]:
    """Make what goes to a file."""
    from asyncbench.report.export import speedscope, trace_events

    summaries = [each for _, of_work in works for each in of_work]
    if name == "output":
        return trace_events.texts(summaries)
    if name == "speedscope":
        return speedscope.texts(summaries)
    from asyncbench.report.html import trace as timelines

    return [timelines.report(works)]


def _paint(text: str, name: str) -> str:
    return click.style(text, fg=COLOURS[name])


def _complain(trace: Trace) -> None:
    """Print what is known of a failure: its traceback, and what its worker printed."""
    from asyncbench.report.text import plain

    if trace.status not in ("failed", "timed out"):
        return
    where = f"{trace.work.workload} under {trace.cell.executor}"
    click.echo(f"\n{plain(where)} {trace.status}: {plain(trace.why)}", err=True)
    for text in (trace.traceback, trace.output):
        if text.strip():
            click.echo("\n".join(map(plain, text.rstrip().split("\n"))), err=True)


def _status(traces: Sequence[Trace]) -> int:
    """Return 130 where it was interrupted, 4 where nothing was traced, 3 where a cell failed."""
    from asyncbench.cli.main import INTERRUPTED
    from asyncbench.cli.result import FAILED_CELLS, NOTHING_MEASURED

    if any(trace.status == "interrupted" for trace in traces):
        return INTERRUPTED
    if not any(trace.traced for trace in traces):
        return NOTHING_MEASURED
    failed = any(trace.status in ("failed", "timed out") for trace in traces)
    return FAILED_CELLS if failed else 0
