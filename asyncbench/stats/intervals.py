"""Pure functions on numbers: estimates over rounds, tests and the intervals that they give."""

from __future__ import annotations

import itertools
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import comb, exp, inf

from asyncbench.stats import distances
from asyncbench.stats.distances import Rounds

# Rounds up to which every sign pattern is tried; beyond, this many seeded ones are.
EXACT_ROUNDS = 12
PATTERNS = 2048
# More rounds than this are flipped together with their neighbours, which bounds the work.
MOST_FLIPPED = 100
# Fewer rounds than this support no claim: five cannot reach p = 0.05, since 2 ** (1 - 5) = 0.0625.
LEAST_ROUNDS = 6
ALPHA = 0.05
# Ends of intervals are found in so many halvings, looked for within so many times the range: so far
# away all rounds lie on one side. The centre is found in more, since one value far off makes the
# range much wider than what is told.
STEPS = 8
CENTRE_STEPS = 30
FAR = 1e3
NO_WIDTH = 1e-9
# exp of more overflows.
MOST = 700.0

# Gives the p-value of the hypothesis that rounds of values lie about a centre.
Test = Callable[[Rounds, float], float]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the range that the data do not contradict at a level (0.05: 95 %)."""

    estimate: float
    low: float
    high: float
    level: float

    def of_logarithm(self) -> Interval:
        """Return the interval of what this one is of the logarithm of."""
        estimate, low, high = (exp(min(MOST, x)) for x in (self.estimate, self.low, self.high))
        return Interval(estimate, low, high if self.high < MOST else inf, self.level)


def estimate(rounds: Rounds) -> float:
    """Return the median of all values, in which each round weighs the same.

    A round with many values must not outvote the others: the test that judges the estimate
    (`sign_flip_p`) counts rounds, too.
    """
    ordered = [sorted(values) for values in rounds]
    return _estimate(ordered, _distinct(ordered))


def sign_flip_p(rounds: Rounds, centre: float) -> float:
    """Test that the values lie about `centre`: the share of sign patterns at least as lopsided.

    `rounds` holds one or more values a round. Each round is summed up by how far its values lie
    from `centre` (`distances.scores`); under the hypothesis each score is as likely as its
    negative, whatever the tails and however the values of one round hang together: exact, up to
    `EXACT_ROUNDS` rounds, for twins, where each value is as likely as its negative, and wherever
    values lie symmetrically about the centre. Source: R. A. Fisher, The Design of Experiments
    (1935), section 21.
    """
    return _lopsidedness(distances.scores(rounds, centre))


def interval(rounds: Rounds, level: float = ALPHA, test: Test = sign_flip_p) -> Interval:
    """Invert a test: the centres that it does not refuse, and the median if it lies beyond.

    The ends are infinite where the rounds are too few for the level. A run asks again after each
    round, also for what has not changed, so answers are kept for a while.
    """
    return _inverted(tuple(map(tuple, rounds)), level, test)


@lru_cache(maxsize=1024)
def _inverted(rounds: tuple[tuple[float, ...], ...], level: float, test: Test) -> Interval:
    middle = start = estimate(rounds)
    ordered = distances.ordered(rounds)

    def kept(centre: float) -> bool:
        return test(ordered, centre) > level

    if not kept(start):
        start = _least_doubted(ordered)
    step = max(distances.unit(ordered, start), NO_WIDTH)
    far = FAR * max(step, max(map(max, ordered)) - min(map(min, ordered)))
    low, high = (start + _reach(lambda away: kept(start + away), step, far, way) for way in (-1, 1))
    return Interval(middle, min(low, middle), max(high, middle), level)


def rounds_needed(level: float, dissenting: int = 0) -> int:
    """Return how many rounds it takes for a test at this level to refuse anything.

    With `dissenting` rounds of them on the other side: 2 ** (1 - R) times the number of sign
    patterns in which no more rounds than that differ. Below 1 / `PATTERNS` no number of rounds
    reaches a level; what reaches that is given.
    """
    level = max(level, 1 / PATTERNS)
    return next(
        rounds
        for rounds in itertools.count(1)
        if 2.0 ** (1 - rounds) * sum(comb(rounds, each) for each in range(dissenting + 1)) <= level
    )


def _distinct(ordered: Rounds) -> list[float]:
    """Return every value of sorted rounds once, in order."""
    return [value for value, _ in itertools.groupby(sorted(itertools.chain.from_iterable(ordered)))]


def _estimate(ordered: Rounds, values: Sequence[float]) -> float:
    """Do the work of `estimate` on sorted rounds and all their distinct values."""
    if not values:
        raise ValueError("there is no median of nothing")
    half = len(ordered) / 2

    def weight(value: float) -> float:
        return sum(bisect_right(each, value) / len(each) for each in ordered)

    place = bisect_left(values, half * (1 - 1e-12), key=weight)
    value = values[place]
    if weight(value) > half * (1 + 1e-12) or place + 1 == len(values):
        return value
    return (value + values[place + 1]) / 2


def _lopsidedness(scores: Sequence[float]) -> float:
    if len(scores) > MOST_FLIPPED:
        # Sums of neighbours are as symmetric as they are, and the test stays exact.
        size = -(-len(scores) // MOST_FLIPPED)
        scores = [sum(scores[start : start + size]) for start in range(0, len(scores), size)]
    observed = abs(sum(scores)) - 1e-9
    if len(scores) <= EXACT_ROUNDS:
        sums = [scores[0]]
        for score in scores[1:]:
            sums = [each + score for each in sums] + [each - score for each in sums]
        return sum(abs(each) >= observed for each in sums) / len(sums)
    extreme = 1  # the pattern observed
    for pattern in _patterns(len(scores)):
        extreme += abs(sum(itertools.compress(scores, pattern)) * 2 - sum(scores)) >= observed
    return extreme / PATTERNS


@cache
def _patterns(rounds: int) -> list[tuple[int, ...]]:
    draw = random.Random(rounds)
    return [
        tuple(draw.getrandbits(rounds) >> bit & 1 for bit in range(rounds))
        for _ in range(PATTERNS - 1)
    ]


def _least_doubted(ordered: Rounds) -> float:
    """Return the centre that the values lie about: as far above it as below it, by the scores."""
    low, high = min(map(min, ordered)), max(map(max, ordered))
    for _ in range(CENTRE_STEPS):
        middle = (low + high) / 2
        above = sum(distances.scores(ordered, middle))
        if not above:
            return middle
        low, high = (middle, high) if above > 0 else (low, middle)
    return (low + high) / 2


def _reach(kept: Callable[[float], bool], step: float, far: float, way: int) -> float:
    """Return how far from 0, up or down, centres are kept; infinite where they are at `far`."""
    inside, outside = 0.0, way * step
    while kept(outside):
        inside, outside = outside, 2 * outside
        if abs(outside) > far:
            return way * inf
    for _ in range(STEPS):
        between = (inside + outside) / 2
        inside, outside = (between, outside) if kept(between) else (inside, between)
    return outside
