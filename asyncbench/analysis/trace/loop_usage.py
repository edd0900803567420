"""Who holds an event loop: how long steps kept control, how late others got it, who it was."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from asyncbench.analysis.trace.blocking import BlockingStep, BlockingSteps
from asyncbench.analysis.trace.model import Step
from asyncbench.analysis.trace.timeline import Timeline
from asyncbench.record.trace import NONE
from asyncbench.stats.quantiles import Quantiles, quantiles

# Two steps belong to one stretch in which a loop never rests where the second was ready this soon
# after the first ended: the loop goes through its own work between any two.
REST_NS = 50_000


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
    in steps that held it for longer than the threshold; `blocking` are all of them in the order of
    time, and `culprits` the longest, with how many waited.
    `starving` is a stretch in which nobody did that and somebody had to wait for longer all the
    same. `turns` are how many times the loop went through what was ready, `ready` how many steps
    that was at the most.
    """

    steps: int
    holds: Quantiles
    lags: Quantiles
    held_ns: int
    blocked_ns: int
    blocking: Sequence[BlockingStep]
    culprits: Sequence[BlockingStep]
    starving: BusyStretch | None
    turns: int
    ready: int


def loop_usage(timeline: Timeline) -> LoopUsage | None:
    """Return what a timeline's steps did to the loop; None where no event loop was watched."""
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
    steps = BlockingSteps(timeline, long)
    blocking = steps.all()
    return LoopUsage(
        steps=len(holds),
        holds=quantiles(holds),
        lags=quantiles(lags),
        held_ns=sum(holds),
        blocked_ns=blocked,
        blocking=blocking,
        culprits=steps.culprits(blocking),
        starving=None if long else stretches.worst(threshold),
        turns=count,
        ready=most,
    )


def turns(steps: Iterable[Step]) -> Iterator[Turn]:
    """Return the turns of a loop from its steps in order: each has the steps of all that was ready.

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
            longest = max(longest, step.held)
            lag = max(lag, min(step.lag, step.began - since))
            self._now = [steps + 1, since, max(ended, step.ended), longest, lag]
        else:
            self._close()
            self._now = [1, step.began, step.ended, step.held, 0]

    def worst(self, threshold: int) -> BusyStretch | None:
        """Return it if somebody waited for longer than the threshold, and no step took as long."""
        self._close()
        worst = self._worst
        if worst and worst.longest_lag_ns > threshold >= worst.longest_ns and worst.steps > 1:
            return worst
        return None

    def _close(self) -> None:
        if self._now and (not self._worst or self._now[4] > self._worst.longest_lag_ns):
            self._worst = BusyStretch(*self._now)
