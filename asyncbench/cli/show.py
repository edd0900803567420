"""`asyncbench show`: the tables of a saved run."""

from __future__ import annotations

import click


@click.command("show")
@click.argument("file", required=False, metavar="[FILE]")
def show_command(file: str | None) -> int:
    """Show a saved run as `run` showed it; without FILE the newest in results/."""
    from pathlib import Path

    from asyncbench import journal
    from asyncbench.cli import result
    from asyncbench.errors import UsageError

    if file is None:
        saved = journal.journals(Path("results"))
        if not saved:
            raise UsageError("no journal in results/; name a FILE, or make one: asyncbench run")
        path = saved[0]
    else:
        path = Path(file)
    result.show(journal.read(path))
    return 0
