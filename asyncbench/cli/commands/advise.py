"""`asyncbench advise`: what to run a function on, how many at once, and what is in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from asyncbench.cli import completers, signals
from asyncbench.cli.measuring import measuring_options
from asyncbench.cli.options import Command
from asyncbench.cli.signals import stoppable
from asyncbench.cli.view_options import view_options
from asyncbench.cli.work import one_of, work_options
from asyncbench.runner.planning.options import ADVICE_BUDGET_S, ADVICE_MARGIN

if TYPE_CHECKING:
    from asyncbench.cli.measuring import Measuring
    from asyncbench.cli.result import Shown
    from asyncbench.runner.planning.options import WorkOptions

EPILOG = """\b
Examples:
  asyncbench advise app.py:fetch                         a function
  asyncbench advise --sync app:fetch --async app:afetch  its two forms
  asyncbench advise app.py:fetch -p url=http://localhost:8000 --json
"""


@click.command("advise", cls=Command, epilog=EPILOG)
@click.argument("workloads", metavar="[TARGET]", nargs=-1, shell_complete=completers.workloads)
@work_options
@measuring_options(ADVICE_BUDGET_S, 100 * ADVICE_MARGIN)
@view_options
@click.option("--json", "as_json", is_flag=True, help="Print the advice as JSON, for scripts.")
def advise_command(work: WorkOptions, measuring: Measuring, shown: Shown, *, as_json: bool) -> int:
    """Say what to run a function of yours on, how many at once, and what that gains.

    TARGET is FILE.py:function, package.module:function, or a workload. The exit status
    is 0 with advice, and 4 where it cannot tell.
    """
    from asyncbench import api
    from asyncbench.analysis.advice import Told, advise
    from asyncbench.cli import output, result
    from asyncbench.errors import OutputError

    asked = one_of(work)
    with stoppable() as stopped:
        try:
            planned, predicted = api.advising(asked, measuring.rules)
        except KeyboardInterrupt:
            click.echo("asyncbench: interrupted in its first look; nothing is saved", err=True)
            raise
        measured = measuring.measured(planned)
        found = advise(measured, predicted)
        status, unwritten = result.status(measured), output.Unwritten()
        # Tables of nothing would hide the lines that say why.
        if as_json or stopped or status != result.NOTHING_MEASURED:
            with unwritten.noting():
                result.show_advice(measured, found, shown, as_json=as_json)
        result.complain(measured.run, whole=shown.why)
        if measured.run.unsaved:
            unwritten.append(OutputError(measured.run.unsaved))
        untold = result.NOTHING_MEASURED if found.told is Told.CANNOT_TELL else 0
        status = unwritten.told(status or untold)
        return signals.status(stopped) if stopped else status
