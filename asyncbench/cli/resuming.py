"""Goes on with a saved sweep or map, which says itself what is to be measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from asyncbench.cli import completers
from asyncbench.cli.options import is_typed
from asyncbench.cli.signals import stoppable
from asyncbench.errors import UsageError
from asyncbench.report.formats import FORMATS

if TYPE_CHECKING:
    from asyncbench.cli.measuring import Measuring
    from asyncbench.cli.result import Shown

# What may be said anew: how long, where to, and what is shown. All else stands in the journal.
OWN = {
    "resume", "budget", "save", "name", "no_save", "quiet",
    "columns", "sort", "why", "table", "everything", "colour",
    *(name.replace("-", "_") for name in FORMATS),
}  # fmt: skip

option = click.option(
    "--resume",
    metavar="RUN",
    shell_complete=completers.references,
    help="Go on with a saved sweep or map for --budget more seconds; RUN is what `asyncbench show` "
    "takes.",
)


def resumed(
    reference: str, axes: int, measuring: Measuring, shown: Shown, files: dict[str, str]
) -> int:
    """Go on with a saved run of so many axes, and tell what came of it.

    Raises UsageError where anything is given that the journal says, or the run is of another kind.
    """
    from asyncbench.record import journal, store

    for parameter in click.get_current_context().command.params:
        name = str(parameter.name)
        if is_typed(name) and name not in OWN:
            called = parameter.opts[0] if isinstance(parameter, click.Option) else "the workload"
            raise UsageError(f"--resume measures what the saved run measured; leave {called} out")
    path = store.find(reference, measuring.save or Path("results"))
    kinds = {1: "sweep", 2: "map"}
    found = kinds.get(len(journal.read_head(path).plan.axes))
    if found is None:
        raise UsageError(
            f"{path} is a run, and only sweeps and maps can go on; asyncbench runs lists what is "
            "saved, and asyncbench run measures the same again with more --budget"
        )
    if found != kinds[axes]:
        raise UsageError(f"{path} is a {found}; asyncbench {found} --resume {reference} goes on")
    with stoppable() as stopped:
        return measuring.told(measuring.resumed(path), shown, files, stopped)
