"""`asyncbench export`: a saved run in another format."""

from __future__ import annotations

from pathlib import Path

import click

from asyncbench.cli import completers
from asyncbench.cli.options import Command, folder_option
from asyncbench.report.formats import FORMATS


@click.command("export", cls=Command)
@click.argument("reference", required=False, metavar="[REF]", shell_complete=completers.references)
@click.option(
    "--format",
    "name",
    type=click.Choice(list(FORMATS)),
    metavar="FORMAT",
    help=f"What to write: {', '.join(FORMATS)}. [default: by the ending of FILE: "
    f"{' '.join(suffix for each in FORMATS.values() for suffix in each.suffixes)}]",
)
@click.option(
    "-o",
    "--output",
    "file",
    default="-",
    metavar="FILE",
    shell_complete=completers.files,
    help="Where to. [default: stdout]",
)
@folder_option
def export_command(reference: str | None, name: str | None, file: str, folder: str) -> int:
    """Write a saved run in a format that other tools, documents or people read.

    REF is a file, the name of a run, @ for the newest (the default), or @-1 for the one before
    it.
    """
    from asyncbench.analysis.result import Result
    from asyncbench.cli import exporting, output
    from asyncbench.errors import UsageError
    from asyncbench.record import journal, store
    from asyncbench.report import formats

    if reference and file == output.STDOUT and not Path(reference).exists():
        suffixes = [suffix for each in FORMATS.values() for suffix in each.suffixes]
        if Path(reference).suffix in suffixes:
            raise UsageError(
                f"there is no run {reference}; to write that file: asyncbench export -o {reference}"
            )
    if name is None:
        if file == output.STDOUT:
            raise UsageError(f"say what to write: --format {'|'.join(FORMATS)}, or -o FILE")
        name = formats.guess(file).name
    path = store.find(reference, Path(folder))
    if file != output.STDOUT and Path(file).resolve() == path.resolve():
        raise UsageError(f"{file} is the journal itself; choose another file")
    exporting.check({name: file})
    exporting.write(Result(journal.read(path)), {name: file})
    return 0
