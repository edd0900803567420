"""Who holds an event loop: how long steps kept control, how late others got it, who it was."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from asyncbench.latency import Quantiles, quantiles
from asyncbench.timeline import Timeline
from asyncbench.traced import NONE, Doing, Step, Text

# So many steps that held a loop for long are told one by one.
MOST_CULPRITS = 3
# Rows of these kinds hold a loop; threads and processes run beside it.
ON_LOOP = ("task", "coroutine")
# Two steps belong to one stretch in which a loop never rests where the second was ready this soon
# after the first ended: the loop goes through its own work between any two.
REST_NS = 50_000


@dataclass(frozen=True, slots=True)
class Culprit:
    """A step that held the loop for `held_ns` from `since_ns` on, of the tasks called `tasks`.

    They are several, in order, where a lane goes from one to the next without an await. `text` is
    the code it was in: the very line where it was looked into (`seen`), else where the coroutine
    begins. `waited` rows were ready meanwhile and had to wait.
    """

    tasks: Sequence[str]
    since_ns: int
    held_ns: int
    text: Text
    seen: bool
    waited: int


@dataclass(frozen=True, slots=True)
class Stretch:
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
class LoopUse:
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
    culprits: Sequence[Culprit]
    starving: Stretch | None
    turns: int
    ready: int


def loop_use(timeline: Timeline) -> LoopUse | None:
    """Take a timeline's steps together; None where no event loop was watched."""
    threshold = timeline.trace.threshold_ns
    holds, lags = array("q"), array("q")
    blocked = 0
    long: list[Step] = []
    stretches = _Stretches()
    steps = sorted(timeline.steps(), key=lambda step: step.began)
    sizes = [turn.steps for turn in turns(steps)]
    for step in steps:
        holds.append(step.held)
        lags.append(max(0, step.lag))
        stretches.take(step)
        if step.held > threshold:
            blocked += step.held
            long.append(step)
    if not holds:
        return None
    return LoopUse(
        steps=len(holds),
        holds=quantiles(holds),
        lags=quantiles(lags),
        held_ns=sum(holds),
        blocked_ns=blocked,
        culprits=_culprits(timeline, long),
        starving=stretches.worst(threshold),
        turns=len(sizes),
        ready=max(sizes),
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
        self._worst: Stretch | None = None

    def take(self, step: Step) -> None:
        if self._now and step.ready <= self._now[2] + REST_NS:
            steps, since, ended, longest, lag = self._now
            self._now = [
                steps + 1, since, max(ended, step.ended), max(longest, step.held), max(lag,
                step.lag) ]  # fmt: skip
        else:
            self._close()
            self._now = [1, step.began, step.ended, step.held, max(0, step.lag)]

    def worst(self, threshold: int) -> Stretch | None:
        """Give it where somebody waited for longer than the threshold, and no step took as long."""
        self._close()
        found = self._worst
        if found and found.longest_lag_ns > threshold >= found.longest_ns and found.steps > 1:
            return found
        return None

    def _close(self) -> None:
        if self._now and (not self._worst or self._now[4] > self._worst.longest_lag_ns):
            self._worst = Stretch(*self._now)


def _culprits(timeline: Timeline, long: Sequence[Step]) -> list[Culprit]:
    """Tell of the longest steps who they were, where in the code, and how many had to wait."""
    threshold = timeline.trace.threshold_ns
    worst = sorted(long, key=lambda step: -step.held)[:MOST_CULPRITS]
    if not worst:
        return []
    seen = {hold.since: hold for hold in timeline.holds()}
    created = {task: (text, own) for task, text, own, _ in timeline.of_loops()}
    running: list[dict[int, int]] = [{} for _ in worst]
    waiting: list[set[int]] = [set() for _ in worst]
    for row, doing, start, end, _ in timeline.slices():
        for place, step in enumerate(worst):
            common = min(end, step.ended) - max(start, step.began)
            if common <= 0:
                continue
            if doing == Doing.RUNNING and timeline.row(row).kind in ON_LOOP:
                running[place].setdefault(row, start)
            elif doing == Doing.QUEUED and common >= min(threshold, step.held / 2):
                waiting[place].add(row)
    found = []
    for step, its, waited in zip(worst, running, waiting, strict=True):
        text, own = created.get(step.task, (Text("?"), False))
        rows = sorted(its, key=its.__getitem__)
        hold = seen.get(step.began)
        if hold:
            text = hold.text
        elif own and rows:
            text = Text(timeline.row(rows[0]).place)
        names = [timeline.row(row).label for row in rows] or [text.name]
        found.append(Culprit(names, step.began, step.held, text, hold is not None, len(waited)))
    return found
