"""The steps that held an event loop for long: who they were, where in the code, and who waited."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from asyncbench.analysis.trace.model import ON_LOOP, Doing, Slice, Step, Text
from asyncbench.analysis.trace.timeline import Timeline

# So many steps that held a loop for long are told in a sentence each.
MOST_CULPRITS = 3


@dataclass(frozen=True, slots=True)
class BlockingStep:
    """A step that held the loop for `held_ns` from `since_ns` on, of the tasks called `tasks`.

    They are several, in order, where a lane goes from one to the next without an await. `text` is
    the code it was in: the very line where it was looked into (`seen`), else where the coroutine
    begins. `share` is how often it was seen in that line, of all looks. `waited` rows were ready
    meanwhile and had to wait.
    """

    tasks: Sequence[str]
    since_ns: int
    held_ns: int
    text: Text
    seen: bool = False
    waited: int = 0
    share: float = 1.0

    @property
    def end_ns(self) -> int:
        """When it let the loop go."""
        return self.since_ns + self.held_ns


@dataclass(slots=True)
class _Parts:
    """The slices of one step: those that took long by themselves, and the rows of all."""

    long: list[Slice] = field(default_factory=list)
    rows: array[int] = field(default_factory=lambda: array("l"))


class BlockingSteps:
    """Tells the steps that held a loop for longer than the threshold, one by one."""

    def __init__(self, timeline: Timeline, steps: Iterable[Step]) -> None:
        self._timeline = timeline
        self._threshold = timeline.trace.threshold_ns
        self._steps = sorted(steps, key=lambda step: step.began)
        self._looks = sorted(timeline.looks, key=lambda look: look.seen)
        self._seen = array("q", (look.seen for look in self._looks))
        numbers = {step.task for step in self._steps}
        self._tasks = {
            task.number: task
            for task in (timeline.loop_tasks() if numbers else ())
            if task.number in numbers
        }

    def all(self) -> list[BlockingStep]:
        """Return all, in the order of time; of none it is counted who waited."""
        if not self._steps:
            return []
        found = [
            self.looked_into(each)
            for step, parts in zip(self._steps, self._parts(), strict=True)
            for each in self.attribute(step, parts)
        ]
        return sorted(found, key=lambda each: each.since_ns)

    def culprits(self, found: Sequence[BlockingStep]) -> list[BlockingStep]:
        """Return the longest of those, in the order of time, with how many rows waited."""
        longest = sorted(found, key=lambda each: -each.held_ns)[:MOST_CULPRITS]
        return sorted(self.count_waiters(longest), key=lambda each: each.since_ns)

    def attribute(self, step: Step, parts: _Parts) -> Iterator[BlockingStep]:
        """Return who a step was, from the slices that are part of it.

        A lane goes from one task to the next without an await: such a step is told task by task.
        """
        row, task = self._timeline.row, self._tasks.get(step.task)
        text, own = (task.text, task.own) if task else (Text("?"), False)
        if not parts.long:  # none of them alone, but together
            names = list(dict.fromkeys(row(each).label for each in parts.rows))
            text = Text(row(parts.rows[0]).place) if own and parts.rows else text
            yield BlockingStep(names or [text.name], step.began, step.held, text)
        for each in parts.long:
            where = Text(row(each.row).place) if own else text
            yield BlockingStep([row(each.row).label], each.start, each.end - each.start, where)

    def looked_into(self, culprit: BlockingStep) -> BlockingStep:
        """Return a culprit with the line in which it was seen most often, if it was seen."""
        first = bisect_left(self._seen, culprit.since_ns)
        texts = [
            look.text for look in self._looks[first : bisect_right(self._seen, culprit.end_ns)]
        ]
        if not texts:
            return culprit
        text, often = Counter(texts).most_common(1)[0]
        return replace(culprit, text=text, seen=True, share=often / len(texts))

    def count_waiters(self, culprits: Sequence[BlockingStep]) -> list[BlockingStep]:
        """Return culprits with how many rows were ready meanwhile, for as long as matters."""
        waiting: list[set[int]] = [set() for _ in culprits]
        if not culprits:
            return []
        for row, _, start, end, _ in self._slices(Doing.QUEUED):
            for culprit, rows in zip(culprits, waiting, strict=True):
                common = min(end, culprit.end_ns) - max(start, culprit.since_ns)
                if common >= min(self._threshold, culprit.held_ns / 2) > 0:
                    rows.add(row)
        return [
            replace(culprit, waited=len(rows))
            for culprit, rows in zip(culprits, waiting, strict=True)
        ]

    def _parts(self) -> list[_Parts]:
        """Return for each step the slices on a loop that are part of it."""
        parts = [_Parts() for _ in self._steps]
        began = array("q", (step.began for step in self._steps))
        for each in self._slices(Doing.RUNNING):
            place = bisect_right(began, each.start) - 1
            if place < 0 or each.end > self._steps[place].ended:
                continue
            if self._timeline.row(each.row).kind in ON_LOOP:
                parts[place].rows.append(each.row)
                if each.end - each.start > self._threshold:
                    parts[place].long.append(each)
        return parts

    def _slices(self, doing: Doing) -> Iterable[Slice]:
        return (each for each in self._timeline.slices() if each.doing == doing)
