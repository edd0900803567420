"""What a timeline is made of: rows, slices, steps, hand-overs, looks, and places in code."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from asyncbench.record.events import code_place
from asyncbench.record.trace import NONE

# Rows of these kinds hold a loop; threads and processes run beside it.
ON_LOOP = ("task", "coroutine", "callback")


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
        return code_place(self.name, self.file, self.line)


class HandOver(NamedTuple):
    """Control that one row had until `left` and another from `taken` on; ns of the batch."""

    left: int
    taken: int
    giver: int
    taker: int


def task_label(labels: Sequence[str], index: int) -> str:
    """Return the label of a task of the workload: its number where it is beyond those labelled."""
    return labels[index] if index < len(labels) else str(index)


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

    @property
    def held(self) -> int:
        """How long it kept control."""
        return self.ended - self.began

    @property
    def lag(self) -> int:
        """How late it got it."""
        return self.began - self.ready


class LoopTask(NamedTuple):
    """A task of an event loop: its number, when it was created (ns of the batch), and what it is.

    `own` tells whether it is an executor's, and not spawned by a task of the workload.
    """

    number: int
    created: int
    text: Text
    own: bool


@dataclass(frozen=True, slots=True)
class Look:
    """A look into a step while it held the loop: since when it did, and the code it was in.

    There are as many of one step as there was time for; `blocking` tells each step once.
    """

    task: int
    since: int
    seen: int
    text: Text


@dataclass(frozen=True, slots=True)
class Endless:
    """A task that did not end by itself: it waited from `since` until `until`, in ns of the batch.

    `text` is where, None where nobody saw it; `code` is where the code of the task begins.
    """

    label: str
    since: int
    until: int
    text: Text | None
    code: Text


class Call(NamedTuple):
    """What was called in a thread: when it was asked for, began and ended, in ns of the batch."""

    asked: int
    began: int
    ended: int
    text: Text


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A task of the workload, or what one of them has spawned.

    `kind` is "task", of what was spawned "coroutine", "thread" or "process", or "callback". `lane`
    is a number from 0, in the order in which lanes took their first task; `NONE`: it has none.
    """

    label: str
    kind: str = "task"
    lane: int = NONE
    place: str = ""
