"""Traces as a file for speedscope.app: who had control, one profile a loop and one a thread.

Format: https://www.speedscope.app/file-format-schema.json, profiles of the type "evented".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

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


def texts(anatomies: Sequence[TraceSummary]) -> Iterator[str]:
    """Give the file in pieces; what the frames are called stands at its end."""
    frames = _Frames()
    yield f'{{"$schema": "{SCHEMA}", "exporter": "asyncbench", "profiles": [\n'
    comma = ""
    for anatomy in anatomies:
        for name, slices in _profiles(anatomy):
            yield comma + _head(name, anatomy.timeline.wall_ns)
            yield from _events(anatomy.timeline, slices, frames)
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


def _profiles(anatomy: TraceSummary) -> Iterator[tuple[str, list[Slice]]]:
    """Give what was run on one loop, and in each thread; slices in the order of time."""
    timeline, executor = anatomy.timeline, anatomy.trace.cell.executor
    if anatomy.loop and anatomy.trace.cell.family == "cooperative":
        running = (each for each in timeline.slices() if each.doing == Doing.RUNNING)
        yield f"{executor}: the event loop", sorted(running, key=lambda each: each.start)
        return
    by_lane: dict[int, list[Slice]] = {}
    for each in timeline.slices():
        if each.row < timeline.tasks and each.end <= timeline.began[each.row]:
            continue
        lane = timeline.lane[each.row] if each.row < timeline.tasks else NONE - each.row
        by_lane.setdefault(lane, []).append(each)
    for lane, slices in sorted(by_lane.items(), key=lambda item: (item[0] < 0, abs(item[0]))):
        name = f"lane {lane}" if lane >= 0 else timeline.row(NONE - lane).label
        yield f"{executor}: {name}", sorted(slices, key=lambda each: each.start)


def _events(timeline: Timeline, slices: Sequence[Slice], frames: _Frames) -> Iterator[str]:
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
