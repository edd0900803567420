"""The steps that held an event loop longest: who they were, where in the code, and who waited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from asyncbench.analysis.trace.model import ON_LOOP, Doing, Slice, Step, Text
from asyncbench.analysis.trace.timeline import Timeline

# So many steps that held a loop for long are told one by one.
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


class BlockingSteps:
    """Tells the longest of the steps that held a loop for longer than the threshold."""

    def __init__(self, timeline: Timeline, steps: Sequence[Step]) -> None:
        self._timeline = timeline
        self._threshold = timeline.trace.threshold_ns
        self._worst = sorted(steps, key=lambda step: -step.held)[:MOST_CULPRITS]
        numbers = {step.task for step in self._worst}
        self._tasks = {
            task.number: task
            for task in (timeline.loop_tasks() if numbers else ())
            if task.number in numbers
        }

    def culprits(self) -> list[BlockingStep]:
        """Return the longest, in the order of time."""
        if not self._worst:
            return []
        culprits = [
            self.looked_into(culprit)
            for step, parts in zip(self._worst, self._parts(), strict=True)
            for culprit in self.attribute(step, parts)
        ]
        longest = sorted(culprits, key=lambda each: -each.held_ns)[:MOST_CULPRITS]
        return sorted(self.count_waiters(longest), key=lambda each: each.since_ns)

    def attribute(self, step: Step, parts: Sequence[Slice]) -> Iterator[BlockingStep]:
        """Return who a step was, from the slices that are part of it.

        A lane goes from one task to the next without an await: such a step is told task by task.
        """
        row, task = self._timeline.row, self._tasks.get(step.task)
        text, own = (task.text, task.own) if task else (Text("?"), False)
        long = [each for each in parts if each.end - each.start > self._threshold]
        if not long:  # none of them alone, but together
            names = list(dict.fromkeys(row(each.row).label for each in parts))
            text = Text(row(parts[0].row).place) if own and parts else text
            yield BlockingStep(names or [text.name], step.began, step.held, text)
        for each in long:
            where = Text(row(each.row).place) if own else text
            yield BlockingStep([row(each.row).label], each.start, each.end - each.start, where)

    def looked_into(self, culprit: BlockingStep) -> BlockingStep:
        """Return a culprit with the line in which it was seen most often, if it was seen."""
        texts = [
            hold.text
            for hold in self._timeline.holds
            if culprit.since_ns <= hold.seen <= culprit.end_ns
        ]
        if not texts:
            return culprit
        text, often = Counter(texts).most_common(1)[0]
        return replace(culprit, text=text, seen=True, share=often / len(texts))

    def count_waiters(self, culprits: Sequence[BlockingStep]) -> list[BlockingStep]:
        """Return culprits with how many rows were ready meanwhile, for as long as matters."""
        waiting: list[set[int]] = [set() for _ in culprits]
        for row, _, start, end, _ in self._slices(Doing.QUEUED):
            for culprit, rows in zip(culprits, waiting, strict=True):
                common = min(end, culprit.end_ns) - max(start, culprit.since_ns)
                if common >= min(self._threshold, culprit.held_ns / 2) > 0:
                    rows.add(row)
        return [
            replace(culprit, waited=len(rows))
            for culprit, rows in zip(culprits, waiting, strict=True)
        ]

    def _parts(self) -> list[list[Slice]]:
        """Return for each of the worst steps the slices on a loop that are part of it."""
        parts: list[list[Slice]] = [[] for _ in self._worst]
        for each in self._slices(Doing.RUNNING):
            if self._timeline.row(each.row).kind in ON_LOOP:
                for place, step in enumerate(self._worst):
                    if step.began <= each.start < each.end <= step.ended:
                        parts[place].append(each)
        return parts

    def _slices(self, doing: Doing) -> Iterable[Slice]:
        return (each for each in self._timeline.slices() if each.doing == doing)
