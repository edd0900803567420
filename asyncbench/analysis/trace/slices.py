"""Makes slices of a timeline out of one process's events, and of what was seen of its threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from asyncbench.analysis.trace.endless import EndlessTasks
from asyncbench.analysis.trace.model import Call, Doing
from asyncbench.analysis.trace.rows import ProcessTexts, RowTable
from asyncbench.analysis.trace.slice_writer import SliceWriter
from asyncbench.errors import DamagedTraceError
from asyncbench.record.events import EventKind, ReadyTimes
from asyncbench.record.trace import NONE, ThreadState, Trace

Record = tuple[int, int, int, int, int, int]
# What a thread did, from when, to when.
Stretch = tuple[Doing, int, int]
STEPS = frozenset({EventKind.STEP, EventKind.LAST_STEP, EventKind.NESTED, EventKind.LAST_NESTED})
# Rows of callbacks are numbered below those of threads.
CALLBACKS = -(2**32)
LAST = (EventKind.LAST_STEP, EventKind.LAST_NESTED)
# Kinds of tasks of a loop, as `EventKind.CREATED` tells them.
SPAWNED, CALLBACK = 0, 2
# What is ready so soon had nothing to wait for but its turn.
TURN_NS = 2_000
OF_STATE = {
    ThreadState.RUNNING: Doing.RUNNING,
    ThreadState.GIL: Doing.QUEUED,
    ThreadState.LOCK: Doing.WAITING,
    ThreadState.WAITING: Doing.WAITING,
}


@dataclass(slots=True)
class _Task:
    """A task of a loop, as far as the events have told.

    `row` is what it was about when it was last suspended; `own` is its own row, where it has one.
    `marks` are beginnings and ends of the workload's tasks in the step that is yet to be told.
    """

    created: int
    parent: int
    text: int
    kind: int
    suspended: int = 0
    row: int = NONE
    own: int = NONE
    marks: list[tuple[int, int, int]] = field(default_factory=list)


class ProcessSlicer:
    """Makes slices out of the events of one process, which it is given one by one."""

    def __init__(
        self, trace: Trace, pid: int, rows: RowTable, texts: ProcessTexts, writer: SliceWriter
    ) -> None:
        self._trace = trace
        self._pid = pid
        self._rows = rows
        self._texts = texts
        self._add, self._rest = writer.add, writer.rest
        self._tasks: dict[int, _Task] = {}
        self._open: dict[int, tuple[int, int, int, int]] = {}
        self._held: dict[int, int] = {}
        self._threads: dict[int, tuple[int, int]] = {}
        self._dues: dict[int, int] = {}
        self._lanes = trace.lanes or trace.work.concurrency
        self._used: dict[int, int] = {}
        self._pooled: dict[int, str] = {}
        #: Of a program: the tasks that did not end by themselves, and what threads called.
        self.endless = EndlessTasks(trace)
        self.calls: list[Call] = []

    def take(self, event: Record) -> None:
        """Take in an event."""
        kind, subject, one, two, three, four = event
        if kind in STEPS:
            self._step(subject, one, two, three, four)
            if kind in LAST:
                self._tasks.pop(subject, None)
                self.endless.ended(subject)
        elif kind == EventKind.BEGIN:
            self._begin(subject, one, two, three, four)
        elif kind == EventKind.END:
            self._end(subject, one, two, three, four)
        elif kind == EventKind.CREATED:
            self._tasks[subject] = _Task(one, two, three, four)
        elif kind == EventKind.DUE:
            self._dues[subject] = one
        elif kind == EventKind.BATCH:
            self._lanes = four or self._lanes
        elif kind == EventKind.HOLD:
            self._held[subject] = one
        elif kind == EventKind.THREAD:
            self._thread(subject, one, two, three)
        else:
            self._take_of_program(event)

    def _take_of_program(self, event: Record) -> None:
        kind, subject, one, two, three, four = event
        if kind == EventKind.AWAITS:
            if self.endless.awaits(subject, one, two, three):
                self._never_ended(subject, one)
        elif kind == EventKind.USED:
            self._used[subject] = one
        elif kind == EventKind.CALL:
            self._call(subject, one, two, three, four)
        elif kind == EventKind.UNNOTED:
            self._rest(one, two)

    def finish(self) -> None:
        """Add the slices of what had not ended when the batch did, or was given up."""
        end = self._trace.ended_ns
        for index, (lane, began, _, _) in self._open.items():
            self._add_task_in_thread(lane, index, began, end, 0)
        for number, task in self._tasks.items():
            held = self._held.get(number, 0)
            since = held if held > task.suspended else 0
            if not since and task.marks:
                since = task.marks[0][0]
            if since:
                self._step(number, since, since, max(since, end), 0)
            elif task.row != NONE:
                if self._trace.program and not self._trace.attached:
                    self._never_ended(number, end)
                due = self._dues.get(number, 0)
                ready = min(end, due) if due > task.suspended and self._held else end
                self._add(task.row, Doing.WAITING, task.suspended, ready)
                self._add(task.row, Doing.QUEUED, ready, end)
        for thread, (row, began) in self._threads.items():
            for stretch in seen_slices(self._trace, thread, began, end):
                self._add(row, *stretch)

    def _never_ended(self, number: int, until: int) -> None:
        task = self._tasks.get(number)
        if task is not None and task.kind != CALLBACK:
            label = self._rows.label(task.own) if task.own != NONE else self._text_name(task)
            text = self.endless.text_of(number, self._texts.text)
            code = self._texts.text(task.text)
            since = task.suspended or task.created
            self.endless.add(number, label, since, until, text, code)

    def _text_name(self, task: _Task) -> str:
        return self._texts.text(task.text).name

    def _call(self, thread: int, asked: int, began: int, ended: int, text: int) -> None:
        """Add a call in a thread: the rows of a pool's threads are numbered as they come."""
        zero, called = self._trace.began_ns, self._texts.text(text)
        pooled = asked < began
        if pooled and thread not in self._pooled:
            self._pooled[thread] = f"worker {len(self._pooled) + 1}"
        label = self._pooled.get(thread, called.name)
        row = self._rows.spawned_number(self._pid, -thread, label, "thread")
        self._add_task_in_thread(thread, row, began, ended, self._used.pop(thread, 0))
        self.calls.append(Call(asked - zero, began - zero, ended - zero, called))

    def _begin(self, index: int, lane: int, time: int, used: int, delay: int) -> None:
        rows, zero, rate = self._rows, self._trace.began_ns, self._trace.rate
        if not (0 <= index < rows.tasks and zero <= time):
            return
        due = round(index / rate * 1e9) if rate else 0
        rows.began[index] = time - zero
        rows.submitted[index] = min(time - zero, due)
        rows.lane[index] = rows.lane_number(self._pid, lane)
        # Where there are fewer lanes than tasks, the later ones are in none until one is free.
        early = Doing.QUEUED if index < self._lanes or rate else Doing.PENDING
        self._add(index, early, rows.submitted[index] + zero, time)
        if used:
            self._open[index] = lane, time, used, delay
        else:
            self._mark(lane, time, EventKind.BEGIN, index)

    def _end(self, index: int, lane: int, time: int, used: int, delay: int) -> None:
        rows = self._rows
        if not (0 <= index < rows.tasks and rows.began[index] != NONE):
            return
        rows.ended[index] = time - self._trace.began_ns
        if rows.ended[index] < rows.began[index] or (used and index not in self._open):
            raise DamagedTraceError(f"task {index} ended before it began")
        if not used:
            self._mark(lane, time, EventKind.END, index)
            return
        _, began, used_before, delay_before = self._open.pop(index)
        rows.cpu[index] = used - used_before
        rows.delay[index] = delay - delay_before
        self._add_task_in_thread(lane, index, began, time, used - used_before)

    def _mark(self, lane: int, time: int, kind: EventKind, index: int) -> None:
        """Note where a task begins or ends within a step of its lane."""
        task = self._tasks.get(lane)
        if task is None:
            raise DamagedTraceError(f"task {index} is in a lane that nothing made")
        task.marks.append((time, kind, index))

    def _step(self, number: int, ready: int, began: int, ended: int, text: int) -> None:
        task = self._tasks.get(number)
        if task is None:
            return
        if task.kind in (SPAWNED, CALLBACK) and task.own == NONE and ended >= self._trace.began_ns:
            task.own = self._spawn(number, task)
            task.row = task.own if task.row == NONE else task.row
        if task.row != NONE:
            self._add_before(task, ready, began, text)
        row, at = task.row, began
        for time, kind, index in task.marks:
            if kind == EventKind.END:
                self._add(row, Doing.RUNNING, at, time)
            row, at = (index if kind == EventKind.BEGIN else task.own), time
        if row != NONE:
            self._add(row, Doing.RUNNING, at, ended)
        task.marks.clear()
        task.row, task.suspended = row, ended

    def _add_before(self, task: _Task, ready: int, began: int, text: int) -> None:
        """Add what a task did since its last step: it waited, then had to wait for its turn."""
        since = task.suspended or task.created
        if ready <= since + TURN_NS:
            # That a task has become ready is not always told; where it had to wait, a text is.
            ready = began if text and ready < since else since
        waited_for = self._texts.place(text) if text else NONE
        self._add(task.row, Doing.WAITING, since, ready, waited_for)
        self._add(task.row, Doing.QUEUED, ready, began)

    def _add_task_in_thread(self, thread: int, row: int, began: int, ended: int, used: int) -> None:
        """Add a task in a thread that used so much CPU time, as far as it was seen.

        A task shorter than two looks is one slice of what its CPU time says it mostly did.
        """
        mostly = Doing.RUNNING if used * 2 >= ended - began else Doing.WAITING
        seen, resolution = self._trace.threads.get(thread), self._trace.resolution_ns
        if seen is None or resolution is None or ended - began < 2 * resolution:
            self._add(row, mostly, began, ended)
            return
        for state, start, end in seen.between(began, ended):
            self._add(row, OF_STATE.get(state, mostly), start, end)

    def _spawn(self, number: int, task: _Task) -> int:
        text = self._texts.text(task.text)
        if task.kind == CALLBACK:  # all calls of one stand in one row
            key, label, kind = CALLBACKS - task.text, text.name, "callback"
        else:
            label = self._below(self._tasks.get(task.parent), text.name)
            key, kind = number, "coroutine"
        return self._rows.spawned_number(self._pid, key, label, kind, text.place)

    def _below(self, parent: _Task | None, name: str) -> str:
        """Return the label of what was spawned: with that of the row that spawned it."""
        if parent is None:
            return name
        # The step that it was spawned in is yet to be told.
        row = next(
            (index for _, kind, index in parent.marks[::-1] if kind == EventKind.BEGIN), parent.row
        )
        return f"{self._rows.label(row)}>{name}" if row != NONE else name

    def _thread(self, thread: int, lane: int, time: int, text: int) -> None:
        name = self._texts.text(text).name
        parent = next((index for index, task in self._open.items() if task[0] == lane), NONE)
        if parent == NONE:
            label = self._below(self._tasks.get(lane), name)
        else:
            label = f"{self._rows.label(parent)}>{name}"
        number = self._rows.spawned_number(self._pid, -thread, label, "thread")
        self._threads[thread] = number, time


def punctual(events: Iterable[Record]) -> Iterator[Record]:
    """Return events in which a step was ready when its timer was due, where the loop was held then.

    `ReadyTimes` tells which.
    """
    ready_times = ReadyTimes()
    for event in events:
        kind, subject, ready, began, end, text = event
        if kind == EventKind.DUE:
            ready_times.timer_due(subject, ready)
        elif kind in STEPS:
            ready = ready_times.of_step(subject, ready, end)
            event = kind, subject, ready, began, end, text
        yield event


def seen_slices(trace: Trace, thread: int, began: int, ended: int) -> Iterator[Stretch]:
    """Return what a thread did, for as long as it was seen."""
    seen = trace.threads.get(thread)
    for state, start, end in seen.between(began, ended) if seen else ():
        if state != ThreadState.UNSEEN:
            yield OF_STATE[state], start, end
