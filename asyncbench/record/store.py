"""Saved runs: which journals a folder holds, and which of them a reference means.

There is no index. Everything is read from the journals' first and last lines, so journals can be
deleted, renamed and copied with ordinary file tools.
"""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from asyncbench.errors import JournalError, UsageError, near_matches
from asyncbench.record import journal
from asyncbench.record.run import Run

NEWEST = "@"
# A file's name has room for 255 bytes, of which the time takes some.
LONGEST_NAME = 100
# What means nothing to any shell, file system or place where files are kept.
SIMPLE = re.compile(r"[\w.@+-]+")


@dataclass(slots=True)
class RunStore:
    """The runs of a folder, the newest first, without what they measured.

    `refused` has a reason for each other file whose name ends like a journal's, which `broken` has.
    """

    folder: Path
    runs: list[Run] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    broken: list[Path] = field(default_factory=list)


def heads(folder: Path) -> RunStore:
    """Read the first and the last line of every journal in a folder, which need not exist.

    Raises JournalError for a folder that cannot be read.
    """
    saved = RunStore(folder)
    found = []
    for path in _journals(folder):
        try:
            # The header's time has whole seconds; of two runs in one, the later file is the newer.
            run = journal.read_head(path)
            started = datetime.fromisoformat(run.started).astimezone(UTC)
            found.append((started, path.stat().st_mtime_ns, run))
        except (JournalError, OSError) as error:
            saved.refused.append(str(error))
            saved.broken.append(path)
    found.sort(key=lambda each: each[:2], reverse=True)
    saved.runs = [run for *_, run in found]
    return saved


def find(reference: str | None, folder: Path) -> Path:
    """Return the journal that a reference means.

    None and `@` are the newest in the folder, `@-1` the one before it, and so on. Anything else is
    a file where there is one, and otherwise the name of a run or of a file in the folder; of
    several with one name, the newest. Raises UsageError where it means none, and JournalError for
    a folder that cannot be read.
    """
    if reference is not None and not reference.startswith(NEWEST):
        path = Path(reference)
        if _is_file(path) or len(path.parts) > 1:
            return path
        return _named(reference, heads(folder))
    back = _back(reference or NEWEST)
    runs = heads(folder).runs
    if not runs:
        raise UsageError(f"no journal in {folder}/; name a FILE, or make one: asyncbench run")
    if back >= len(runs):
        oldest = f" to {NEWEST}-{len(runs) - 1}" if len(runs) > 1 else ""
        raise UsageError(f"no run {reference} in {folder}/; there is {NEWEST}{oldest}")
    return _path(runs[back])


def check_name(name: str) -> None:
    """Raise UsageError for a name that a file or a command line could not hold anywhere."""
    wrong = _wrong_with(name)
    if wrong:
        raise UsageError(f"the run's name {name!r} {wrong}; choose one like main or pr-12")


def _wrong_with(name: str) -> str:
    if not name:
        return "is empty"
    if not SIMPLE.fullmatch(name):
        return "has a character other than letters, digits and _ . + - @"
    if name[0] in "@-.":
        return f"begins with {name[0]}"
    return f"is longer than {LONGEST_NAME} bytes" if len(name.encode()) > LONGEST_NAME else ""


def _journals(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.name.endswith(journal.SUFFIX))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise JournalError(f"cannot read the folder {folder}: {reason}") from error


def _named(name: str, saved: RunStore) -> Path:
    # A full file name may also be that of a broken journal: reading it then says what is wrong.
    if name.endswith(journal.SUFFIX) and _is_file(saved.folder / name):
        return saved.folder / name
    for run in saved.runs:
        if name and name in (run.name, _path(run).stem):
            return _path(run)
    # One that cannot be read is there all the same: reading it then says what is wrong with it.
    for path in reversed(saved.broken):
        if name and (name == path.stem or re.fullmatch(rf".*-{re.escape(name)}(-\d+)?", path.stem)):
            return path
    if stat.S_ISDIR(_mode(Path(name))):
        raise UsageError(
            f"{name!r} is not a saved run; `asyncbench runs FOLDER` lists those of a folder"
        )
    known = {run.name or _path(run).stem for run in saved.runs}
    near = near_matches(name.removesuffix(journal.SUFFIX), known)
    raise UsageError(f"no file and no run {name!r} in {saved.folder}/{near}")


def _back(reference: str) -> int:
    found = re.fullmatch(rf"{NEWEST}(?:-(\d{{1,9}}))?", reference)
    if not found:
        raise UsageError(
            f"{reference!r} is not a run: {NEWEST} is the newest, {NEWEST}-1 the one before it"
        )
    return int(found[1] or 0)


def _path(run: Run) -> Path:
    assert run.path
    return run.path


def _is_file(path: Path) -> bool:
    """Return whether there is something to read, such as a file or a pipe."""
    mode = _mode(path)
    return bool(mode) and not stat.S_ISDIR(mode)


def _mode(path: Path) -> int:
    """Return what kind of file this is, 0 where there is none or no name of one."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0
