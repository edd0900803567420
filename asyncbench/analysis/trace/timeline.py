"""A trace as a timeline: a row a task, in slices of who was running, queued or waiting, and when.

What "running" means is true to each family. A task of an event loop runs from one await to the
next, since nobody else can meanwhile, whatever it does; a thread or a process runs while it is on
a CPU, and while it waits for the GIL it is queued.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from asyncbench.analysis.trace.model import (
    Call,
    Doing,
    Endless,
    HandOver,
    Look,
    LoopTask,
    Slice,
    Step,
    Text,
    TimelineRow,
    task_label,
)
from asyncbench.analysis.trace.records import Records
from asyncbench.record.trace import NONE, Trace

DOINGS = tuple(Doing)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Timeline:
    """What the events of a trace come to; `builder.TimelineBuilder` makes it of them.

    The arrays are by index of the workload's tasks, in nanoseconds from the batch's beginning,
    `NONE` where it did not come to that: when a task was submitted (with the batch, or in its turn
    at a fixed rate), began and ended. `lane` is the lane it ran in; `cpu` and `delay` are the CPU
    time and the wait for a CPU that the clocks of its thread told, `NONE` where it ran on a loop.
    `running`, `queued` and `waiting` are for how long each task was that once it had begun.

    `lanes` are by number of a lane: the process, and in it the thread's native id or the loop's
    task. `spawned` are the rows of what tasks have spawned. `hand_overs` are the moments when a row
    got control that another had had last. `looks` are those into steps that held a loop for long.
    `missing` counts events that there was no room for. `longest_queue_ns` is
    the longest that a task which had begun had to wait for control. Of a program, `endless` are
    the tasks that did not end by themselves, `calls` what was called in threads, and `unnoted` from
    when to when nothing was noted but that and what held a loop, since it did too much.
    """

    trace: Trace
    submitted: array[int]
    began: array[int]
    ended: array[int]
    lane: array[int]
    cpu: array[int]
    delay: array[int]
    running: array[int]
    queued: array[int]
    waiting: array[int]
    lanes: Sequence[tuple[int, int]]
    labels: Sequence[str]
    place: str
    spawned: Sequence[TimelineRow]
    hand_overs: array[int]
    looks: Sequence[Look]
    missing: int
    longest_queue_ns: int
    slice_records: Records
    step_records: Records
    loop_task_records: Records
    hand_over_records: Records
    texts: Sequence[Text]
    endless: Sequence[Endless] = ()
    calls: Sequence[Call] = ()
    unnoted: Sequence[tuple[int, int]] = ()

    @property
    def tasks(self) -> int:
        """How many tasks the workload has."""
        return len(self.began)

    @property
    def rows(self) -> int:
        """How many rows there are: the workload's tasks, by index, then what they have spawned."""
        return self.tasks + len(self.spawned)

    @property
    def wall_ns(self) -> int:
        """How long the batch took, or went on."""
        return self.trace.wall_ns

    def row(self, number: int) -> TimelineRow:
        """Return a row."""
        if number >= self.tasks:
            return self.spawned[number - self.tasks]
        label = task_label(self.labels, number)
        return TimelineRow(label, "task", self.lane[number], self.place)

    def slices(self) -> Iterator[Slice]:
        """Return all slices, those of a row in the order of time."""
        texts = self.texts
        for row, doing, start, end, text in self.slice_records:
            yield Slice(row, DOINGS[doing], start, end, texts[text] if text != NONE else None)

    def slice(self, number: int) -> Slice:
        """Return a slice by its number in the order of `slices`."""
        row, doing, start, end, text = self.slice_records[number]
        return Slice(row, DOINGS[doing], start, end, self.texts[text] if text != NONE else None)

    def steps(self) -> Iterator[Step]:
        """Return all steps on event loops, in the order in which they ended."""
        return (Step(*numbers) for numbers in self.step_records)

    def handed_over(self) -> Iterator[HandOver]:
        """Return from whom to whom control went, in the order of time.

        Where rows run side by side, only those that it is known of.
        """
        return (HandOver(*numbers) for numbers in self.hand_over_records)

    def loop_tasks(self) -> Iterator[LoopTask]:
        """Return the tasks of event loops, in the order in which they were created."""
        for number, created, text, own in self.loop_task_records:
            yield LoopTask(number, created, self.texts[text], own == 1)
