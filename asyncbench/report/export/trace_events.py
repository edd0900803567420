"""Traces as Chrome's trace events, which ui.perfetto.dev and chrome://tracing open.

An executor is a process there, and a lane or a spawned task is a thread with its name. A task is a
slice with slices below it: running, queued, waiting and for what. Flows lead from who gave control
to who took it, and each hold of a loop is one slice below the loop's turn. Counters tell how late
steps on a loop got control, and how many were ready. Format: "Trace Event Format", Google (2016),
JSON object.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from asyncbench.analysis.trace.blocking import BlockingStep
from asyncbench.analysis.trace.loop_usage import turns
from asyncbench.analysis.trace.model import Doing, Step
from asyncbench.analysis.trace.summary import TraceSummary
from asyncbench.analysis.trace.timeline import Timeline
from asyncbench.record.trace import NONE
from asyncbench.report.text import plain

Event = dict[str, Any]

# Threads in the order in which they are to stand; a thread of its process's number would be taken
# for the process's main one, and 0 for nobody's.
LOOP = 1000
FIRST_LANE = 1001
HOLD = "hold of the loop"
HAND_OVER = "hand-over"
NAMES = {Doing.RUNNING: "running", Doing.QUEUED: "queued", Doing.WAITING: "waiting"}
# Colours that both viewers know by name.
COLOURS = {Doing.RUNNING: "good", Doing.QUEUED: "bad", Doing.WAITING: "grey"}


def texts(summaries: Sequence[TraceSummary]) -> Iterator[str]:
    """Return the file in pieces, an event each, so that a long one needs no memory."""
    yield '{"displayTimeUnit": "ms", "otherData": {"made by": "asyncbench"}, "traceEvents": [\n'
    comma, flows, encode = "", itertools.count(1), msgspec.json.Encoder().encode
    for number, summary in enumerate(summaries, 1):
        for event in _events(summary, number, flows):
            event["pid"] = number
            yield comma + encode(event).decode()
            comma = ",\n"
    yield "\n]}\n"


def _events(summary: TraceSummary, number: int, flows: Iterator[int]) -> Iterator[Event]:
    timeline, trace = summary.timeline, summary.trace
    name = plain(f"{trace.work.workload} under {trace.cell.executor}")
    yield _named("process_name", LOOP, name)
    yield {"ph": "M", "name": "process_sort_index", "tid": LOOP, "args": {"sort_index": number}}
    yield from _threads(timeline, on_loop=summary.loop is not None)
    yield from _tasks(timeline)
    yield from _parts(timeline)
    if summary.loop:
        yield from _turns(timeline)
        yield from _holds(summary.loop.blocking)
    # After the slices that they bind to: viewers go by time, and then by the order in the file.
    yield from _hand_overs(timeline, flows)
    yield from _counters(timeline, on_loop=summary.loop is not None)


def _named(kind: str, thread: int, name: str) -> Event:
    return {"ph": "M", "name": kind, "tid": thread, "args": {"name": name}}


def _threads(timeline: Timeline, *, on_loop: bool) -> Iterator[Event]:
    """Return names of lanes, then of what tasks have spawned, in the order of the picture."""
    if on_loop:
        yield _named("thread_name", LOOP, "turns of the loop")
    for lane, (pid, key) in enumerate(timeline.lanes):
        what = f"process {pid}" if key == pid else f"thread {key}"
        if on_loop and timeline.trace.cell.has_loop:
            what = f"task {key} of the loop"
        yield _named("thread_name", FIRST_LANE + lane, f"lane {lane}, {what}")
    for row in range(timeline.tasks, timeline.rows):
        yield _named("thread_name", _thread(timeline, row), plain(timeline.row(row).label))


def _thread(timeline: Timeline, row: int) -> int:
    if row < timeline.tasks:
        return FIRST_LANE + timeline.lane[row]
    return FIRST_LANE + len(timeline.lanes) + row - timeline.tasks


def _tasks(timeline: Timeline) -> Iterator[Event]:
    for index, began in enumerate(timeline.began):
        if began == NONE:
            continue
        ended = timeline.ended[index] if timeline.ended[index] != NONE else timeline.wall_ns
        yield {
            **_slice(_thread(timeline, index), _name(timeline, index), began, ended),
            "cat": "task",
            "args": {
                "index": index,
                "submitted_us": timeline.submitted[index] / 1e3,
                "queueing_us": (began - timeline.submitted[index]) / 1e3,
                "service_us": timeline.running[index] / 1e3,
                "finished": timeline.ended[index] != NONE,
                "code": plain(timeline.row(index).place),
            },
        }


def _parts(timeline: Timeline) -> Iterator[Event]:
    for row, doing, start, end, text in timeline.slices():
        if row < timeline.tasks and end <= timeline.began[row]:
            continue  # it waited for a lane, in which others were then
        name = f"{_name(timeline, row)}: {NAMES[doing]}"
        if text:
            name = f"{name} for {plain(text.place)}"
        yield {
            **_slice(_thread(timeline, row), name, start, end),
            "cat": NAMES[doing],
            "cname": COLOURS[doing],
        }


def _name(timeline: Timeline, row: int) -> str:
    """Return what a row is called: a number alone would say nothing among others' slices."""
    label = plain(timeline.row(row).label)
    return f"task {label}" if label.isdecimal() else label


def _slice(thread: int, name: str, start: int, end: int) -> Event:
    return {"ph": "X", "tid": thread, "name": name, "ts": start / 1e3, "dur": (end - start) / 1e3}


def _turns(timeline: Timeline) -> Iterator[Event]:
    for began, ended, steps in turns(timeline.steps()):
        yield _slice(LOOP, "turn", began, ended) | {"cat": "loop", "args": {"ready": steps}}


def _holds(steps: Sequence[BlockingStep]) -> Iterator[Event]:
    """Return a slice a hold, however often it was looked into."""
    for step in steps:
        who, others = plain(step.tasks[0]), len(step.tasks) - 1
        who = f"task {who}" if who.isdecimal() else who
        name = f"{who}{f' and {others:,} more' if others else ''} held the loop in"
        yield {
            **_slice(LOOP, f"{name} {plain(step.text.place)}", step.since_ns, step.end_ns),
            "cat": HOLD,
            "cname": "terrible",
            "args": {
                "code": plain(step.text.code),
                "seen": step.seen,
                "share of looks": step.share,
                "stack": [plain(line) for line in step.text.stack],
            },
        }


def _hand_overs(timeline: Timeline, flows: Iterator[int]) -> Iterator[Event]:
    """Return a flow a hand-over, from within the slice of one to within that of the other.

    A viewer would bind what lies at an end to the slice before or after it.
    """
    for left, taken, giver, taker in timeline.handed_over():
        flow = {"name": HAND_OVER, "cat": HAND_OVER, "id": next(flows)}
        yield {"ph": "s", "tid": _thread(timeline, giver), "ts": max(0, left - 1) / 1e3, **flow}
        yield {
            "ph": "f", "bp": "e", "tid": _thread(timeline, taker), "ts": (taken + 1) / 1e3, **flow
        }  # fmt: skip


def _counters(timeline: Timeline, *, on_loop: bool) -> Iterator[Event]:
    ready, gone = array("q"), array("q")
    if on_loop:
        for step in timeline.steps():
            ready.append(step.ready)
            gone.append(step.began)
            yield _lag(step)
    else:
        for row, doing, start, end, _ in timeline.slices():
            if doing == Doing.QUEUED and row < timeline.tasks and start >= timeline.began[row]:
                ready.append(start)
                gone.append(end)
    now = 0
    for moment, change in _merged(ready, gone):
        now += change
        yield _counter("runnable tasks", moment, "ready", now)


def _lag(step: Step) -> Event:
    return _counter("loop lag (us)", step.began, "lag", max(0, step.lag) / 1e3)


def _counter(name: str, moment: int, series: str, value: float) -> Event:
    return {"ph": "C", "tid": LOOP, "name": name, "ts": moment / 1e3, "args": {series: value}}


def _merged(ups: array[int], downs: array[int]) -> Iterator[tuple[int, int]]:
    """Return (moment, +1 or -1) in the order of time; at one moment up comes first."""
    ups, downs = array("q", sorted(ups)), array("q", sorted(downs))
    place = 0
    for down in downs:
        while place < len(ups) and ups[place] <= down:
            yield ups[place], 1
            place += 1
        yield down, -1
