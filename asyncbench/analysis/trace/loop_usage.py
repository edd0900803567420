"""Who holds an event loop: how long steps kept control, how late others got it, who it was."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from asyncbench.analysis.trace.model import ON_LOOP, Doing, Hold, Slice, Step, Text
from asyncbench.analysis.trace.timeline import Timeline
from asyncbench.record.trace import NONE
from asyncbench.stats.quantiles import Quantiles, quantiles

# So many steps that held a loop for long are told one by one.
MOST_CULPRITS = 3
# Two steps belong to one stretch in which a loop never rests where the second was ready this soon
# after the first ended: the loop goes through its own work between any two.
REST_NS = 50_000


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
    seen: bool
    waited: int
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class BusyStretch:
    """Steps one after the other without a rest of the loop."""

    steps: int
    since_ns: int
    ended_ns: int
    longest_ns: int
    longest_lag_ns: int


class Turn(NamedTuple):
    """One turn of a loop, in nanoseconds of the batch, and how many steps it had."""

    began: int
    ended: int
    steps: int


@dataclass(frozen=True, slots=True)
class LoopUsage:
    """What steps did to an event loop.

    `holds` are how long steps kept control, `lags` how late they got it. `blocked_ns` is the time
    in steps that held it for longer than the threshold, the longest of which are `culprits`.
    `starving` is a stretch in which nobody did that and somebody had to wait for longer all the
    same. `turns` are how many times the loop went through what was ready, `ready` how many steps
    that was at the most.
    """

    steps: int
    holds: Quantiles
    lags: Quantiles
    held_ns: int
    blocked_ns: int
    culprits: Sequence[BlockingStep]
    starving: BusyStretch | None
    turns: int
    ready: int


def loop_use(timeline: Timeline) -> LoopUsage | None:
    """Take a timeline's steps together; None where no event loop was watched."""
    threshold = timeline.trace.threshold_ns
    holds, lags = array("q"), array("q")
    blocked = 0
    long: list[Step] = []
    stretches = _Stretches()
    count = most = 0
    for turn in turns(timeline.steps()):
        count, most = count + 1, max(most, turn.steps)
    for step in timeline.steps():
        holds.append(step.held)
        lags.append(max(0, step.lag))
        stretches.take(step)
        if step.held > threshold:
            blocked += step.held
            long.append(step)
    if not holds:
        return None
    return LoopUsage(
        steps=len(holds),
        holds=quantiles(holds),
        lags=quantiles(lags),
        held_ns=sum(holds),
        blocked_ns=blocked,
        culprits=_culprits(timeline, long),
        starving=None if long else stretches.worst(threshold),
        turns=count,
        ready=most,
    )


def turns(steps: Iterable[Step]) -> Iterator[Turn]:
    """Give the turns of a loop from its steps in order: each has the steps of all that was ready.

    What becomes ready during a turn has its step in the next.
    """
    began = ended = NONE
    count = 0
    for step in steps:
        if began != NONE and step.ready > began:
            yield Turn(began, ended, count)
            began, count = NONE, 0
        began = step.began if began == NONE else began
        ended, count = step.ended, count + 1
    if began != NONE:
        yield Turn(began, ended, count)


class _Stretches:
    """Joins steps into stretches in which a loop never rests; keeps the one where most waited."""

    def __init__(self) -> None:
        self._now: list[int] = []
        self._worst: BusyStretch | None = None

    def take(self, step: Step) -> None:
        if self._now and step.ready <= self._now[2] + REST_NS:
            steps, since, ended, longest, lag = self._now
            # What came before the stretch is not its doing.
            its_lag = min(step.lag, step.began - since)
            longest, lag = max(longest, step.held), max(lag, its_lag)
            self._now = [steps + 1, since, max(ended, step.ended), longest, lag]
        else:
            self._close()
            self._now = [1, step.began, step.ended, step.held, 0]

    def worst(self, threshold: int) -> BusyStretch | None:
        """Give it where somebody waited for longer than the threshold, and no step took as long."""
        self._close()
        found = self._worst
        if found and found.longest_lag_ns > threshold >= found.longest_ns and found.steps > 1:
            return found
        return None

    def _close(self) -> None:
        if self._now and (not self._worst or self._now[4] > self._worst.longest_lag_ns):
            self._worst = BusyStretch(*self._now)


def _culprits(timeline: Timeline, long: Sequence[Step]) -> list[BlockingStep]:
    """Tell of the longest steps who they were, where in the code, and how many had to wait.

    A lane goes from one task to the next without an await: such a step is told task by task.
    """
    worst = sorted(long, key=lambda step: -step.held)[:MOST_CULPRITS]
    if not worst:
        return []
    looks = list(timeline.holds())
    created = {task: (text, own) for task, text, own, _ in timeline.of_loops()}
    running: list[list[Slice]] = [[] for _ in worst]
    for each in timeline.slices():
        if each.doing == Doing.RUNNING and timeline.row(each.row).kind in ON_LOOP:
            for place, step in enumerate(worst):
                if step.began <= each.start < each.end <= step.ended:
                    running[place].append(each)
    found = []
    for step, its in zip(worst, running, strict=True):
        text, own = created.get(step.task, (Text("?"), False))
        parts = [each for each in its if each.end - each.start > timeline.trace.threshold_ns]
        if not parts:  # none of them alone, but together
            names = list(dict.fromkeys(timeline.row(each.row).label for each in its))
            text = Text(timeline.row(its[0].row).place) if own and its else text
            whole = BlockingStep(
                names or [text.name], step.began, step.held, text, seen=False, waited=0
            )
            found.append(_looked_into(whole, looks))
        for each in parts:
            row = timeline.row(each.row)
            alone = BlockingStep(
                [row.label],
                each.start,
                each.end - each.start,
                Text(row.place) if own else text,
                seen=False,
                waited=0,
            )
            found.append(_looked_into(alone, looks))
    found = sorted(found, key=lambda each: -each.held_ns)[:MOST_CULPRITS]
    return sorted(_with_victims(timeline, found), key=lambda each: each.since_ns)


def _looked_into(culprit: BlockingStep, looks: Sequence[Hold]) -> BlockingStep:
    """Give a culprit with the line in which it was seen most often, if it was seen."""
    end = culprit.since_ns + culprit.held_ns
    texts = [look.text for look in looks if culprit.since_ns <= look.seen <= end]
    if not texts:
        return culprit
    text, often = Counter(texts).most_common(1)[0]
    return replace(culprit, text=text, seen=True, share=often / len(texts))


def _with_victims(timeline: Timeline, culprits: Sequence[BlockingStep]) -> list[BlockingStep]:
    """Count who was ready meanwhile, for as long as matters."""
    waiting: list[set[int]] = [set() for _ in culprits]
    threshold = timeline.trace.threshold_ns
    for row, doing, start, end, _ in timeline.slices():
        if doing == Doing.QUEUED:
            for place, its in enumerate(culprits):
                common = min(end, its.since_ns + its.held_ns) - max(start, its.since_ns)
                if common >= min(threshold, its.held_ns / 2) > 0:
                    waiting[place].add(row)
    return [replace(its, waited=len(rows)) for its, rows in zip(culprits, waiting, strict=True)]
