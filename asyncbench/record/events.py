"""A traced batch's events on their way from a worker's processes to its runner: records in files.

Each process has a file of its own, which is mapped into its memory: an event is on record the
moment it is written, no write ever waits for a disk, and what was written outlives the process
that is killed. Texts (names, places, stacks) go to a second file, once each, and records name them
by number.
"""

from __future__ import annotations

import contextlib
import enum
import itertools
import json
import mmap
import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EVENTS = ".events"
TEXTS = ".texts"
RECORD = struct.Struct("<5q")
# A file this large holds 27 million events; it is sparse, and takes the room of those it has.
MOST_BYTES = 2**30
LEAST_BYTES = 2**20  # and a disk has room for four times as much
# So much of it is there before the first event: to make a page of a file takes longer than all the
# events that stand in it.
READY_BYTES = 2**23
# So many places without a record in a row are the end: a process that is killed leaves a gap of
# one a thread at the most.
LONGEST_GAP = 64
# A step that keeps control of a loop for this long is one that others notice.
BLOCKS_NS = 10_000_000
KIND_BITS = 4


class EventKind(enum.IntEnum):
    """What a record tells; its number is `kind | subject << KIND_BITS`, then come four numbers.

    Times are `perf_counter_ns`, which all processes of a machine share. A lane is the task of a
    loop (its number) or the thread (its native id) that a task of the workload runs in.
    """

    #: subject 0: began, ended (0 until it has), how many bytes beyond the file's end the last event
    #: would have had to stand (0 or less: all are there), lanes. The first record of a worker's
    #: file.
    BATCH = 1
    #: subject: task of a loop. created, number of the task that created it (0: none), text, 1 where
    #: it is an executor's own.
    CREATED = 2
    #: subject: task of a loop. ready, resumed, suspended, text of what it had waited for (0: its
    #: turn alone, or not noted).
    STEP = 3
    #: The same, and the task's last step.
    LAST_STEP = 4
    #: The same, of a step that is part of another's: a task that was started eagerly.
    NESTED = 8
    LAST_NESTED = 11
    #: subject: index of a task of the workload. lane, time, CPU time and run delay of the thread
    #: (0 on a loop).
    BEGIN = 5
    END = 6
    #: subject: task of a loop. When the timer was due that its next step was waiting for, 0, 0, 0.
    DUE = 10
    #: subject: native id of a thread. lane that started it, when, text, 0.
    THREAD = 9
    #: subject: task of a loop. since when it has held the loop, when that was seen, text, 0.
    HOLD = 7


class EventLog:
    """Writes the events of this process; any of its threads may, at any time.

    Code that has no time to lose takes `at()` for the place of an event and, where that lies before
    `end`, calls `write(buffer, place, number, ...)`; `event` does the same for all other code.
    """

    write = RECORD.pack_into

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.pid = os.getpid()
        # A page that a full disk has no room for would kill the process.
        free = shutil.disk_usage(folder).free
        if free < 4 * LEAST_BYTES:
            raise OSError(f"no room for the events of a trace: {free:,} bytes are free in {folder}")
        size = min(MOST_BYTES, free // 4)
        size -= size % RECORD.size
        self.end = size
        with open(os.path.join(folder, f"{self.pid}{EVENTS}"), "w+b") as file:  # noqa: PTH118, PTH123
            file.truncate(size)
            self.buffer = mmap.mmap(file.fileno(), size)
        for page in range(0, min(size, READY_BYTES), mmap.PAGESIZE):
            self.buffer[page] = 0
        path = os.path.join(folder, f"{self.pid}{TEXTS}")  # noqa: PTH118 - a worker needs no pathlib
        self._texts = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._numbers: dict[Any, int] = {}
        self.at = itertools.count(RECORD.size, RECORD.size).__next__

    def number(self, key: Any, **text: Any) -> int:
        """Give the number of a text, which is written down when its key is first seen."""
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self._numbers) + 1
            line = json.dumps({"number": found, **text}) + "\n"
            os.write(self._texts, line.encode("utf-8", "backslashreplace"))
        return found

    def event(self, kind: EventKind, subject: int, *numbers: int) -> None:
        """Write one record."""
        place = self.at()
        if place < self.end:
            self.write(self.buffer, place, kind | subject << KIND_BITS, *numbers)

    def batch(self, began: int, ended: int = 0, lanes: int = 0) -> None:
        """Note when the batch began, and when it ended; and over how many lanes it is."""
        self.write(self.buffer, 0, int(EventKind.BATCH), began, ended, self.at() - self.end, lanes)


def batch_began(folder: str, pid: int) -> int:
    """Give when the batch of the worker with this pid began."""
    path = os.path.join(folder, f"{pid}{EVENTS}")  # noqa: PTH118
    with open(path, "rb") as file:  # noqa: PTH123
        began: int = RECORD.unpack(file.read(RECORD.size))[1]
    return began


class EventReader:
    """What one process has written, read back; `pid` is that process."""

    def __init__(self, path: Path) -> None:
        self.pid = int(path.stem)
        self.texts: dict[int, dict[str, Any]] = {}
        with contextlib.suppress(OSError):  # none was written
            for line in path.with_suffix(TEXTS).read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValueError):  # the process was killed in the middle of it
                    text = json.loads(line)
                    self.texts[text["number"]] = text
        self._path = path

    def __iter__(self) -> Iterator[tuple[int, int, int, int, int, int]]:
        """Give (kind, subject, and four numbers) of each record, in the order they were begun."""
        mask, gap = (1 << KIND_BITS) - 1, 0
        with self._path.open("rb") as file:
            while chunk := file.read(RECORD.size * 4096):
                for tag, one, two, three, four in RECORD.iter_unpack(chunk):
                    if tag:
                        gap = 0
                        yield tag & mask, tag >> KIND_BITS, one, two, three, four
                    else:
                        gap += 1
                        if gap > LONGEST_GAP:
                            return


def processes(folder: Path) -> list[EventReader]:
    """Give the events of every process that wrote to a folder."""
    return [EventReader(path) for path in sorted(folder.glob(f"*{EVENTS}"))]
