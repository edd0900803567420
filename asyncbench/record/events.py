"""A traced batch's events on their way from a worker's processes to its runner: records in files.

Each process has a file of its own, which is mapped into its memory: an event is on record the
moment it is written, no write ever waits for a disk, and what was written outlives the process
that is killed. Texts (names, places, stacks) go to a second file, once each, and records name them
by number.
"""

from __future__ import annotations

import enum
import functools
import itertools
import json
import mmap
import operator
import os
import shutil
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

EVENTS = ".events"
TEXTS = ".texts"
OF_THREAD = "-"  # between a process and a thread
RECORD = struct.Struct("<5q")
# A file this large holds 27 million events; it is sparse, and takes the room of those it has.
MOST_BYTES = 2**30
LEAST_BYTES = 2**20  # and a disk has room for four times as much
# So much of it is there before the first event: to make a page of a file takes longer than all the
# events that stand in it.
READY_BYTES = 2**23
# A step that keeps control of a loop for this long is one that others notice.
BLOCKS_NS = 10_000_000
KIND_BITS = 4


class EventKind(enum.IntEnum):
    """What a record says: its first number is `kind | subject << KIND_BITS`; four more follow.

    Times are `perf_counter_ns`, which all processes of a machine share. A lane is the task of a
    loop (its number) or the thread (its native id) that a task of the workload runs in.
    """

    #: subject 0: began, ended (0 until it has), bytes of the events that there was no room for,
    #: lanes. The first record of a worker's file.
    BATCH = 1
    #: subject: task of a loop. created, number of the task that created it (0: none), text, 1 where
    #: it is an executor's own and 2 where it is a callback.
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
    #: subject: task of a loop. When the timer that its next step waited for was due, 0, 0, 0.
    DUE = 10
    #: subject: native id of a thread. lane that started it, when, text, 0.
    THREAD = 9
    #: subject: task of a loop. since when it has held the loop, when that was seen, text, 0.
    HOLD = 7
    #: subject: task of a loop. when it was seen, text of where it awaits (0: of a task that a loop
    #: is run for), why it was noted: it has waited for long (0), something was thrown into it (1),
    #: its process ends (2), its loop is run for it (3); then 0.
    AWAITS = 12
    #: subject: native id of a thread. when it was asked to call something (when it began, where
    #: nobody waits for it), began and ended, text.
    CALL = 13
    #: subject: native id of a thread. CPU time of the call that is noted next, 0, 0, 0.
    USED = 14
    #: subject 0: from when to when (0 until it is over) nothing was noted but what held a loop,
    #: and what threads were called for; 0, 0.
    UNNOTED = 15


# It takes Python 3.11 long to look up a member of an enum, and each task needs several.
_BATCH, _CREATED = int(EventKind.BATCH), int(EventKind.CREATED)
_STEP, _LAST_STEP = int(EventKind.STEP), int(EventKind.LAST_STEP)
_NESTED, _LAST_NESTED = int(EventKind.NESTED), int(EventKind.LAST_NESTED)
_BEGIN, _END, _DUE = int(EventKind.BEGIN), int(EventKind.END), int(EventKind.DUE)
_THREAD, _HOLD, _AWAITS = int(EventKind.THREAD), int(EventKind.HOLD), int(EventKind.AWAITS)
_CALL, _USED, _UNNOTED = int(EventKind.CALL), int(EventKind.USED), int(EventKind.UNNOTED)
#: Takes one step of a task: when it was ready, resumed and suspended, and the text of what it had
#: waited for.
StepWriter = Callable[[int, int, int, int], None]


class EventLog:
    """Writes the events of this process; any of its threads may, at any time.

    What has no room within `most_bytes` is counted, and lost. `apart`: another interpreter of this
    process has a log there already, so that this one is named after its thread, too.
    """

    def __init__(self, folder: str, most_bytes: int = MOST_BYTES, *, apart: bool = False) -> None:
        self.folder = folder
        self.pid = os.getpid()
        name = f"{self.pid}{f'{OF_THREAD}{threading.get_native_id()}' if apart else ''}"
        # A page that a full disk has no room for would kill the process.
        free = shutil.disk_usage(folder).free
        if free < 4 * LEAST_BYTES:
            raise OSError(f"no room for the events of a trace: {free:,} bytes are free in {folder}")
        size = min(most_bytes, free // 4)
        size -= size % RECORD.size
        with open(os.path.join(folder, f"{name}{EVENTS}"), "w+b") as file:  # noqa: PTH118, PTH123
            file.truncate(size)
            self._buffer = mmap.mmap(file.fileno(), size)
        for page in range(0, min(size, READY_BYTES), mmap.PAGESIZE):
            self._buffer[page] = 0
        path = os.path.join(folder, f"{name}{TEXTS}")  # noqa: PTH118 - a worker needs no pathlib
        self._texts = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._numbers: dict[Any, int] = {}
        self._missing = [0]
        # Where records of the part of the file go that is being written, and how many went before.
        self._part, self._before = iter(range(0)), 0
        self._place = place = _next_place(self._places(size), size - RECORD.size)
        #: Writes one record, from C alone: a function in Python would cost a step 50 ns more.
        self._write: Callable[..., None] = functools.partial(RECORD.pack_into, self._buffer, place)

    def _places(self, size: int) -> Iterator[int]:
        """Return where in a file of a size records go, one after the other, without an end.

        All that comes when the file is full goes to its last place, which is never read, and is
        counted.
        """
        last = size - RECORD.size

        def no_room() -> int:
            self._missing[0] += 1
            return last

        whole = range(RECORD.size, last, RECORD.size)
        return itertools.chain(self._begun(whole), iter(no_room, None))

    def _begun(self, part: range) -> Iterator[int]:
        """Return the places of a part that is written from now on."""
        self._part = iter(part)
        self._before += len(part)
        return self._part

    def written(self) -> int:
        """Return how many events there were so far; it costs those who write nothing."""
        return self._before - operator.length_hint(self._part)

    def number(self, key: Any, **text: Any) -> int:
        """Return the number of a text, which is written down when its key is first seen."""
        found = self._numbers.get(key)
        if found is None:
            if self._texts < 0:
                return 0
            found = self._numbers[key] = len(self._numbers) + 1
            line = json.dumps({"number": found, **text}) + "\n"
            os.write(self._texts, line.encode("utf-8", "backslashreplace"))
        return found

    def batch(self, began: int, ended: int = 0, lanes: int = 0) -> None:
        """Note when the batch began, and when it ended; and over how many lanes it is."""
        missing = self._missing[0] * RECORD.size
        RECORD.pack_into(self._buffer, 0, _BATCH, began, ended, missing, lanes)

    def task(self, number: int, created: int, parent: int, text: int, *, own: bool) -> None:
        """Note a new task of a loop; `own`: it is an executor's."""
        self._write(number << KIND_BITS | _CREATED, created, parent, text, int(own))

    def callback(self, number: int, ready: int, text: int) -> None:
        """Note a callback that begins to run, as a task of its own with one step."""
        self._write(number << KIND_BITS | _CREATED, ready, 0, text, 2)

    def steps_of(self, task: int) -> StepWriter:
        """Return what notes the steps of a task, except for its last."""
        return functools.partial(self._write, task << KIND_BITS | _STEP)

    def last_step(self, task: int, ready: int, began: int, ended: int, text: int = 0) -> None:
        """Note the step in which a task ends."""
        self._write(task << KIND_BITS | _LAST_STEP, ready, began, ended, text)

    def nested_step(self, task: int, created: int, began: int, ended: int, *, last: bool) -> None:
        """Note the step of a task that was started eagerly, within another's."""
        kind = _LAST_NESTED if last else _NESTED
        self._write(task << KIND_BITS | kind, created, began, ended, 0)

    def timer_due(self, task: int, due: int) -> None:
        """Note when the timer that a task's next step waited for was due."""
        self._write(task << KIND_BITS | _DUE, due, 0, 0, 0)

    def hold(self, task: int, since: int, seen: int, text: int) -> None:
        """Note that a task was seen to hold its loop; the text is its stack."""
        self._write(task << KIND_BITS | _HOLD, since, seen, text, 0)

    def thread(self, thread: int, lane: int, started: int, text: int) -> None:
        """Note a thread that a lane has started, by its native id."""
        self._write(thread << KIND_BITS | _THREAD, lane, started, text, 0)

    def awaits(self, task: int, seen: int, text: int, why: int) -> None:
        """Note where a task awaits."""
        self._write(task << KIND_BITS | _AWAITS, seen, text, why, 0)

    def call(self, thread: int, asked: int, began: int, ended: int, text: int, used: int) -> None:
        """Note what was called in a thread of a pool, or a thread's whole life."""
        self._write(thread << KIND_BITS | _USED, used, 0, 0, 0)
        self._write(thread << KIND_BITS | _CALL, asked, began, ended, text)

    def unnoted(self, since: int, until: int = 0) -> None:
        """Note from when to when nothing is noted but what holds a loop."""
        self._write(_UNNOTED, since, until, 0, 0)

    def close(self) -> None:
        """Write nothing more, and let go of the file of texts."""
        self.mute()
        texts, self._texts = self._texts, -1
        os.close(texts)

    def mute(self) -> None:
        """Write nothing more: of a process that began as a copy of the one that writes."""
        self._place.mute()

    def begin(self, index: int, lane: int, time: int, used: int = 0, delay: int = 0) -> None:
        """Note that a task of the workload begins, and its thread's CPU time and run delay."""
        self._write(index << KIND_BITS | _BEGIN, lane, time, used, delay)

    def end(self, index: int, lane: int, time: int, used: int = 0, delay: int = 0) -> None:
        """Note that a task of the workload has ended."""
        self._write(index << KIND_BITS | _END, lane, time, used, delay)


def _next_place(places: Iterator[int], last: int) -> Any:
    """Return an object that is, whenever it is used as an integer, the next free place of a file.

    Once it is muted it is the last one, which is never read.
    """
    kind = type("NextPlace", (), {"__index__": places.__next__})

    def mute() -> None:
        kind.__index__ = lambda self: last  # type: ignore[attr-defined]

    kind.mute = staticmethod(mute)  # type: ignore[attr-defined]
    return kind()


class ReadyTimes:
    """When each step became ready: when its timer was due, if the loop was held then.

    A loop that is held notices a timer late. Where it was not, and the timer itself was late, the
    step was ready when it was noticed.
    """

    def __init__(self) -> None:
        self._dues: dict[int, int] = {}
        # When the last step ended, and the last one before all that are ready now.
        self._ended = self._turn = 0

    def timer_due(self, task: int, due: int) -> None:
        """Note when the timer that the next step of a task waited for was due."""
        self._dues[task] = due

    def of_step(self, task: int, noticed: int, ended: int) -> int:
        """Return since when a step was ready; steps are asked for in the order of their ends."""
        if noticed >= self._ended:
            self._turn = self._ended
        self._ended = max(self._ended, ended)
        due = self._dues.pop(task, 0)
        return due if due and due < self._turn else noticed


def code_place(name: str, file: str, line: int) -> str:
    """Return a place in code as it is shown: `name (file.py:3)`, the name alone without a file."""
    base = file.replace("\\", "/").rpartition("/")[2]
    return f"{name} ({base}:{line})" if base else name
