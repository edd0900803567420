"""`asyncbench sweep`: vary one thing, and say where executors change places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from asyncbench.cli import completers, exporting, resuming
from asyncbench.cli.measuring import measuring_options
from asyncbench.cli.options import Command
from asyncbench.cli.signals import stoppable
from asyncbench.cli.view_options import view_options
from asyncbench.cli.work import one_of, work_options
from asyncbench.runner.planning.options import SWEEP_BUDGET_S

if TYPE_CHECKING:
    from asyncbench.cli.measuring import Measuring
    from asyncbench.cli.result import Shown
    from asyncbench.runner.planning.options import WorkOptions

EPILOG = """\b
Examples:
  asyncbench sweep mixed --vary cpu_share=0..1/11      eleven, evenly apart
  asyncbench sweep sleep --vary concurrency=1..1000    by a factor each
  asyncbench sweep cpu --vary workers=1,2,4 -e sequential,processes
  asyncbench sweep sleep --vary threads:workers=1..32  of one executor
  asyncbench sweep app.py:fetch --vary tasks=1,10,100  a function of yours
  asyncbench sweep --resume @ --budget 120             the newest one goes on
"""


@click.command("sweep", cls=Command, epilog=EPILOG)
@click.argument("workloads", metavar="[WORKLOAD]", nargs=-1, shell_complete=completers.workloads)
@click.option(
    "--vary",
    multiple=True,
    metavar="NAME=VALUES",
    shell_complete=completers.varied,
    help="What varies: tasks, concurrency, workers, a parameter of the workload, or one of an "
    "executor, as in threads:workers. VALUES are 1,10,100, or 1..1000 (by a factor), or 0..1/11 "
    "(eleven, evenly apart). Given twice, it is a map.",
)
@resuming.option
@work_options
@measuring_options(SWEEP_BUDGET_S)
@view_options
@exporting.options
def sweep_command(
    vary: tuple[str, ...],
    resume: str | None,
    work: WorkOptions,
    measuring: Measuring,
    shown: Shown,
    files: dict[str, str],
) -> int:
    """Vary one thing, and say from which value on another executor is quicker.

    WORKLOAD is a name that `asyncbench list` shows, FILE.py:Name or package.module:Name. Each point
    is measured until it is decided which executor is quickest there.
    """
    if resume is not None:
        return resuming.resumed(resume, 1, measuring, shown, files)
    from asyncbench.errors import UsageError
    from asyncbench.runner.planning import plan
    from asyncbench.runner.planning.options import RunOptions

    asked = one_of(work)
    if not vary:
        params = asked.arguments()["params"].items()
        meant = (f"{name}={text}" for name, text in params if "," in str(text) or ".." in str(text))
        such = next(meant, None)
        how = f"--vary {such}" if such else "--vary NAME=VALUES, such as --vary concurrency=1..1000"
        raise UsageError(f"say what varies: {how}")
    options = RunOptions(**asked.arguments(), **measuring.rules, vary=vary, finer=True)
    planned = plan.build(options)
    with stoppable() as stopped:
        measured = measuring.measured(planned)
        return measuring.told(measured, shown, files, stopped)
