"""`asyncbench runs`: which runs are saved."""

from __future__ import annotations

import click

from asyncbench.cli.options import Command, folder_option


@click.command("runs", cls=Command)
@click.argument("place", required=False, metavar="[FOLDER]", type=click.Path(file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@folder_option
def runs_command(place: str | None, folder: str, *, as_json: bool) -> int:
    """List the saved runs of a folder, newest first, by names that `show` accepts."""
    from pathlib import Path

    from asyncbench.cli import output, terminal
    from asyncbench.errors import UsageError
    from asyncbench.record import store
    from asyncbench.report.terminal import runs

    if place and not Path(place).is_dir():
        raise UsageError(f"there is no folder {place}")
    found = store.heads(Path(place or folder))
    if as_json:
        import json

        output.say(json.dumps(runs.data(found.runs), indent=2) + "\n")
    elif found.runs:
        output.say(runs.text(found.runs, terminal.width()))
    else:
        click.echo(f"no journal in {found.folder}/; make one: asyncbench run", err=True)
    if found.refused:
        from asyncbench.report.text import plain

        click.echo(plain(f"left out: {'; '.join(found.refused)}"), err=True)
    return 0
