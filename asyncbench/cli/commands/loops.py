"""`asyncbench loops`: all event loops that are installed, beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from asyncbench.cli import completers, exporting
from asyncbench.cli.measuring import measuring_options
from asyncbench.cli.options import Command, option
from asyncbench.cli.signals import stoppable
from asyncbench.cli.view_options import view_options

if TYPE_CHECKING:
    from asyncbench.cli.measuring import Measuring
    from asyncbench.cli.result import Shown

# What loops are compared by, from what each is made of to what they are used for. Servers answer at
# once, since a delay of theirs would be the same under every loop.
WORKLOADS = (
    "yield", "sleep", "timers", "locks", "handoff", "async-tree-none", "tcp-echo", "udp-echo",
    "http-get",
)  # fmt: skip
AT_ONCE = {"delay": "0"}

EPILOG = """\b
Examples:
  asyncbench loops                          all, in five minutes at most
  asyncbench loops timers tcp-echo          on these two
  asyncbench loops -e asyncio,loop:mine:new_event_loop
  asyncbench loops --html loops.html        as a page
"""


@click.command("loops", cls=Command, epilog=EPILOG)
@click.argument("workloads", nargs=-1, metavar="[WORKLOAD]...", shell_complete=completers.workloads)
@option(
    "-e",
    "--executor",
    "executors",
    multiple=True,
    metavar="NAMES",
    shell_complete=completers.executors,
    help="Loops, comma-separated or one per -e; loop:MODULE:FACTORY names any other. [default: all "
    "that are installed; `asyncbench list executors` shows how to install others]",
)
@measuring_options(300)
@view_options
@exporting.options
def loops_command(
    workloads: tuple[str, ...],
    executors: tuple[str, ...],
    measuring: Measuring,
    shown: Shown,
    files: dict[str, str],
    timeout: float | None,
) -> int:
    """Measure every event loop that is installed, and say which is the quickest on what.

    WORKLOAD is a name that `asyncbench list` shows; nine of them where none is given.
    """
    from asyncbench.errors import UsageError
    from asyncbench.executors import registry, written
    from asyncbench.runner.planning import plan
    from asyncbench.runner.planning.options import RunOptions

    chosen = written.executors(executors) or registry.loops()
    if len(chosen) < 2:
        raise UsageError(
            f"{chosen[0]} is the only event loop here; install others: "
            "pip install uvloop 'asyncbench[loops]'"
        )
    planned = plan.build(
        RunOptions(
            workloads=workloads or WORKLOADS,
            executors=chosen,
            params=AT_ONCE if not workloads else {},
            baseline=chosen[0],
            timeout_s=timeout,
            **measuring.rules,
        )
    )
    with stoppable() as stopped:
        measured = measuring.measured(planned)
        return measuring.told(measured, shown, files, stopped)
