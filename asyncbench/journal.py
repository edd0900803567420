"""The journal: a run on disk as JSON Lines, written as it happens and read back whole."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import stat
import typing
from pathlib import Path
from typing import IO, Any

from asyncbench.errors import JournalError
from asyncbench.record import (
    Cell,
    Control,
    Demanded,
    End,
    Failure,
    Life,
    Line,
    Look,
    Plan,
    Run,
    Sample,
    Served,
    Target,
    Variant,
    Visit,
    Work,
)

SCHEMA = 1
SUFFIX = ".jsonl"
KINDS: dict[str, type[Any]] = {
    kind.__name__.lower(): kind
    for kind in (Sample, Life, Visit, Failure, Target, Served, Look, Demanded, Control, End)
}

# No time, count or size is this large; a float still holds it.
LARGEST = 2.0**64
# A header with every workload there is has some 100 kB, an end line less than a hundred bytes.
LONGEST_HEADER = 16_000_000
LONGEST_END = 4096
# What reading a file that is none of ours can raise.
BROKEN = (ValueError, LookupError, TypeError, RecursionError, OverflowError)


class JournalWriter:
    """Appends a run to a new file, line by line; each line is on its way to disk when written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: IO[str] = path.open("x", encoding="utf-8")
        except OSError as error:
            raise JournalError(f"cannot write {path}: {error.strerror}") from error

    def begin(self, run: Run) -> None:
        """Write the header: schema, time, plan, environment."""
        plan = dataclasses.asdict(run.plan)
        for work in plan["works"]:
            del work["secrets"]
        self._write(
            {
                "is": "asyncbench",
                "schema": SCHEMA,
                "started": run.started,
                "name": run.name,
                "environment": run.environment,
                "plan": plan,
            }
        )

    def add(self, line: Line) -> None:
        """Write one line."""
        self._write({"is": type(line).__name__.lower(), **_fields(line)})

    def close(self) -> None:
        """Close the file; what could not be written has been told before."""
        with contextlib.suppress(OSError):
            self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        try:
            self._file.write(json.dumps(line, allow_nan=False) + "\n")
            self._file.flush()
        except OSError as error:
            raise JournalError(f"cannot write {self.path}: {error.strerror}") from error


def read(path: Path) -> Run:
    """Read a journal.

    A torn last line is dropped and told in the run's `warnings`. Raises JournalError for what is
    no journal, has a newer schema, or is broken elsewhere than at its end.
    """
    try:
        with path.open(encoding="utf-8") as file:
            run = _read(path, file)
            run.path = path
            return run
    except OSError as error:
        raise JournalError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise JournalError(f"{path} is no journal of asyncbench: not UTF-8 text") from None


def read_head(path: Path) -> Run:
    """Read the first line of a journal and how it ended, however long it is in between.

    The run has no samples; its status is 'unfinished' where the end line is missing or torn.
    Raises JournalError as `read` does.
    """
    try:
        # Opening a pipe would wait for someone to write into it.
        if not stat.S_ISREG(path.stat().st_mode):
            raise JournalError(f"{path} is no journal of asyncbench: no plain file")
        with path.open("rb") as file:
            run = _header(path, file.readline(LONGEST_HEADER).decode())
            file.seek(max(0, file.seek(0, os.SEEK_END) - LONGEST_END))
            run.end = _end(file.read(LONGEST_END))
    except OSError as error:
        raise JournalError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise JournalError(f"{path} is no journal of asyncbench: not UTF-8 text") from None
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


def _fields(line: Line) -> dict[str, Any]:
    if isinstance(line, Control):
        return {"cell": dataclasses.asdict(line.cell)}
    return {name: getattr(line, name) for name in line.__slots__}


def _read(path: Path, file: IO[str]) -> Run:
    lines = iter(file)
    run = _header(path, next(lines, ""))
    cells = {cell.id for cell in run.plan.cells}
    torn = ""
    for number, text in enumerate(lines, 2):
        if torn:
            raise JournalError(f"{path}, line {number - 1}: {torn}")
        try:
            line = _line(text)
            if isinstance(line, Control):
                _check_control(run, line)
                cells.add(line.cell.id)
            elif isinstance(line, Sample | Life | Failure | Look) and line.cell not in cells:
                raise ValueError(f"no cell {line.cell} in the plan")
            run.add(line)
        except BROKEN as error:
            torn = f"broken line ({error})"
    if torn:
        run.warnings.append(f"the last line of {path} is torn and was left out")
    return run


def _check_control(run: Run, line: Control) -> None:
    originals = {cell.id: cell for cell in run.plan.cells}
    original = originals.get(-1 if line.cell.control_of is None else line.cell.control_of)
    if original is None or original.work != line.cell.work or line.cell.id in originals:
        raise ValueError("a control of no cell")


def _header(path: Path, text: str) -> Run:
    try:
        header = json.loads(text, parse_constant=_refuse)
        if header["is"] != "asyncbench":
            raise ValueError(header["is"])
        schema = header["schema"]
    except BROKEN:
        raise JournalError(f"{path} is no journal of asyncbench") from None
    if not isinstance(schema, int) or not 0 < schema <= SCHEMA:
        raise JournalError(
            f"{path} has schema {schema}, and this asyncbench reads up to {SCHEMA}; "
            "a newer asyncbench reads it"
        )
    try:
        plan = header["plan"]
        plan["works"] = [_made(Work, work) for work in plan["works"]]
        plan["cells"] = [_made(Cell, cell) for cell in plan["cells"]]
        plan["variants"] = [_made(Variant, each) for each in plan.get("variants", [])]
        if any(not 0 <= cell.work < len(plan["works"]) for cell in plan["cells"]):
            raise ValueError("a cell of no work")
        environment = header["environment"]
        if not isinstance(environment, dict) or environment.get("cpus", 1) < 1:
            raise ValueError("an environment that cannot be")
        name = header.get("name", "")
        if not isinstance(name, str):
            raise ValueError(f"name is {name!r}")  # noqa: TRY004 - it is the file that is wrong
        return Run(_made(Plan, plan), environment, str(header["started"]), name)
    except BROKEN as error:
        raise JournalError(f"{path}, line 1: broken header ({error})") from None


def _end(tail: bytes) -> End | None:
    try:
        line = _line(tail.splitlines(keepends=True)[-1].decode())
    except BROKEN:
        return None
    return line if isinstance(line, End) else None


def _line(text: str) -> Line:
    if not text.endswith("\n"):
        raise ValueError("it does not end")
    fields = json.loads(text, parse_constant=_refuse)
    if not isinstance(fields, dict):
        raise ValueError("no object")  # noqa: TRY004 - it is the file that is wrong
    kind = KINDS.get(fields.pop("is"))
    if kind is None:
        raise ValueError("an unknown kind of line")
    if kind is Control:
        return Control(_made(Cell, fields["cell"]))
    line: Line = _made(kind, fields)
    if isinstance(line, Sample) and not (line.batches and line.wall_ns):
        raise ValueError("a sample of nothing")
    return line


_TYPES: dict[type[Any], dict[str, tuple[type[Any], ...]]] = {}


def _made(kind: type[Any], fields: dict[str, Any]) -> Any:
    """Make a dataclass from what a file says, its types and signs checked."""
    if kind not in _TYPES:
        hints = typing.get_type_hints(kind)
        _TYPES[kind] = {name: _plain(hint) for name, hint in hints.items()}
    if not isinstance(fields, dict):
        raise ValueError("no object")  # noqa: TRY004 - it is the file that is wrong
    types = _TYPES[kind]
    # Fields of a later version that change no meaning are passed over.
    fields = {name: value for name, value in fields.items() if name in types}
    for name, value in fields.items():
        if not isinstance(value, types[name]) or (
            isinstance(value, bool) and bool not in types[name]  # which counts as an int
        ):
            raise ValueError(f"{name} is {value!r}")
        if isinstance(value, int | float) and not 0 <= value < LARGEST:
            raise ValueError(f"{name} is {value!r}")
    made = kind(**fields)
    if isinstance(made, Work) and not (made.tasks and made.concurrency):
        raise ValueError("a work without tasks")
    return made


def _plain(hint: Any) -> tuple[type[Any], ...]:
    if typing.get_origin(hint) is typing.Literal:
        return (str,)
    parts = typing.get_args(hint) if typing.get_origin(hint) not in (dict, list) else ()
    if parts:
        return tuple(each for part in parts for each in _plain(part))
    plain = typing.get_origin(hint) or hint
    return (int, float) if plain is float else (plain,)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number here")
