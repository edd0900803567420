"""A timeline in characters: a line a task, or so many tasks as fit, with a time axis below."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from math import floor, log10
from typing import NamedTuple

from asyncbench import units
from asyncbench.analysis.trace.model import Doing
from asyncbench.analysis.trace.timeline import Timeline
from asyncbench.report import layout
from asyncbench.report.text import cells, in_lines, padded, plain

GAP = 2
LEAST_WIDTH = 20
LONGEST_LABEL = 18
MOST_LINES = 24
# From this share of a character's time on a task is drawn as running all of it.
MOSTLY = 0.5
HAND_OVERS = "hand-overs"

Paint = Callable[[str, str], str]


class Marks(NamedTuple):
    """What a task is drawn with, a character each."""

    running: str
    briefly: str
    queued: str
    waiting: str
    pending: str
    tick: str
    cut: str


UNICODE = Marks("█", "▌", "░", "─", "·", "│", "…")
ASCII = Marks("#", "+", ":", "-", ".", "|", "~")
# By the mark's name, for whoever colours them.
NAMES = ("running", "running", "queued", "waiting", "pending")


def bare(text: str, name: str) -> str:
    """Return a text without colour."""
    return text


def legend(width: int, marks: Marks = UNICODE, paint: Paint = bare) -> str:
    """Return what the marks mean, in lines of at most `width` cells."""
    parts = (
        (marks.running, "running", "running"),
        (marks.briefly, "running", "for a part of it"),
        (marks.queued, "queued", "ready, others run"),
        (marks.waiting, "waiting", "waiting"),
        (marks.pending, "pending", "in no lane yet"),
    )
    *words, last = (f"{paint(mark, name)} {text}" for mark, name, text in parts)
    return "\n".join(in_lines([*(f"{word};" for word in words), last], width, " "))


def draw(
    timeline: Timeline,
    width: int,
    marks: Marks = UNICODE,
    paint: Paint = bare,
    most_lines: int = MOST_LINES,
) -> str:
    """Return the lines, none longer than `width` characters but for what `paint` adds to them.

    Where there are more rows than `most_lines`, neighbours share a line.
    """
    groups = _groups(timeline, most_lines)
    labels = [
        layout.shortened(plain(_label(timeline, group)), LONGEST_LABEL, marks.cut)
        for group in groups
    ]
    indent = max(map(cells, [HAND_OVERS, *labels])) + GAP
    length = max(LEAST_WIDTH, width - indent)
    shares = _shares(timeline, groups, length)
    drawn = [
        f"{padded(label, indent)}{_line(shares, line, length, marks, paint)}".rstrip()
        for line, label in enumerate(labels)
    ]
    drawn.append(f"{HAND_OVERS:<{indent}}{_hand_overs(timeline, length)}".rstrip())
    drawn += [f"{'':<{indent}}{text}".rstrip() for text in _axis(timeline.wall_ns, length, marks)]
    return "\n".join(drawn)


def _groups(timeline: Timeline, most_lines: int) -> Sequence[Sequence[int]]:
    """Return the rows of each line: neighbours, and what tasks have spawned apart from them.

    Of a program, those that are of one kind.
    """
    if timeline.trace.program and timeline.rows > most_lines:
        return _kinds(timeline, most_lines)
    spawned = timeline.rows - timeline.tasks
    most = most_lines
    if spawned and timeline.rows > most_lines:
        most = max(most_lines // 2, min(timeline.tasks, most_lines - min(spawned, most_lines // 2)))
    groups = _folded(range(timeline.tasks), most)
    return groups + _folded(range(timeline.tasks, timeline.rows), max(1, most_lines - len(groups)))


def _kinds(timeline: Timeline, most_lines: int) -> list[list[int]]:
    kinds: dict[tuple[str, str], list[int]] = {}
    for number in range(timeline.rows):
        row = timeline.row(number)
        kinds.setdefault((row.kind, row.label.rpartition(">")[2]), []).append(number)
    groups = [*kinds.values()]
    rest = [number for group in groups[most_lines - 1 :] for number in group]
    return [*groups[: most_lines - 1], *([rest] if rest else [])]


def _folded(rows: range, most: int) -> list[range]:
    fold = max(1, -(-len(rows) // most))
    return [rows[start : start + fold] for start in range(0, len(rows), fold)]


def _label(timeline: Timeline, group: Sequence[int]) -> str:
    first = timeline.row(group[0])
    label = first.label.replace("<locals>.", "")
    if len(group) == 1:
        return label
    if timeline.trace.program:
        return f"{label.rpartition('>')[2]} x{len(group):,}"
    if first.kind != "task":
        return f"{label} +{len(group) - 1}"
    return f"{label}-{timeline.row(group[-1]).label}"


def _shares(timeline: Timeline, groups: Sequence[Sequence[int]], length: int) -> array[float]:
    """Return, for each character of each line, the time that its rows spent in each `Doing`.

    A slice can be as long as a line, and there may be a hundred thousand: what it fills whole is
    noted at its ends alone, and summed up afterwards.
    """
    kinds = len(Doing)
    shares = array("d", [0.0]) * (len(groups) * (length + 1) * kinds)
    line_of = array("l", [0]) * timeline.rows
    for line, group in enumerate(groups):
        for row in group:
            line_of[row] = line
    whole = array("l", [0]) * len(shares)
    column = timeline.wall_ns / length
    for row, doing, start, end, _ in timeline.slices():
        first = min(length - 1, int(start / column))
        last = min(length - 1, int((end - 1) / column))
        base = line_of[row] * (length + 1)
        if first == last:
            shares[(base + first) * kinds + doing] += (end - start) / column
            continue
        shares[(base + first) * kinds + doing] += first + 1 - start / column
        shares[(base + last) * kinds + doing] += end / column - last
        whole[(base + first + 1) * kinds + doing] += 1
        whole[(base + last) * kinds + doing] -= 1
    for place in range(kinds, len(shares)):
        whole[place] += whole[place - kinds]
        shares[place] += whole[place]
    return shares


def _line(shares: array[float], line: int, length: int, marks: Marks, paint: Paint) -> str:
    text, last, part = "", -1, ""
    for at in range(length):
        place = (line * (length + 1) + at) * len(Doing)
        running, queued, waiting, pending = shares[place : place + len(Doing)]
        if running >= MOSTLY:
            mark = 0
        elif running > 0:
            mark = 1
        elif queued > 0 or waiting > 0:
            mark = 2 if queued > waiting else 3
        elif pending > 0:
            mark = 4
        else:
            mark = -1
        if mark != last:
            text += paint(part, NAMES[last]) if last >= 0 else part
            last, part = mark, ""
        part += marks[mark] if mark >= 0 else " "
    return text + (paint(part, NAMES[last]) if last >= 0 else part)


def _hand_overs(timeline: Timeline, length: int) -> str:
    """Return how often control changed hands in each character's time: a digit, + for more."""
    counts = [0] * length
    for moment in timeline.hand_overs:
        counts[min(length - 1, int(moment * length / timeline.wall_ns))] += 1
    return "".join(" " if not count else str(count) if count < 10 else "+" for count in counts)


def _axis(wall_ns: int, length: int, marks: Marks) -> list[str]:
    """Return ticks at round times, and the times below them."""
    step = _round(wall_ns / 1e9 / max(1, length // 14))
    ticks, texts = [" "] * length, [" "] * (length + 8)
    for number in range(int(wall_ns / 1e9 / step) + 1):
        at = min(length - 1, round(number * step * 1e9 / wall_ns * length))
        text = units.seconds(number * step) if number else "0"
        ticks[at] = marks.tick
        start = min(at, length - len(text))
        if not "".join(texts[max(0, start - 1) : start + len(text) + 1]).strip():
            texts[start : start + len(text)] = text
    return ["".join(ticks), "".join(texts)]


def _round(value: float) -> float:
    """Return the next of 1, 2, 5, 10, ... times a power of ten."""
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value * 0.999)
