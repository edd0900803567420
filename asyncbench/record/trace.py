"""A traced batch as data: what was run and seen, and the slices and steps that a timeline has."""

from __future__ import annotations

import enum
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asyncbench.record.plan import Cell, Work

# The fact of a trace that was made on a loop of the process that asked for it.
IN_PROCESS = "in process"
# What stands for the executor of a program that made no loop.
NO_LOOP = "no event loop"
# Where there is no row, no lane, no time.
NONE = -1


class TraceStatus(enum.StrEnum):
    """What became of a traced batch."""

    COMPLETE = "complete"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    INTERRUPTED = "interrupted"
    UNAVAILABLE = "unavailable"

    @property
    def is_failure(self) -> bool:
        """Whether something went wrong: what cannot be traced here is no failure."""
        return self in (TraceStatus.FAILED, TraceStatus.TIMED_OUT)


class ThreadState(enum.IntEnum):
    """What a thread was seen doing."""

    UNSEEN = 0
    RUNNING = 1  # on a CPU, or ready to be
    GIL = 2  # waiting for the GIL
    LOCK = 3  # waiting for a lock of somebody's: to be given work, say
    WAITING = 4  # in any other system call


@dataclass(slots=True)
class Seen:
    """What a thread was seen doing: at each of `times` (ns) it changed to the state beside it."""

    pid: int
    name: str
    times: array[int] = field(default_factory=lambda: array("q"))
    states: array[int] = field(default_factory=lambda: array("b"))

    def add(self, time: int, state: ThreadState) -> None:
        """Take in a look; only changes are kept."""
        if not self.states or self.states[-1] != state:
            self.times.append(time)
            self.states.append(state)

    def between(self, start: int, end: int) -> Iterator[tuple[ThreadState, int, int]]:
        """Return (state, from, to) for all of a time; before the first look it is unseen."""
        place = bisect_right(self.times, start) - 1
        at = start
        while at < end:
            state = ThreadState(self.states[place]) if place >= 0 else ThreadState.UNSEEN
            place += 1
            until = min(end, self.times[place]) if place < len(self.times) else end
            if until > at:
                yield state, at, until
                at = until


@dataclass(slots=True)
class Trace:
    """One traced batch of a cell; times are nanoseconds of the clock that all processes share.

    `folder` holds its events (`record.events`) and is removed by the caller. `ended_ns` is when the
    batch ended, or when it was given up; `stack` is what its processes were doing then.
    `threads` are by native id, and were looked at every `resolution_ns` (None: not at all).
    """

    work: Work
    cell: Cell
    folder: Path
    threshold_ns: int
    rate: float | None = None
    status: TraceStatus = TraceStatus.COMPLETE
    why: str = ""
    traceback: str = ""
    output: str = ""
    stack: str = ""
    pid: int = 0
    began_ns: int = 0
    ended_ns: int = 0
    startup_ns: int = 0
    lanes: int = 0
    count: int = 0
    checksum: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    threads: dict[int, Seen] = field(default_factory=dict)
    resolution_ns: int | None = None
    #: Whether it is of a whole program, and when somebody interrupted that (0: nobody did).
    program: bool = False
    interrupted_ns: int = 0
    #: Whether that ran before it was watched, and went on afterwards.
    attached: bool = False

    @property
    def wall_ns(self) -> int:
        """How long the batch took, or went on until it was given up."""
        return max(0, self.ended_ns - self.began_ns)

    @property
    def traced(self) -> bool:
        """Whether there is anything of it to show."""
        return self.began_ns > 0
