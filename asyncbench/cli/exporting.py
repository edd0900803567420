"""Writes runs to the files that options name, all of them checked before time is spent."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from asyncbench.cli import completers, output
from asyncbench.cli.options import decorated, named_file, option
from asyncbench.errors import AsyncbenchError
from asyncbench.report.formats import FORMATS, Format

if TYPE_CHECKING:
    from asyncbench.analysis.result import Result

# A format's name and the file that it goes to.
Wanted = Mapping[str, str]


def options(command: Callable[..., int]) -> Callable[..., int]:
    """Add an option for every format, `--csv FILE` and so on; the command gets `files` by format.

    All are checked before the command begins.
    """

    @functools.wraps(command)
    def with_files(**given: Any) -> int:
        paths = {name: given.pop(name.replace("-", "_")) for name in FORMATS}
        files = {name: path for name, path in paths.items() if path is not None}
        check(files)
        return command(files=files, **given)

    return decorated(with_files, [_option(each) for each in FORMATS.values()])


def _option(each: Format) -> Callable[[Any], Any]:
    does = f"Write {each.does}."
    if each.name == "csv":
        does = f"Write {each.does} ('-' is stdout, instead of the tables)."
    return option(
        f"--{each.name}",
        metavar="FILE",
        callback=named_file,
        shell_complete=completers.files,
        help=does,
    )


def check(files: Wanted) -> None:
    """Raise UsageError where one could not be made or written."""
    for name in files:
        FORMATS[name].require()
    output.check_all(**files)


def write(result: Result, files: Wanted) -> None:
    """Write every file; one that fails does not keep the others from being written.

    Raises the first failure's kind of error, with all that went wrong.
    """
    failures = []
    for name, path in files.items():
        try:
            output.write(path, FORMATS[name].make(result))
        except AsyncbenchError as error:
            failures.append(error)
    if failures:
        raise type(failures[0])("; ".join(map(str, failures)))
