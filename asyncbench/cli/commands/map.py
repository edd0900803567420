"""`asyncbench map`: vary two things, and draw who wins where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from asyncbench.cli import completers, exporting, resuming
from asyncbench.cli.measuring import measuring_options
from asyncbench.cli.options import Command
from asyncbench.cli.signals import stoppable
from asyncbench.cli.view_options import view_options
from asyncbench.cli.work import one_of, work_options
from asyncbench.runner.planning.options import MAP_BUDGET_S

if TYPE_CHECKING:
    from asyncbench.cli.measuring import Measuring
    from asyncbench.cli.result import Shown
    from asyncbench.runner.planning.options import WorkOptions

EPILOG = """\b
Examples:
  asyncbench map mixed --x cpu_share=0..1/6 --y concurrency=1,4,16,64
  asyncbench map mixed --x cpu_share=0..1/6 --y concurrency=1..64 --sides
  asyncbench map app.py:fetch --x size=1..1000 --y concurrency=1..100
"""
VALUES = "VALUES are 1,10,100, or 1..1000 (by a factor), or 0..1/11 (eleven, evenly apart)"


@click.command("map", cls=Command, epilog=EPILOG)
@click.argument("workloads", metavar="[WORKLOAD]", nargs=-1, shell_complete=completers.workloads)
@click.option(
    "--x",
    "across",
    metavar="NAME=VALUES",
    shell_complete=completers.varied,
    help="What varies from left to right: tasks, concurrency, workers, a parameter of the "
    f"workload, or one of an executor, as in threads:workers. {VALUES}.",
)
@click.option(
    "--y",
    "up",
    metavar="NAME=VALUES",
    shell_complete=completers.varied,
    help="What varies from bottom to top, likewise.",
)
@click.option(
    "--sides",
    is_flag=True,
    help="Say which side wins: the best cooperative or the best preemptive executor.",
)
@resuming.option
@work_options
@measuring_options(MAP_BUDGET_S)
@view_options
@exporting.options
def map_command(
    across: str | None,
    up: str | None,
    resume: str | None,
    work: WorkOptions,
    measuring: Measuring,
    shown: Shown,
    files: dict[str, str],
    *,
    sides: bool,
) -> int:
    """Vary two things, and draw who wins where.

    WORKLOAD is a name that `asyncbench list` shows, FILE.py:Name or package.module:Name. Each point
    is measured until it is decided which executor wins there.
    """
    if resume is not None:
        return resuming.resumed(resume, 2, measuring, shown, files)
    from asyncbench.errors import UsageError
    from asyncbench.runner.planning import plan
    from asyncbench.runner.planning.options import RunOptions

    asked = one_of(work)
    if across is None or up is None:
        lacks = "--x" if across is None else "--y"
        raise UsageError(f"a map has two axes; give {lacks} NAME=VALUES, such as concurrency=1..64")
    options = RunOptions(
        **asked.arguments(),
        **measuring.rules,
        vary=(across, up),
        by_side=sides,
    )
    planned = plan.build(options)
    with stoppable() as stopped:
        measured = measuring.measured(planned)
        return measuring.told(measured, shown, files, stopped)
