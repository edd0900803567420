"""What a page marks on a timeline: who held the loop and where, and how control changed hands.

As little of it as a page bears: of holds the longest, and hand-overs one by one or counted.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from asyncbench.analysis.trace.blocking import BlockingStep
from asyncbench.analysis.trace.model import ON_LOOP, Doing
from asyncbench.analysis.trace.timeline import Timeline
from asyncbench.record.trace import NONE
from asyncbench.report import layout
from asyncbench.report.text import plain

# Of one page, at the most: holds with the lines that they are on, and hand-overs one by one.
MOST_HOLDS = 500
MOST_SPANS = 2_000
MOST_HAND_OVERS = 6_000
# More hand-overs are counted by this part of the batch.
COLUMNS = 2**10
LONGEST_NAME = 80
LONGEST_CODE = 160


class _Span(NamedTuple):
    """Where on a line a hold is that is told, or several that are not (`number` is `NONE`)."""

    line: int
    start: int
    end: int
    number: int
    holds: int = 1


def holds(
    timeline: Timeline, steps: Sequence[BlockingStep], fold: int, most: int, most_spans: int
) -> dict[str, Any]:
    """Return the longest holds of a loop in columns, and where all are on lines of `fold` rows.

    `steps` are in the order of time, and `all` is how many there are. A place is named once:
    `[place, line of code, whether it was seen there]`. `spans` are in columns, too: number of a
    hold, line, start, length, and how many holds it is: those that are not told are joined.
    """
    longest = sorted(steps, key=lambda step: -step.held_ns)[:most]
    shown = sorted(longest, key=lambda step: step.since_ns)
    places: dict[tuple[str, str, bool], int] = {}
    return {
        "all": len(steps),
        "starts": [step.since_ns for step in shown],
        "lengths": [step.held_ns for step in shown],
        "who": [_who(step.tasks) for step in shown],
        "where": [places.setdefault(_place(step), len(places)) for step in shown],
        "places": list(places),
        "spans": _spans(timeline, steps, shown, fold, most_spans),
    }


def _who(tasks: Sequence[str]) -> str:
    name = layout.shortened(plain(tasks[0]), LONGEST_NAME)
    name = f"task {name}" if name.isdecimal() else name
    return name if len(tasks) == 1 else f"{name} and {len(tasks) - 1:,} more"


def _place(step: BlockingStep) -> tuple[str, str, bool]:
    place, code = plain(step.text.place), plain(step.text.code)
    return (
        layout.shortened(place, LONGEST_CODE),
        layout.shortened(code, LONGEST_CODE),
        step.seen,
    )


def _spans(
    timeline: Timeline, steps: Sequence[BlockingStep], shown: Sequence[BlockingStep], fold: int,
    most: int,
) -> list[list[int]]:  # fmt: skip
    """Return the stretches of lines in which their rows ran while they held the loop."""
    numbers = {id(step): number for number, step in enumerate(shown)}
    spans: list[_Span] = []
    for each in sorted(_held_lines(timeline, steps, fold, numbers)):
        last = spans[-1] if spans else None
        near = last and each.start - last.end <= timeline.wall_ns // COLUMNS
        if last and near and last.line == each.line and last.number == each.number == NONE:
            spans[-1] = last._replace(end=each.end, holds=last.holds + each.holds)
        else:
            spans.append(each)
    longest = sorted(spans, key=lambda span: span.start - span.end)[:most]
    columns = zip(
        *((each.number, each.line, each.start, each.end - each.start, each.holds)
          for each in sorted(longest)), strict=True,
    )  # fmt: skip
    return [list(column) for column in columns] or [[], [], [], [], []]


def _held_lines(
    timeline: Timeline, steps: Sequence[BlockingStep], fold: int, numbers: Mapping[int, int]
) -> Iterator[_Span]:
    """Return where each hold is on each line that had control meanwhile."""
    starts = array("q", (step.since_ns for step in steps))
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for row, doing, start, end, _ in timeline.slices() if steps else ():
        place = bisect_right(starts, start) - 1
        if doing != Doing.RUNNING or place < 0 or end > steps[place].end_ns:
            continue
        if timeline.row(row).kind in ON_LOOP:
            key = place, row // fold
            first, last = found.get(key, (start, end))
            found[key] = min(first, start), max(last, end)
    for (place, line), (start, end) in found.items():
        yield _Span(line, start, end, numbers.get(id(steps[place]), NONE))


def hand_overs(timeline: Timeline, fold: int, most: int) -> dict[str, Any]:
    """Return hand-overs one by one: after how long from the one before, from and to which line.

    Where there are more than `most`, how many there were in each `width` of the batch's time.
    """
    total = len(timeline.hand_overs)
    if total > most:
        counts = [0] * COLUMNS
        for moment in timeline.hand_overs:
            counts[min(COLUMNS - 1, moment * COLUMNS // timeline.wall_ns)] += 1
        return {"all": total, "width": timeline.wall_ns / COLUMNS, "counts": counts}
    gaps, givers, takers, at = [], [], [], 0
    for _, taken, giver, taker in timeline.handed_over():
        gaps.append(taken - at)
        givers.append(giver // fold)
        takers.append(taker // fold)
        at = taken
    return {"all": len(gaps), "gaps": gaps, "from": givers, "to": takers}
