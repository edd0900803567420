"""Writes runs to the files that options name, all of them checked before time is spent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from asyncbench.cli import completers, output
from asyncbench.cli.options import option
from asyncbench.errors import AsyncbenchError
from asyncbench.record.run import Run
from asyncbench.report.formats import FORMATS

# A format's name and the file that it goes to.
Wanted = Mapping[str, str]


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for every format: `--csv FILE` and so on."""
    for each in reversed(FORMATS.values()):
        does = f"Write {each.does}."
        if each.name == "csv":
            does = f"Write {each.does} ('-' is stdout, instead of the tables)."
        command = option(
            f"--{each.name}", metavar="FILE", shell_complete=completers.files, help=does
        )(command)
    return command


def wanted(given: Mapping[str, Any]) -> dict[str, str]:
    """Give the files that a command's options ask for."""
    paths = {name: given[name.replace("-", "_")] for name in FORMATS}
    return {name: path for name, path in paths.items() if path is not None}


def check(files: Wanted) -> None:
    """Raise UsageError where one could not be made or written."""
    for name in files:
        FORMATS[name].require()
    output.check_all(**files)


def write(run: Run, files: Wanted) -> None:
    """Write every file; one that fails does not keep the others from being written.

    Raises the first failure's kind of error, with all that went wrong.
    """
    failures = []
    for name, path in files.items():
        try:
            output.write(path, FORMATS[name].make(run))
        except AsyncbenchError as error:
            failures.append(error)
    if failures:
        raise type(failures[0])("; ".join(map(str, failures)))
