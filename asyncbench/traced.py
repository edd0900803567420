"""A traced batch as data: what was run and seen, and the slices and steps that a timeline has."""

from __future__ import annotations

import enum
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from asyncbench.record import Cell, Work

# Where there is no row, no lane, no time.
NONE = -1
# Rows of these kinds hold a loop; threads and processes run beside it.
ON_LOOP = ("task", "coroutine", "callback")
TraceStatus = Literal["complete", "failed", "timed out", "interrupted", "unavailable"]


class State(enum.IntEnum):
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

    def add(self, time: int, state: State) -> None:
        """Take in a look; only changes are kept."""
        if not self.states or self.states[-1] != state:
            self.times.append(time)
            self.states.append(state)

    def between(self, start: int, end: int) -> Iterator[tuple[State, int, int]]:
        """Give (state, from, to) for all of a time; before the first look it is unseen."""
        place = bisect_right(self.times, start) - 1
        at = start
        while at < end:
            state = State(self.states[place]) if place >= 0 else State.UNSEEN
            place += 1
            until = min(end, self.times[place]) if place < len(self.times) else end
            if until > at:
                yield state, at, until
                at = until


@dataclass(slots=True)
class Trace:
    """One traced batch of a cell; times are nanoseconds of the clock that all processes share.

    `folder` holds its events (`engine.spool`); it goes when whoever traced is done. `ended_ns` is
    when the batch ended, or when it was given up. `stack` is what its processes were in then.
    `threads` are by native id, and were looked at every `resolution_ns` (None: not at all).
    """

    work: Work
    cell: Cell
    folder: Path
    threshold_ns: int
    rate: float | None = None
    status: TraceStatus = "complete"
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

    @property
    def wall_ns(self) -> int:
        """How long the batch took, or went on until it was given up."""
        return max(0, self.ended_ns - self.began_ns)

    @property
    def traced(self) -> bool:
        """Whether there is anything of it to show."""
        return self.began_ns > 0


class Doing(enum.IntEnum):
    """What a task is doing."""

    RUNNING = 0  # it has control
    QUEUED = 1  # it could go on, and others have control
    WAITING = 2  # it waits for what it asked for
    PENDING = 3  # no lane has taken it yet


@dataclass(frozen=True, slots=True)
class Text:
    """A place in code; `stack` is how it was reached, the innermost line last."""

    name: str
    file: str = ""
    line: int = 0
    code: str = ""
    stack: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The name with file and line."""
        file = self.file.replace("\\", "/").rpartition("/")[2]
        return f"{self.name} ({file}:{self.line})" if file else self.name


class Slice(NamedTuple):
    """One stretch of a row, in nanoseconds of the batch; `text` is what it waited for."""

    row: int
    doing: Doing
    start: int
    end: int
    text: Text | None = None


class Step(NamedTuple):
    """One step on an event loop: ready, resumed and suspended, in nanoseconds of the batch."""

    task: int
    ready: int
    began: int
    ended: int
    last: bool

    @property
    def held(self) -> int:
        """How long it kept control."""
        return self.ended - self.began

    @property
    def lag(self) -> int:
        """How late it got it."""
        return self.began - self.ready


@dataclass(frozen=True, slots=True)
class Hold:
    """A step that was looked into while it held the loop: since when, and the code it was in."""

    task: int
    since: int
    seen: int
    text: Text


@dataclass(frozen=True, slots=True)
class Row:
    """A task of the workload, or what one of them has spawned.

    `kind` is "task", of what was spawned "coroutine", "thread" or "process", or "callback". `lane`
    is a number from 0, in the order in which lanes took their first task; `NONE`: it has none.
    """

    label: str
    kind: str = "task"
    lane: int = NONE
    place: str = ""
