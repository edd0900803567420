"""Reads back the events that processes have written, which a task could have written over."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asyncbench.errors import DamagedTraceError
from asyncbench.record.events import EVENTS, KIND_BITS, OF_THREAD, RECORD, TEXTS, EventKind

# So many places without a record in a row are the end: a process that is killed leaves a gap of
# one a thread at the most.
LONGEST_GAP = 64
KINDS = frozenset(map(int, EventKind))
#: What a text has besides its number, and of which type that is; items of lists are texts.
TEXT_FIELDS: dict[str, type] = {
    "name": str,
    "file": str,
    "line": int,
    "code": str,
    "stack": list,
    "labels": list,
    "place": str,
}


def batch_began(folder: str, pid: int) -> int:
    """Return when the batch of the worker with this pid began; DamagedTraceError where unknown."""
    path = os.path.join(folder, f"{pid}{EVENTS}")  # noqa: PTH118
    with open(path, "rb") as file:  # noqa: PTH123
        record = file.read(RECORD.size)
    if len(record) < RECORD.size:
        raise DamagedTraceError(f"the events of process {pid} are cut off")
    began: int = RECORD.unpack(record)[1]
    return began


def batch_ended(folder: Path, pid: int) -> int:
    """Return when the batch of a process ended, 0 where it did not come to that."""
    with (folder / f"{pid}{EVENTS}").open("rb") as file:
        record = file.read(RECORD.size)
    return int(RECORD.unpack(record)[2]) if len(record) == RECORD.size else 0


class EventReader:
    """What one process has written, read back; `pid` is that process.

    Raises DamagedTraceError, on reading too, for what no process of ours writes. A task can write
    into these files, so what is in them is data; a change that keeps all possible is not noticed.
    """

    def __init__(self, path: Path) -> None:
        self.pid = _pid(path)
        self.texts: dict[int, dict[str, Any]] = {}
        lines: list[bytes] = []
        with contextlib.suppress(OSError):  # none was written
            lines = path.with_suffix(TEXTS).read_bytes().split(b"\n")
        for line in lines[:-1]:  # the last is empty, or the process was killed in the middle of it
            text = _text(line)
            if text is None:
                raise DamagedTraceError(f"the texts of process {self.pid} are damaged")
            self.texts[text["number"]] = text
        self._path = path

    def __iter__(self) -> Iterator[tuple[int, int, int, int, int, int]]:
        """Yield (kind, subject, and four numbers) of each record, in the order they were begun."""
        mask, gap = (1 << KIND_BITS) - 1, 0
        damaged = DamagedTraceError(f"the events of process {self.pid} are damaged")
        with self._path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size % RECORD.size or size < 2 * RECORD.size:
                raise damaged
            end = size - RECORD.size  # `_next_place`
            while chunk := file.read(min(RECORD.size * 4096, end - file.tell())):
                for tag, one, two, three, four in RECORD.iter_unpack(chunk):
                    if tag:
                        # None is below 0, or so large that a difference has no room.
                        if (tag | one | two | three | four) >> 62 or tag & mask not in KINDS:
                            raise damaged
                        gap = 0
                        yield tag & mask, tag >> KIND_BITS, one, two, three, four
                    else:
                        gap += 1
                        if gap > LONGEST_GAP:
                            return


def pids(folder: Path) -> list[int]:
    """Return which processes wrote to a folder."""
    return [*dict.fromkeys(map(_pid, sorted(folder.glob(f"*{EVENTS}"))))]


def _pid(path: Path) -> int:
    return int(path.stem.partition(OF_THREAD)[0])


def _text(line: bytes) -> dict[str, Any] | None:
    """Return the text that a line has; None for what is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or type(found.get("number")) is not int:
        return None
    for name, value in found.items():
        if not isinstance(value, TEXT_FIELDS.get(name, object)):
            return None
        if isinstance(value, list) and not all(isinstance(each, str) for each in value):
            return None
    return found if ("labels" in found) <= ("place" in found) else None


def processes(folder: Path) -> list[EventReader]:
    """Return the events of every process that wrote to a folder; DamagedTraceError for others'."""
    return [EventReader(path) for path in sorted(folder.glob(f"*{EVENTS}"))]
