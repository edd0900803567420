"""The journal: a run on disk as JSON Lines, written as it happens and read back whole."""

from __future__ import annotations

import codecs
import contextlib
import dataclasses
import gc
import itertools
import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec

from asyncbench.errors import JournalError, UsageError
from asyncbench.record import schema
from asyncbench.record.lines import Added, End, Line, Sample
from asyncbench.record.raw_lines import BROKEN, LONGEST, Broken, Digest, reason, stretches
from asyncbench.record.run import Run
from asyncbench.record.sequence import Sequence

SCHEMA = 1
SUFFIX = ".jsonl"
# An end line has less than a hundred bytes.
LONGEST_END = 4096


class JournalWriter:
    """Appends a run to a new file, line by line; each line is on its way to disk when written.

    What could not be read back is not written: JournalError says so.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._digest = Digest()
        try:
            self._file: IO[bytes] = path.open("xb")
        except OSError as error:
            raise JournalError(f"cannot write {path}: {error.strerror}") from error

    def begin(self, run: Run) -> None:
        """Write the header: schema, time, plan, environment."""
        header = head(run)
        self._write(header)

    def add(self, line: Line) -> None:
        """Write one line."""
        if isinstance(line, End):
            line = msgspec.structs.replace(line, digest=self._digest.sealed(line))
        told = msgspec.to_builtins(line)
        if isinstance(line, Added):
            del told["work"]["secrets"]
        try:
            text = json.dumps(schema.tame(told), allow_nan=False)
            schema.line(f"{text}\n".encode())
        except BROKEN as error:
            raise JournalError(
                f"cannot write {self.path}: it could not be read back ({reason(error)})"
            ) from error
        self._write(text)

    def check(self) -> None:
        """Raise JournalError where somebody has removed the file meanwhile."""
        if not os.fstat(self._file.fileno()).st_nlink:
            raise JournalError(f"{self.path} was removed while it was written")

    def close(self) -> None:
        """Close the file; a line that could not be written has already raised an error."""
        with contextlib.suppress(OSError):
            self._file.close()

    def _write(self, text: str) -> None:
        raw = text.encode()
        self._digest.add(raw)
        try:
            self._file.write(raw + b"\n")
            self._file.flush()
        except OSError as error:
            raise JournalError(f"cannot write {self.path}: {error.strerror}") from error


def head(run: Run) -> str:
    """Return the header of a run's journal; raises UsageError for what could not be read back."""
    plan = dataclasses.asdict(run.plan)
    for work in plan["works"]:
        del work["secrets"]
    header = {
        "is": "asyncbench",
        "schema": SCHEMA,
        "started": run.started,
        "name": run.name,
        "environment": run.environment,
        "plan": plan,
    }
    try:
        text = json.dumps(header, allow_nan=False)
        schema.plan(json.loads(text)["plan"])
    except BROKEN as error:
        raise UsageError(f"a run of this could not be saved: {reason(error)}") from error
    return text


def read(path: Path) -> Run:
    """Read a journal.

    A torn last line is dropped and noted in the run's `warnings`. Raises JournalError for a file
    that is not a journal, has a newer schema, or is broken elsewhere than at its end. What is in
    the run has been checked (`schema`), and every cell, work and variant that a line speaks of is
    in the plan.
    """
    with _opened(path) as file:
        try:
            run = _read(path, file)
        except OSError as error:
            raise JournalError(f"cannot read {path}: {error.strerror}") from error
    run.path = path
    return run


def _opened(path: Path) -> IO[bytes]:
    """Open a file to read; a pipe or a device is refused, since it may never end."""
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise JournalError(f"cannot read {path}: it is a pipe or a device, and no file")
        return path.open("rb")
    except OSError as error:
        raise JournalError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:  # a name that holds a zero byte
        raise JournalError(f"cannot read {str(path)!r}: {error}") from error


def read_head(path: Path) -> Run:
    """Read the first line of a journal and how it ended, however long it is in between.

    The run has no samples; its status is 'unfinished' where the end line is missing or torn.
    Raises JournalError as `read` does.
    """
    with _opened(path) as file:
        try:
            first = file.readline(LONGEST).removeprefix(codecs.BOM_UTF8)
            run = _header(path, first.decode())
            file.seek(max(0, file.seek(0, os.SEEK_END) - LONGEST_END))
            run.end = _end(file.read(LONGEST_END))
        except OSError as error:
            raise JournalError(f"cannot read {path}: {error.strerror}") from error
        except UnicodeDecodeError:
            raise JournalError(f"{path} is not an asyncbench journal: not UTF-8 text") from None
    run.path = path
    return run


def new_path(folder: Path, started: str, name: str = "") -> Path:
    """Make the folder and name a journal in it by its time and name; raises JournalError."""
    stem = started.replace(":", "").replace("-", "")[:15] + (f"-{name}" if name else "")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JournalError(f"cannot make the folder {folder}: {error.strerror}") from error
    if not os.access(folder, os.W_OK):
        raise JournalError(f"cannot write into the folder {folder}; choose one with --save")
    path, count = folder / f"{stem}{SUFFIX}", 1
    while path.exists():
        count += 1
        path = folder / f"{stem}-{count}{SUFFIX}"
    return path


def _read(path: Path, file: IO[bytes]) -> Run:
    first = file.readline(LONGEST).removeprefix(codecs.BOM_UTF8)
    if not first:
        raise JournalError(f"{path} is not an asyncbench journal: it is empty")
    try:
        run = _header(path, first.decode())
    except UnicodeDecodeError:
        raise JournalError(f"{path} is not an asyncbench journal: not UTF-8 text") from None
    known, digest = Sequence(run), Digest()
    append, place = run.samples.append, known.sample
    digest.add(first)
    number, broken = 1, ""
    # Most objects made here stay: looking for garbage among them would take a third of the time.
    with _no_collector():
        for line in itertools.chain.from_iterable(stretches(file, digest)):
            if broken:
                raise JournalError(f"{path}, line {number}: {broken}")
            number += 1
            try:
                if type(line) is Sample:  # as nearly every line is
                    place(line)
                    append(line)
                elif isinstance(line, Broken):
                    broken = f"broken line ({line.reason})"
                    if not line.torn:
                        raise JournalError(f"{path}, line {number}: {broken}")
                else:
                    if type(line) is End:
                        line = _checked_end(path, line, digest, run)
                    known.check(line)
                    run.add(line)
            except BROKEN as error:
                broken = f"broken line ({reason(error)})"
    if broken:
        run.warnings.append(f"the last line of {path} is torn and was left out")
    return run


def _checked_end(path: Path, line: End, digest: Digest, run: Run) -> End:
    """Return the end without its checksum, which has to be that of the lines before it."""
    if not line.digest:
        run.warnings.append(
            f"the end of {path} has no checksum: nothing tells whether it was changed after it "
            "was written"
        )
    elif line.digest != digest.sealed(line):
        raise JournalError(
            f"{path} was changed after it was written: what it says is not what was measured"
        )
    return msgspec.structs.replace(line, digest="")


@contextlib.contextmanager
def _no_collector() -> Iterator[None]:
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _header(path: Path, text: str) -> Run:
    try:
        header = schema.parsed(text)
        if header["is"] != "asyncbench":
            raise ValueError(header["is"])
        version = header["schema"]
    except BROKEN:
        raise JournalError(
            f"{path} is not an asyncbench journal, or its first line is cut"
        ) from None
    if type(version) is not int or not 0 < version <= SCHEMA:
        raise JournalError(
            f"{path} has schema {schema.told(version)}, and this asyncbench reads up to {SCHEMA}; "
            "a newer asyncbench reads it"
        )
    try:
        environment = schema.environment(header["environment"])
        started, name = schema.tame(header["started"]), schema.tame(header.get("name", ""))
        for text in (started, name):
            if not isinstance(text, str):
                raise ValueError(f"{schema.told(text)} is not text")  # noqa: TRY004 - the file is wrong
        datetime.fromisoformat(started).astimezone(UTC)  # in range there, too
        return Run(schema.plan(header["plan"]), environment, started, name)
    except BROKEN as error:
        raise JournalError(f"{path}, line 1: broken header ({reason(error)})") from None


def _end(tail: bytes) -> End | None:
    try:
        line = schema.line(tail.splitlines(keepends=True)[-1])
    except BROKEN:
        return None
    return msgspec.structs.replace(line, digest="") if isinstance(line, End) else None
