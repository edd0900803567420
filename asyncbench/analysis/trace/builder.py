"""Builds a timeline in one pass over the events of a trace."""

from __future__ import annotations

from array import array

from asyncbench.analysis.trace.loop_events import LoopEvents
from asyncbench.analysis.trace.model import ON_LOOP, Call, Doing, Endless, Text
from asyncbench.analysis.trace.records import Records
from asyncbench.analysis.trace.rows import ProcessTexts, RowTable
from asyncbench.analysis.trace.slice_writer import SliceWriter
from asyncbench.analysis.trace.slices import ProcessSlicer, punctual, seen_slices
from asyncbench.analysis.trace.timeline import Timeline
from asyncbench.record.event_reader import EventReader, processes
from asyncbench.record.events import RECORD, EventKind
from asyncbench.record.trace import NONE, Trace


class TimelineBuilder:
    """Reads a trace's events once, and keeps of them what a timeline has."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._processes = processes(trace.folder)
        self._rows = RowTable(trace, self._processes)
        self._texts: list[Text] = []
        self._writer = SliceWriter(trace)
        self._loops = LoopEvents(trace)
        self._missing = 0
        self._endless: list[Endless] = []
        self._calls: list[Call] = []

    def build(self) -> Timeline:
        """Return the timeline; to be called once."""
        for events in self._processes:
            self._read(events)
        self._loops.add_unfinished()
        self._add_other_processes()
        rows, slices = self._rows, self._writer.slices
        running, queued, waiting, longest_queue = self._times()
        moments, hand_overs = self._hand_overs()
        return Timeline(
            trace=self._trace,
            submitted=rows.submitted,
            began=rows.began,
            ended=rows.ended,
            lane=rows.lane,
            cpu=rows.cpu,
            delay=rows.delay,
            running=running,
            queued=queued,
            waiting=waiting,
            lanes=rows.lanes,
            labels=rows.labels,
            place=rows.place,
            spawned=rows.spawned,
            hand_overs=moments,
            looks=self._loops.looks,
            missing=self._missing,
            longest_queue_ns=longest_queue,
            slice_records=slices,
            step_records=self._loops.steps,
            loop_task_records=self._loops.tasks,
            hand_over_records=hand_overs,
            texts=self._texts,
            endless=self._endless,
            calls=self._calls,
            unnoted=self._writer.unnoted,
        )

    def _read(self, events: EventReader) -> None:
        texts = ProcessTexts(events, self._texts)
        slicer = ProcessSlicer(self._trace, events.pid, self._rows, texts, self._writer)
        beyond = None  # as the first record of the batch has it
        for event in punctual(events):
            slicer.take(event)
            self._loops.take(event, texts)
            if beyond is None and event[0] == EventKind.BATCH:
                beyond = event[4]
        slicer.finish()
        self._endless += slicer.endless.found()
        self._calls += slicer.calls
        self._missing += max(0, beyond or 0) // RECORD.size

    def _add_other_processes(self) -> None:
        """Add the slices of processes that tasks have started, which are seen and tell nothing."""
        trace = self._trace
        known = {events.pid for events in self._processes}
        for thread, seen in trace.threads.items():
            first = thread == seen.pid and seen.times and seen.times[0] > trace.began_ns
            if first and seen.pid not in known:
                row = self._rows.spawned_number(0, seen.pid, f"process {seen.pid}", "process")
                for stretch in seen_slices(trace, thread, seen.times[0], trace.ended_ns):
                    self._writer.add(row, *stretch)

    def _times(self) -> tuple[array[int], array[int], array[int], int]:
        """Return for how long each task ran, was queued and waited, and the longest in a queue."""
        rows = self._rows
        running, queued, waiting = times = [array("q", [0]) * rows.tasks for _ in range(3)]
        longest_queue = 0
        for row, doing, start, end, _ in self._writer.slices:
            # What lies before a task's beginning is no part of it.
            if row < rows.tasks and end > rows.began[row] and doing != Doing.PENDING:
                times[doing][row] += end - start
                if doing == Doing.QUEUED:
                    longest_queue = max(longest_queue, end - start)
        for index, used in enumerate(rows.cpu):
            if used != NONE:
                # What was seen of a thread is coarse; what its clocks say is exact.
                whole = rows.ended[index] - rows.began[index]
                running[index] = min(used, whole)
                delayed = queued[index] + rows.delay[index]
                queued[index] = min(delayed, whole - running[index])
                waiting[index] = whole - running[index] - queued[index]
        return running, queued, waiting, longest_queue

    def _hand_overs(self) -> tuple[array[int], Records]:
        """Return the moments when another row got control, and from whom to whom it went."""
        starts, ends, rows = array("q"), array("q"), array("l")
        for row, doing, start, end, _ in self._writer.slices:
            if doing == Doing.RUNNING and self._takes_control(row):
                starts.append(start)
                ends.append(end)
                rows.append(row)
        moments, records = array("q"), Records("<2q2i")  # left, taken, giver, taker
        last, left = NONE, 0
        for place in _in_order(starts):
            row, taken = rows[place], starts[place]
            if row != last and last != NONE:
                moments.append(taken)
                # On a loop, who still has control has stepped another; elsewhere both run.
                if left <= taken or self._trace.cell.has_loop:
                    records.append(min(left, taken), taken, last, row)
            last, left = row, ends[place]
        return moments, records

    def _takes_control(self, row: int) -> bool:
        """Return whether others of its kind cannot run meanwhile: beside a loop they can."""
        tasks = self._rows.tasks
        on_loop = self._trace.cell.has_loop
        return row < tasks or not on_loop or self._rows.spawned[row - tasks].kind in ON_LOOP


def _in_order(times: array[int]) -> range | list[int]:
    """Return the places of times in their order; those of one loop mostly are in order."""
    places = range(len(times))
    if all(times[place - 1] <= times[place] for place in places[1:]):
        return places
    return sorted(places, key=times.__getitem__)
