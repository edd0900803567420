"""Makes a timeline small enough to be drawn: rows folded into lines, short stretches joined.

A trace can have a million slices, and a browser holds some ten thousand shapes with ease. So what
follows each other closely is joined, and more closely the fewer slices there are: a trace that is
small enough is drawn slice by slice. Memory does not grow with the trace's length.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from asyncbench.analysis.trace.model import Doing, Slice, Text
from asyncbench.analysis.trace.timeline import Timeline
from asyncbench.record.trace import NONE
from asyncbench.report import layout
from asyncbench.report.text import plain

DRAWN = (Doing.RUNNING, Doing.QUEUED, Doing.WAITING)
MOST_LINES = 200
# Shapes of one page, and lines of one chart, at the least: so few that they always fit.
MOST_SHAPES = 20_000
FEWEST_LINES = 8
# The finest that stretches are joined to is this part of the batch; a wide screen has 2,000 pixels.
FINEST = 2**16
# Times of lines that several rows share are told by this part of the batch, or coarser ones.
COLUMNS = 2**11
# From this share of a time on a task is drawn as running all of it, as on a terminal.
MOSTLY = 0.5
PLURALS = {
    "task": "tasks", "coroutine": "coroutines", "thread": "threads", "process": "processes"
}  # fmt: skip
LONGEST_NAME = 80
LONGEST_TEXT = 120


class Shape(NamedTuple):
    """What a line did from `start` to `end`: so long running, queued and waiting; nanoseconds.

    It was joined of so many `slices`, 0 where several rows share the line; the times are those of
    all of them together then. `text` is the number of what it waited for, `NONE` for nothing.
    """

    start: int
    end: int
    running: float
    queued: float
    waiting: float
    slices: int = 1
    text: int = NONE

    @property
    def look(self) -> str:
        """What it looks like: running for most of the time, for a part, queued, waiting."""
        if self.running >= MOSTLY * (self.end - self.start):
            return "running"
        if self.running > 0:
            return "part"
        return "queued" if self.queued > self.waiting else "waiting"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A timeline to be drawn: what each line did in the order of time, and what was waited for.

    A line has a label, and a name that says what it is, too. `fold` rows share a line. What lies
    within `apart_ns` nanoseconds is joined (0: nothing is).
    """

    labels: Sequence[str]
    names: Sequence[str]
    lines: Sequence[Sequence[Shape]]
    texts: Sequence[str]
    fold: int
    apart_ns: float

    @property
    def shapes(self) -> int:
        """How many there are."""
        return sum(map(len, self.lines))


def downsample(timeline: Timeline, most: int) -> Drawing:
    """Return a timeline in at most `most` shapes, or a handful of lines where that is too few."""
    most_lines = max(FEWEST_LINES, min(MOST_LINES, most // 4))
    fold = max(1, -(-timeline.rows // most_lines))
    numbers: dict[Text, int] = {}
    if fold == 1:
        lines, apart = _alone(timeline, most, numbers)
    else:
        lines, apart = _together(timeline, most, fold)
    texts = [_short(text.place, LONGEST_TEXT) for text in numbers]
    named = [_named(timeline, first, fold) for first in range(0, timeline.rows, fold)]
    labels, names = [label for label, _ in named], [name for _, name in named]
    return Drawing(labels, names, lines, texts, fold, apart)


def _named(timeline: Timeline, first: int, fold: int) -> tuple[str, str]:
    """Return a line's label, and its name: the label with what kind of rows it has."""
    one = timeline.row(first)
    other = timeline.row(min(timeline.rows, first + fold) - 1)
    label = _short(one.label, LONGEST_NAME)
    if fold == 1:
        return label, f"{one.kind} {label}"
    label = f"{label}-{_short(other.label, LONGEST_NAME)}"
    return label, f"{PLURALS[one.kind] if one.kind == other.kind else 'rows'} {label}"


def _short(text: str, longest: int) -> str:
    return layout.shortened(plain(text), longest)


def _alone(
    timeline: Timeline, most: int, numbers: dict[Text, int]
) -> tuple[list[list[Shape]], float]:
    """Return each row's slices; where there are too many, those that are close together joined."""
    lines: list[list[Shape]] = [[] for _ in range(timeline.rows)]
    total, apart = 0, 0.0
    for row, doing, start, end, text in drawn(timeline):
        number = NONE if text is None else numbers.setdefault(text, len(numbers))
        total += _take(lines[row], _slice(doing, start, end, number), apart)
        if total > 2 * most:
            total, apart = _thinned(lines, most, apart, timeline.wall_ns)
    if total > most:
        total, apart = _thinned(lines, most, apart, timeline.wall_ns)
    return lines, apart


def _thinned(lines: list[list[Shape]], most: int, apart: float, wall_ns: int) -> tuple[int, float]:
    """Join what lies within a time that doubles until there are no more than `most` shapes.

    Return how many there are then, and that time in nanoseconds.
    """
    total = most + 1
    while total > most and apart <= wall_ns:
        apart = 2 * apart or wall_ns / FINEST
        total = 0
        for line in lines:
            shapes, line[:] = line[:], []
            total += sum(_take(line, shape, apart) for shape in shapes)
    return total, apart


def _take(line: list[Shape], shape: Shape, apart: float) -> int:
    """Take a shape into a line whose last it follows; return how many more shapes there are then.

    It is joined to the last where both lie within `apart`. A last one that is complete is joined
    to the one before where both were joined and look alike.
    """
    if not line or not apart:
        line.append(shape)
        return 1
    if shape.end - line[-1].start <= apart:
        line[-1] = _joined(line[-1], shape)
        return 0
    if len(line) > 1:
        before, last = line[-2:]
        close = last.start - before.end <= apart
        if close and min(before.slices, last.slices) > 1 and before.look == last.look:
            line[-2:] = [_joined(before, last), shape]
            return 0
    line.append(shape)
    return 1


def _slice(doing: Doing, start: int, end: int, text: int) -> Shape:
    took = end - start
    return Shape(
        start,
        end,
        took if doing == Doing.RUNNING else 0,
        took if doing == Doing.QUEUED else 0,
        took if doing == Doing.WAITING else 0,
        text=text,
    )


def _joined(one: Shape, other: Shape) -> Shape:
    return Shape(
        one.start,
        max(one.end, other.end),
        one.running + other.running,
        one.queued + other.queued,
        one.waiting + other.waiting,
        one.slices + other.slices,
        one.text if one.text == other.text else NONE,
    )


def _together(timeline: Timeline, most: int, fold: int) -> tuple[list[list[Shape]], float]:
    """Return what several rows did together, joined for as long as it looks alike."""
    lines = -(-timeline.rows // fold)
    columns, times = COLUMNS, _Columns(timeline, lines, fold)
    while True:
        drawn_lines = [
            list(times.shapes(line, timeline.wall_ns / columns)) for line in range(lines)
        ]
        if columns == 1 or sum(map(len, drawn_lines)) <= most:
            return drawn_lines, timeline.wall_ns / columns
        columns //= 2
        times.halve()


def drawn(timeline: Timeline) -> Iterator[Slice]:
    """Return the slices that are drawn: a row is empty until a lane takes it."""
    return (each for each in timeline.slices() if each.doing in DRAWN)


class _Columns:
    """For how long the rows of each line ran, were queued and waited, in each column of time."""

    def __init__(self, timeline: Timeline, lines: int, fold: int) -> None:
        width = timeline.wall_ns / COLUMNS
        count = lines * len(DRAWN)
        self._times = [array("d", [0.0]) * COLUMNS for _ in range(count)]
        # At a column, how many slices more than at the one before take all of it.
        whole = [array("l", [0]) * (COLUMNS + 1) for _ in range(count)]
        for row, doing, start, end, _ in drawn(timeline):
            place = row // fold * len(DRAWN) + doing
            first, last = int(start / width), int((end - 1) / width)
            times = self._times[place]
            if first == last:
                times[first] += end - start
            else:
                times[first] += (first + 1) * width - start
                times[last] += end - last * width
                whole[place][first + 1] += 1
                whole[place][last] -= 1
        for times, changes in zip(self._times, whole, strict=True):
            now = 0
            for column in range(COLUMNS):
                now += changes[column]
                times[column] += now * width

    def halve(self) -> None:
        """Make one column of each two."""
        for place, times in enumerate(self._times):
            self._times[place] = array("d", map(sum, zip(times[::2], times[1::2], strict=True)))

    def shapes(self, line: int, width: float) -> Iterator[Shape]:
        """Return the shapes of a line, columns of `width` nanoseconds that look alike as one."""
        first = line * len(DRAWN)
        now = None
        columns = zip(*self._times[first : first + len(DRAWN)], strict=True)
        for column, times in enumerate(columns):
            start, end = round(column * width), round((column + 1) * width)
            # What is less than a nanosecond comes of computing, and not of the trace.
            running, queued, waiting = map(round, times)
            some = running or queued or waiting
            shape = Shape(start, end, running, queued, waiting, 0) if some else None
            if now and shape and now.look == shape.look:
                now = _joined(now, shape)
                continue
            if now:
                yield now
            now = shape
        if now:
            yield now
