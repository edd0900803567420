"""A trace as a timeline: a row a task, in slices of who was running, queued or waiting, and when.

What "running" means is true to each family. A task of an event loop runs from one await to the
next, since nobody else can meanwhile, whatever it does; a thread or a process runs while it is on
a CPU, and while it waits for the GIL it is queued.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from asyncbench.analysis.trace.builder import Ledger
from asyncbench.analysis.trace.model import ON_LOOP, Doing, Hold, Slice, Step, Text
from asyncbench.analysis.trace.slices import SliceReader, of_seen, punctual, within
from asyncbench.record.events import RECORD, EventKind, processes
from asyncbench.record.trace import NONE, Trace


class Timeline(Ledger):
    """Reads a trace; `running`, `queued` and `waiting` are for how long each task was that.

    They too are nanoseconds by index, and `queued` is what a task was after it had begun.
    """

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self.running, self.queued, self.waiting = (array("q", [0]) * self.tasks for _ in range(3))
        #: The moments when a row got control that another had had last.
        self.hand_overs = array("q")
        #: Events that there was no room for.
        self.missing = 0
        #: The longest that a task which had begun had to wait for control.
        self.longest_queue_ns = 0
        self._processes = processes(trace.folder)
        for events in self._processes:
            for text in events.texts.values():
                if "labels" in text:
                    self._labels, self._place = list(text["labels"]), str(text["place"])
        self._slicers = [SliceReader(self, events) for events in self._processes]
        self._measure()
        for events in self._processes:
            beyond = next((more for kind, _, _, _, more, _ in events if kind == EventKind.BATCH), 0)
            self.missing += max(0, beyond) // RECORD.size

    @property
    def wall_ns(self) -> int:
        """How long the batch took, or went on."""
        return self.trace.wall_ns

    def slices(self) -> Iterator[Slice]:
        """Give all slices, those of a row in the order of time; the events are read anew."""
        for slicer in self._slicers:
            yield from slicer.slices()
        yield from self._other_processes()

    def steps(self) -> Iterator[Step]:
        """Give all steps on event loops, in the order in which they ended."""
        zero, end = self.trace.began_ns, self.trace.ended_ns
        held = {hold.since: hold for hold in self.holds()}
        nested = (EventKind.NESTED, EventKind.LAST_NESTED)
        for events in self._processes:
            for kind, task, ready, began, ended, _ in punctual(events):
                if kind in nested:
                    held.pop(began - zero, None)
                if kind in (EventKind.STEP, EventKind.LAST_STEP) and zero <= began <= ended <= end:
                    held.pop(began - zero, None)
                    yield Step(
                        task,
                        max(ready, zero) - zero,
                        began - zero,
                        ended - zero,
                        kind == EventKind.LAST_STEP,
                    )
        for since, hold in held.items():  # it had not ended when the batch was given up
            yield Step(hold.task, since, since, self.wall_ns, last=False)

    def holds(self) -> Iterator[Hold]:
        """Give the steps that were looked into since they held a loop for long."""
        zero = self.trace.began_ns
        for events in self._processes:
            for kind, task, since, seen, text, _ in events:
                if kind == EventKind.HOLD and since >= zero:
                    yield Hold(task, since - zero, seen - zero, self.text(events, text))

    def of_loops(self) -> Iterator[tuple[int, Text, bool, int]]:
        """Give (number, what it is, whether it is an executor's own, when made) of loops' tasks."""
        zero = self.trace.began_ns
        for events in self._processes:
            for kind, task, created, _, text, own in events:
                if kind == EventKind.CREATED:
                    yield task, self.text(events, text), own == 1, created - zero

    def _measure(self) -> None:
        sums = {
            Doing.RUNNING: self.running, Doing.QUEUED: self.queued, Doing.WAITING: self.waiting
        }  # fmt: skip
        starts, rows = array("q"), array("q")
        on_loop = self.trace.cell.family == "cooperative"
        for row, doing, start, end, _ in self.slices():
            if doing is Doing.RUNNING and (
                row < self.tasks or not on_loop or self.row(row).kind in ON_LOOP
            ):
                starts.append(start)
                rows.append(row)
            # What lies before a task's beginning is no part of it.
            if row < self.tasks and end > self.began[row] and doing in sums:
                sums[doing][row] += end - start
                if doing is Doing.QUEUED:
                    self.longest_queue_ns = max(self.longest_queue_ns, end - start)
        self._find_hand_overs(starts, rows)
        for index, used in enumerate(self.cpu):
            if used != NONE:
                # What was seen of a thread is coarse; what its clocks say is exact.
                whole = self.ended[index] - self.began[index]
                self.running[index] = min(used, whole)
                delayed = self.queued[index] + self.delay[index]
                self.queued[index] = min(delayed, whole - self.running[index])
                self.waiting[index] = whole - self.running[index] - self.queued[index]

    def _find_hand_overs(self, starts: array[int], rows: array[int]) -> None:
        last = NONE
        for place in sorted(range(len(starts)), key=starts.__getitem__):
            if rows[place] != last and last != NONE:
                self.hand_overs.append(starts[place])
            last = rows[place]

    def _other_processes(self) -> Iterator[Slice]:
        """Give the slices of processes that tasks have started, which are seen and tell nothing."""
        trace = self.trace
        known = {events.pid for events in self._processes}
        for thread, seen in trace.threads.items():
            its_first = thread == seen.pid and seen.times and seen.times[0] > trace.began_ns
            if its_first and seen.pid not in known:
                number = self.spawned_number(0, seen.pid, f"process {seen.pid}", "process")
                its = of_seen(trace, thread, number, seen.times[0], trace.ended_ns)
                yield from within(trace, its)
