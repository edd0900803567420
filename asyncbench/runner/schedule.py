"""In what order and for how long: pure arithmetic on a seeded random generator and seconds."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import TypeVar

from asyncbench.stats import intervals

T = TypeVar("T")

# A sample shorter than this drowns in what the switch to another process costs it: first batches
# after a switch were measured 1-8 % slow.
LEAST_SAMPLE_S = 0.020
# A fresh worker is warm after so large a part of a sample, a batch at the least.
WARMING_SHARE = 0.25
# Samples shorter than this share of that are made longer, from one round to the next.
SHORT = 0.8
# So much of a batch may be missing from a sample: less of a sample than that in any case.
PART_OF_BATCH = 0.25
# A cell whose sample takes more than this share of a visit is sampled once in it, unwarmed: what a
# cold start costs, some two milliseconds, is little beside it.
SLOW_SHARE = 1 / 16
# What is no slower than so many times the quickest is hard to tell from it: a round takes so many
# samples of it where it looks for the best, and one of whatever is slower. Samples of 20 ms differ
# by more than rounds do, and four of each halve the rounds that a difference of 3 % takes. What is
# told after the fewest rounds that can tell anything is told from two of each as well.
NEAR = 1.5
FIRST_BLOCKS = 2
NEAR_BLOCKS = 4
# In one of so many blocks the control is sampled, too.
CONTROL_EACH = 3
# A sample longer than this is an average of many moments by itself, and is taken once.
LONG_SAMPLE_S = 0.080
# Rounds are what intervals are made of; more of them than this gain less than their starts cost.
MOST_ROUNDS = 12
GOOD_ROUNDS = 8
# Rounds past GOOD_ROUNDS are bought with at most this share of the time for starting workers.
START_SHARE = 0.10
# What asking for a sample takes, beyond the sample.
ASK_S = 0.001
# A sample may take this many times what it was expected to before it counts as hanging.
PATIENCE = 20
LEAST_TIMEOUT_S = 10.0
# A worker may take so long to load or to start: on a busy machine a cluster takes ten seconds.
START_TIMEOUT_S = 30.0


@dataclass(slots=True)
class Pace:
    """How many batches a cell's sample has, and how long it takes as last seen."""

    batches: int
    seconds: float

    @classmethod
    def from_batch(cls, seconds: float) -> Pace:
        """Return the pace with as many batches a sample as make it long enough to time.

        Just too short is long enough: one more batch could double it.
        """
        batches = max(1, ceil(LEAST_SAMPLE_S / seconds - PART_OF_BATCH)) if seconds > 0 else 1
        return cls(batches, batches * seconds)

    @property
    def batch_s(self) -> float:
        """Seconds a batch."""
        return self.seconds / self.batches

    def saw(self, seconds: float) -> None:
        """Take in a sample's time; the estimate follows the machine's spells slowly."""
        self.seconds += (seconds - self.seconds) / 4

    def of(self, batches: int) -> Pace:
        """Return the pace of samples of so many batches."""
        return Pace(batches, self.batch_s * batches)

    def settled(self) -> Pace:
        """Return the pace for the next round: more batches where samples turned out too short."""
        if self.seconds >= SHORT * LEAST_SAMPLE_S:
            return self
        return Pace.from_batch(self.batch_s)


@dataclass(slots=True)
class Need:
    """What one visit of a work takes at the least.

    `start_s` is until every worker is ready, `stop_s` until every process is gone. Whatever is
    near the quickest is sampled `near_blocks` times, the rest and `control` once. With `warms_all`
    slow cells are warmed up, too.
    """

    start_s: float
    stop_s: float
    paces: list[Pace] = field(default_factory=list)
    control: Pace | None = None
    near_blocks: int = 1
    warms_all: bool = False

    def saw(self, start_s: float, stop_s: float) -> Need:
        """Return the need with what a start and a stop took taken in: a machine gets busier."""
        return replace(
            self,
            start_s=(self.start_s + start_s) / 2,
            stop_s=(self.stop_s + stop_s) / 2,
        )

    def least_s(self) -> float:
        """Return the seconds of start, blocks and stop; a long cell is seldom warmed up."""
        once = [*self.paces, self.control] if self.control else self.paces
        again = near(self.paces) if self.near_blocks > 1 else []
        block = sum(pace.seconds + ASK_S for pace in once)
        block += (self.near_blocks - 1) * sum(pace.seconds + ASK_S for pace in again)
        warmed = sum(
            pace.of(warming_batches(pace)).seconds + ASK_S
            for pace in once
            if self.warms_all or pace in again or pace.seconds <= SLOW_SHARE * block
        )
        return self.start_s + warmed + block + self.stop_s


def warming_batches(pace: Pace) -> int:
    """Return how many batches warm a fresh worker up (docs/method.md)."""
    return ceil(pace.batches * WARMING_SHARE)


def is_slow(pace: Pace, visit_s: float) -> bool:
    """Return whether a cell's sample is too long to be taken more than once in a visit."""
    return pace.seconds > SLOW_SHARE * visit_s


def near(paces: Sequence[Pace]) -> list[Pace]:
    """Return the paces that are hard to tell from the quickest, itself among them, if short."""
    least = min((pace.batch_s for pace in paces), default=0.0)
    return [
        pace for pace in paces if pace.batch_s <= NEAR * least and pace.seconds <= LONG_SAMPLE_S
    ]


def shuffled(draw: random.Random, items: Sequence[T]) -> list[T]:
    """Return the items in a random order."""
    return draw.sample(items, len(items))


def grouped(draw: random.Random, items: Sequence[T], key: Callable[[T], Hashable]) -> list[T]:
    """Return the items in a random order in which those of one key stay side by side.

    What is compared closest is sampled closest: the machine's speed wanders.
    """
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return [item for group in shuffled(draw, [*groups.values()]) for item in shuffled(draw, group)]


def useful_rounds(tests: int, dissenting: int = 0) -> int:
    """Return the fewest rounds that are of use.

    `tests` verdicts share the level, so fewer rounds than their share can reach would decide
    nothing; and a claim is to survive `dissenting` rounds that go the other way.
    """
    level = intervals.ALPHA / max(1, tests)
    return max(GOOD_ROUNDS, intervals.rounds_needed(level, dissenting))


def short_round_s(start_s: float, needs: Sequence[Need]) -> float:
    """Return the seconds of the shortest round that is worth what starting its workers takes.

    It has a block of every cell, and lasts so long that no more than half of it is starting and
    stopping: more blocks tell more than as many seconds of more starts.
    """
    starting = start_s + sum(need.start_s + need.stop_s for need in needs)
    return max(start_s + sum(need.least_s() for need in needs), 2 * starting)


def rounds_for(remaining_s: float, start_s: float, needs: Sequence[Need], useful: int) -> int:
    """Return the number of rounds that the time allows, at least one.

    Each round starts a factory, which takes `start_s`, and visits every work. More than are
    `useful` are taken as long as starting processes stays a small part of the time.
    """
    possible = int(remaining_s / (start_s + sum(need.least_s() for need in needs)))
    starting = start_s + sum(need.start_s + need.stop_s for need in needs)
    cheap = int(START_SHARE * remaining_s / starting)
    return max(1, min(possible, max(useful, min(cheap, MOST_ROUNDS))))


def visit_lengths(round_s: float, needs: Sequence[Need]) -> list[float]:
    """Return the seconds of each visit of a round: the same for all where no work needs more.

    Where so many samples are asked of what is near the quickest, each has what these take.
    """
    lengths = [need.least_s() for need in needs]
    if any(need.near_blocks > 1 for need in needs):
        return [round_s * each / sum(lengths) for each in lengths]
    sharing = set(range(len(needs)))
    while sharing:
        share = round_s / len(sharing)
        greedy = {index for index in sharing if lengths[index] > share}
        if not greedy:
            for index in sharing:
                lengths[index] = share
            break
        round_s -= sum(lengths[index] for index in greedy)
        sharing -= greedy
    return lengths
