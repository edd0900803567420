"""Makes slices of a timeline out of one process's events, and of what was seen of its threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from asyncbench.analysis.trace.builder import Ledger
from asyncbench.analysis.trace.model import Doing, Slice
from asyncbench.record.events import EventKind, EventReader, ReadyTimes
from asyncbench.record.trace import NONE, ThreadState, Trace

Record = tuple[int, int, int, int, int, int]
STEPS = frozenset({EventKind.STEP, EventKind.LAST_STEP, EventKind.NESTED, EventKind.LAST_NESTED})
# Rows of callbacks are numbered below those of threads.
CALLBACKS = -(2**32)
LAST = (EventKind.LAST_STEP, EventKind.LAST_NESTED)
# Kinds of tasks of a loop, as `Kind.CREATED` tells them.
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


class SliceReader:
    """Reads the events of one process, once for each call of `slices`."""

    def __init__(self, ledger: Ledger, events: EventReader) -> None:
        self._ledger = ledger
        self._events = events
        self._trace = ledger.trace

    def slices(self) -> Iterator[Slice]:
        """Give the slices, those of a row in the order of time, within the batch."""
        self._tasks: dict[int, _Task] = {}
        self._open: dict[int, tuple[int, int, int, int]] = {}
        self._held: dict[int, int] = {}
        self._threads: dict[int, tuple[int, int]] = {}
        self._dues: dict[int, int] = {}
        self._lanes = self._trace.lanes or self._trace.work.concurrency
        return within(self._trace, self._all())

    def _all(self) -> Iterator[Slice]:
        for kind, subject, one, two, three, four in punctual(self._events):
            if kind in STEPS:
                yield from self._step(subject, one, two, three, four)
                if kind in LAST:
                    self._tasks.pop(subject, None)
            elif kind == EventKind.BEGIN:
                yield from self._begin(subject, one, two, three, four)
            elif kind == EventKind.END:
                yield from self._end(subject, one, two, three, four)
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
        yield from self._unfinished()

    def _begin(self, index: int, lane: int, time: int, used: int, delay: int) -> Iterator[Slice]:
        ledger, zero = self._ledger, self._trace.began_ns
        if not (0 <= index < ledger.tasks and zero <= time):
            return
        ledger.began[index] = time - zero
        ledger.submitted[index] = min(time - zero, ledger.due(index))
        ledger.lane[index] = ledger.lane_number(self._events.pid, lane)
        # Where there are fewer lanes than tasks, the later ones are in none until one is free.
        early = Doing.QUEUED if index < self._lanes or self._trace.rate else Doing.PENDING
        yield Slice(index, early, ledger.submitted[index] + zero, time)
        if used:
            self._open[index] = lane, time, used, delay
        else:
            self._tasks[lane].marks.append((time, EventKind.BEGIN, index))

    def _end(self, index: int, lane: int, time: int, used: int, delay: int) -> Iterator[Slice]:
        ledger = self._ledger
        if not (0 <= index < ledger.tasks and ledger.began[index] != NONE):
            return
        ledger.ended[index] = time - self._trace.began_ns
        if not used:
            self._tasks[lane].marks.append((time, EventKind.END, index))
            return
        _, began, used_before, delay_before = self._open.pop(index)
        ledger.cpu[index] = used - used_before
        ledger.delay[index] = delay - delay_before
        yield from of_thread(self._trace, lane, index, began, time, used - used_before)

    def _step(self, number: int, ready: int, began: int, ended: int, text: int) -> Iterator[Slice]:
        task = self._tasks.get(number)
        if task is None:
            return
        if task.kind in (SPAWNED, CALLBACK) and task.own == NONE and ended >= self._trace.began_ns:
            task.own = self._spawn(number, task)
            task.row = task.own if task.row == NONE else task.row
        if task.row != NONE:
            yield from self._before(task, ready, began, text)
        row, at = task.row, began
        for time, kind, index in task.marks:
            if kind == EventKind.END:
                yield Slice(row, Doing.RUNNING, at, time)
            row, at = (index if kind == EventKind.BEGIN else task.own), time
        if row != NONE:
            yield Slice(row, Doing.RUNNING, at, ended)
        task.marks.clear()
        task.row, task.suspended = row, ended

    def _before(self, task: _Task, ready: int, began: int, text: int) -> Iterator[Slice]:
        """Give what a task did since its last step: it waited, then had to wait for its turn."""
        since = task.suspended or task.created
        if ready <= since + TURN_NS:
            # That a task has become ready is not always told; where it had to wait, a text is.
            ready = began if text and ready < since else since
        waited_for = self._ledger.text(self._events, text) if text else None
        yield Slice(task.row, Doing.WAITING, since, ready, waited_for)
        yield Slice(task.row, Doing.QUEUED, ready, began)

    def _spawn(self, number: int, task: _Task) -> int:
        text = self._ledger.text(self._events, task.text)
        if task.kind == CALLBACK:  # all calls of one stand in one row
            return self._ledger.spawned_number(
                self._events.pid, CALLBACKS - task.text, text.name, "callback", text.place
            )
        return self._ledger.spawned_number(
            self._events.pid,
            number,
            self._below(self._tasks.get(task.parent), text.name),
            "coroutine",
            text.place,
        )

    def _below(self, parent: _Task | None, name: str) -> str:
        """Label what was spawned, with the label of the row that spawned it."""
        if parent is None:
            return name
        # The step that it was spawned in is yet to be told.
        row = next(
            (index for _, kind, index in parent.marks[::-1] if kind == EventKind.BEGIN), parent.row
        )
        return f"{self._ledger.row(row).label}>{name}" if row != NONE else name

    def _thread(self, thread: int, lane: int, time: int, text: int) -> None:
        its = self._ledger.text(self._events, text)
        by = next((index for index, (its_lane, *_) in self._open.items() if its_lane == lane), NONE)
        label = f"{self._ledger.row(by).label}>{its.name}" if by != NONE else its.name
        if by == NONE:
            label = self._below(self._tasks.get(lane), its.name)
        number = self._ledger.spawned_number(self._events.pid, -thread, label, "thread")
        self._threads[thread] = number, time

    def _unfinished(self) -> Iterator[Slice]:
        """Give the slices of what had not ended when the batch did, or was given up."""
        end = self._trace.ended_ns
        for index, (lane, began, _, _) in self._open.items():
            yield from of_thread(self._trace, lane, index, began, end, 0)
        for number, task in self._tasks.items():
            held = self._held.get(number, 0)
            since = held if held > task.suspended else 0
            if not since and task.marks:
                since = task.marks[0][0]
            if since:
                yield from self._step(number, since, since, max(since, end), 0)
            elif task.row != NONE:
                due = self._dues.get(number, 0)
                ready = min(end, due) if due > task.suspended and self._held else end
                yield Slice(task.row, Doing.WAITING, task.suspended, ready)
                yield Slice(task.row, Doing.QUEUED, ready, end)
        for thread, (row, began) in self._threads.items():
            yield from of_seen(self._trace, thread, row, began, end)


def punctual(events: Iterable[Record]) -> Iterator[Record]:
    """Give events in which a step was ready when its timer was due, where the loop was held then.

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


def of_thread(
    trace: Trace, thread: int, row: int, began: int, ended: int, used: int
) -> Iterator[Slice]:
    """Give the slices of a task in a thread that used so much CPU time, as far as it was seen.

    A task shorter than two looks is one slice of what its CPU time says it mostly did.
    """
    mostly = Doing.RUNNING if used * 2 >= ended - began else Doing.WAITING
    seen, resolution = trace.threads.get(thread), trace.resolution_ns
    if seen is None or resolution is None or ended - began < 2 * resolution:
        yield Slice(row, mostly, began, ended)
        return
    for state, start, end in seen.between(began, ended):
        yield Slice(row, OF_STATE.get(state, mostly), start, end)


def of_seen(trace: Trace, thread: int, row: int, began: int, ended: int) -> Iterator[Slice]:
    """Give the slices of a thread for as long as it was seen."""
    seen = trace.threads.get(thread)
    if seen is None:
        return
    for state, start, end in seen.between(began, ended):
        if state != ThreadState.UNSEEN:
            yield Slice(row, OF_STATE[state], start, end)


def within(trace: Trace, slices: Iterable[Slice]) -> Iterator[Slice]:
    """Give what of slices lies within the batch, in times from its beginning."""
    zero, wall = trace.began_ns, trace.wall_ns
    for row, doing, start, end, text in slices:
        first, last = max(0, start - zero), min(wall, end - zero)
        if first < last:
            yield Slice(row, doing, first, last, text)
