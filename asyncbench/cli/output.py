"""Where results go: stdout or a whole file, checked before anything is measured."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import click

from asyncbench.errors import AsyncbenchError, OutputError, UsageError
from asyncbench.record import files
from asyncbench.report.text import plain

STDOUT = "-"
FAILED_CELLS = 3  # the exit status of a run of which some cells failed


def has_colour(wish: bool | None, stream: TextIO | None = None) -> bool:
    """Return whether what is said is coloured: as wished, or on a terminal without NO_COLOR."""
    shown = (stream or sys.stdout).isatty() and not os.environ.get("NO_COLOR")
    return shown if wish is None else wish


def can_write(text: str, stream: TextIO | None = None) -> bool:
    """Return whether stdout, or another stream, has signs for all of a text."""
    try:
        text.encode((stream or sys.stdout).encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def check(path: str | None) -> None:
    """Raise UsageError where a file could not be written, before time is spent on what goes in."""
    if path is None or path == STDOUT:
        return
    if not path:
        raise UsageError("an output has no name; give a file, or '-' for stdout")
    if files.is_special(Path(path)):
        return
    target = Path(path).resolve()
    if target.is_dir():
        raise UsageError(f"cannot write {path}: it is a folder")
    if not target.parent.is_dir():
        raise UsageError(f"cannot write {path}: there is no folder {target.parent}")
    try:
        # The file is replaced whole, so it is the folder that must be writable.
        handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        os.close(handle)
        Path(draft).unlink()
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def check_all(**paths: str | None) -> None:
    """Check several outputs, under their options' names; no two may go to the same place."""
    taken: dict[object, str] = {}
    for name, path in paths.items():
        if path is None:
            continue
        check(path)
        place = path if path == STDOUT else Path(path).resolve()
        if place in taken and place == STDOUT:
            raise UsageError(f"only one of --{taken[place]} and --{name} can go to stdout")
        if place in taken:
            raise UsageError(f"--{taken[place]} and --{name} name the same file")
        taken[place] = name


def write_all(path: str, texts: Iterable[str]) -> None:
    """Write texts as they are made, as `write` does, so that a long file needs no memory."""
    data = (text.encode("utf-8", "backslashreplace") for text in texts)
    if path == STDOUT:
        for each in data:
            say(each)
        return
    try:
        if files.is_special(Path(path)):
            with Path(path).open("wb") as file:
                file.writelines(data)
        else:
            files.replace(Path(path).resolve(), data)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def write(path: str, content: str | bytes) -> None:
    """Write to stdout or replace a file whole: after a fault it is the old file or the new one.

    A terminal is shown no control character that a text has from a journal. Raises UsageError
    where writing fails.
    """
    if path == STDOUT and isinstance(content, str) and sys.stdout.isatty():
        content = "\n".join(map(plain, content.replace("\r\n", "\n").split("\n")))
    # Half a surrogate pair, which a journal can have in a name, has no place in UTF-8.
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    if path == STDOUT:
        say(data)
        return
    try:
        if files.is_special(Path(path)):
            Path(path).write_bytes(data)
        else:
            files.replace(Path(path).resolve(), [data])
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def say(content: str | bytes, *, colour: bool | None = None) -> None:
    """Write to stdout; a reader that has seen enough of it keeps nothing else from being done.

    Colours are left out where stdout is no terminal, unless `colour` says otherwise. Raises
    OutputError where stdout cannot take it for another reason, such as a full disk.
    """
    try:
        click.echo(content, nl=False, color=colour)
    except OSError as error:
        # What is buffered has nowhere to go, and Python must not complain when it flushes.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise OutputError(f"cannot write to stdout: {error.strerror or error}") from error


class Unwritten(list[AsyncbenchError]):
    """What could not be written of a run that goes on all the same, to be told at its end."""

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        """Take note of what cannot be written inside, instead of raising it."""
        try:
            yield
        except AsyncbenchError as error:
            self.append(error)

    def told(self, status: int) -> int:
        """Print what could not be written and return the exit status, which is then not 0.

        That a gate tripped, or had nothing to compare, weighs more; that some cells failed, less.
        """
        for error in self:
            click.echo(f"asyncbench: {plain(str(error))}", err=True)
        if not self or status not in (0, FAILED_CELLS):
            return status
        return max(error.exit_status for error in self)
