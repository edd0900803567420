"""`asyncbench show`: the tables of a saved run, or a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from asyncbench.cli import completers
from asyncbench.cli.options import Command, folder_option, is_typed
from asyncbench.cli.view_options import relative_option, view_options

if TYPE_CHECKING:
    from asyncbench.cli.result import Shown


class ShowCommand(Command):
    """A command whose help names the columns, which only help has to know."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the columns and what cells can be filtered by."""
        from asyncbench.report.columns import COLUMNS
        from asyncbench.report.view import FILTERS

        formatter.write_paragraph()
        formatter.write_text(f"Columns: {', '.join(COLUMNS)}.")
        formatter.write_text(f"Filters: {', '.join(FILTERS)}.")


@click.command("show", cls=ShowCommand)
@click.argument("reference", required=False, metavar="[REF]", shell_complete=completers.references)
@click.option("--chart", is_flag=True, help="Draw the ratios as bars instead of the tables.")
@view_options
@relative_option
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="NAME=PATTERN",
    shell_complete=completers.filters,
    help="Show matching cells only, such as 'executor=async*,uvloop'; several must all match.",
)
@folder_option
def show_command(reference: str | None, folder: str, shown: Shown, *, chart: bool) -> int:
    """Show a saved run as `run` showed it.

    REF is a file, the name of a run, @ for the newest (the default), or @-1 for the one before
    it. A file wins over a name; of several runs with the same name, the newest is shown.
    """
    from dataclasses import replace
    from pathlib import Path

    from asyncbench.analysis.result import Result
    from asyncbench.cli import result
    from asyncbench.errors import UsageError
    from asyncbench.record import journal, store

    # Settings may choose columns for the tables; who asks for both at once expects them here.
    if chart and is_typed("columns"):
        raise UsageError("--columns is about the tables, and --chart draws none; leave one out")
    path = store.find(reference, Path(folder))
    found = Result(journal.read(path))
    shown.check(by_interpreter=found.run.plan.of_interpreters)
    # Other commands look for names where runs are usually saved.
    shown = replace(shown, reference=str(path) if is_typed("folder") else reference or "")
    if chart:
        result.draw(found, shown.view)
    else:
        result.show(found, shown)
    return 0
