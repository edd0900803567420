"""Traces as a file for speedscope.app: who had control, one profile a loop and one a thread.

Format: https://www.speedscope.app/file-format-schema.json, profiles of the type "evented".
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence

from asyncbench.analysis.trace.model import Doing, Slice
from asyncbench.analysis.trace.summary import TraceSummary
from asyncbench.analysis.trace.timeline import Timeline
from asyncbench.record.trace import NONE
from asyncbench.report.text import plain

SCHEMA = "https://www.speedscope.app/file-format-schema.json"
NAMES = {Doing.RUNNING: "running", Doing.QUEUED: "queued", Doing.WAITING: "waiting"}


class _Frames:
    """The frames that all profiles share, numbered as they come."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[str, str, int], int] = {}

    def number(self, name: str, file: str = "", line: int = 0) -> int:
        return self.numbers.setdefault((plain(name), plain(file), line), len(self.numbers))

    def text(self) -> str:
        return json.dumps(
            [
                {"name": name} | ({"file": file, "line": line} if file else {})
                for name, file, line in self.numbers
            ]
        )


def texts(summaries: Sequence[TraceSummary]) -> Iterator[str]:
    """Return the file in pieces; what the frames are called stands at its end."""
    frames = _Frames()
    yield f'{{"$schema": "{SCHEMA}", "exporter": "asyncbench", "profiles": [\n'
    comma = ""
    for summary in summaries:
        for name, slices in _profiles(summary):
            yield comma + _head(name, summary.timeline.wall_ns)
            yield from _events(summary.timeline, slices, frames)
            yield "]}"
            comma = ",\n"
    yield f'],\n"shared": {{"frames": {frames.text()}}}}}\n'


def _head(name: str, wall_ns: int) -> str:
    head = {
        "type": "evented",
        "name": plain(name),
        "unit": "nanoseconds",
        "startValue": 0,
        "endValue": wall_ns,
    }
    return json.dumps(head)[:-1] + ', "events": ['


def _profiles(summary: TraceSummary) -> Iterator[tuple[str, Iterator[Slice]]]:
    """Return what was run on one loop, and in each thread; slices in the order of time."""
    timeline, executor = summary.timeline, summary.trace.cell.executor
    on_loop = summary.loop and summary.trace.cell.has_loop
    lanes: dict[int, tuple[array[int], array[int]]] = {}  # starts and numbers of the slices of each
    if on_loop:
        lanes[0] = array("q"), array("q")
    for number, each in enumerate(timeline.slices()):
        if on_loop:
            lane = 0 if each.doing == Doing.RUNNING else None
        elif each.row >= timeline.tasks:
            lane = NONE - each.row
        else:
            lane = timeline.lane[each.row] if each.end > timeline.began[each.row] else None
        if lane is not None:
            starts, numbers = lanes.setdefault(lane, (array("q"), array("q")))
            starts.append(each.start)
            numbers.append(number)
    for lane, (starts, numbers) in sorted(
        lanes.items(), key=lambda item: (item[0] < 0, abs(item[0]))
    ):
        name = f"lane {lane}" if lane >= 0 else timeline.row(NONE - lane).label
        name = "the event loop" if on_loop else name
        places = sorted(range(len(starts)), key=starts.__getitem__)
        yield f"{executor}: {name}", (timeline.slice(numbers[place]) for place in places)


def _events(timeline: Timeline, slices: Iterable[Slice], frames: _Frames) -> Iterator[str]:
    at, comma = 0, ""
    for each in slices:
        # A task that was started eagerly lies within a step of another's.
        start, end = max(at, each.start), each.end
        if start >= end:
            continue
        row = timeline.row(each.row)
        stack = [frames.number(row.label), frames.number(row.place or row.label)]
        if each.doing != Doing.RUNNING:
            text = each.text
            stack.append(
                frames.number(f"waiting: {text.name}", text.file, text.line)
                if text
                else frames.number(NAMES[each.doing])
            )
        for frame in stack:
            yield comma + _event("O", frame, start)
            comma = ","
        for frame in reversed(stack):
            yield comma + _event("C", frame, end)
        at = end


def _event(kind: str, frame: int, at: int) -> str:
    return f'{{"type": "{kind}", "frame": {frame}, "at": {at}}}'
