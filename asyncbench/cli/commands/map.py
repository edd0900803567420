"""`asyncbench map`: vary two things, and draw who wins where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from asyncbench.cli import completers, exporting
from asyncbench.cli.measuring import measuring_options
from asyncbench.cli.options import Command, view_options, work_options
from asyncbench.cli.signals import stoppable

if TYPE_CHECKING:
    from asyncbench.cli.measuring import Measuring
    from asyncbench.cli.result import Shown
    from asyncbench.runner.planning.options import WorkOptions

EPILOG = """\b
Examples:
  asyncbench map mixed --x cpu_share=0..1/6 --y concurrency=1,4,16,64
  asyncbench map mixed --x cpu_share=0..1/6 --y concurrency=1..64 --sides
  asyncbench map app.py:fetch --x size=1..1000 --y concurrency=1,10,100 --html map.html
"""
VALUES = "1,10,100, or 1..1000 (by a factor), or 0..1/11 (eleven, evenly apart)"


@click.command("map", cls=Command, epilog=EPILOG)
@click.argument(
    "workload", metavar="[WORKLOAD]", required=False, shell_complete=completers.workloads
)
@click.option(
    "--x",
    "across",
    required=True,
    metavar="NAME=VALUES",
    shell_complete=completers.varied,
    help=f"What varies from left to right: tasks, concurrency, workers or a parameter; {VALUES}.",
)
@click.option(
    "--y",
    "up",
    required=True,
    metavar="NAME=VALUES",
    shell_complete=completers.varied,
    help="What varies from bottom to top, likewise.",
)
@click.option(
    "--sides",
    is_flag=True,
    help="Say which side wins: the best cooperative or the best preemptive executor.",
)
@work_options
@measuring_options(120)
@view_options
@exporting.options
def map_command(
    workload: str | None,
    across: str,
    up: str,
    work: WorkOptions,
    measuring: Measuring,
    shown: Shown,
    files: dict[str, str],
    *,
    sides: bool,
) -> int:
    """Vary two things, and draw who wins where.

    WORKLOAD is a name that `asyncbench list` shows, FILE.py:Name or package.module:Name. Each point
    is left as soon as it is told who wins there.
    """
    from asyncbench.cli import output, result
    from asyncbench.runner.planning.options import RunOptions, one_workload

    options = RunOptions(
        **one_workload(work, workload).arguments(),
        **measuring.rules,
        vary=(across, up),
        by_side=sides,
    )
    with stoppable() as stopped:
        measured = measuring.measured(options)
        if output.STDOUT not in files.values():
            result.show(measured, shown)
        result.complain(measured.run)
        exporting.write(measured, files)
        return 128 + stopped[0] if stopped else result.status(measured)
