"""Pure functions on numbers: estimates over rounds, tests and the intervals that they give."""

from __future__ import annotations

import itertools
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import cache
from math import comb, inf

from asyncbench.frozen import dataclass

# Rounds up to which every sign pattern is tried; beyond, this many seeded ones are.
EXACT_ROUNDS = 12
PATTERNS = 2048
# More rounds than this are flipped together with their neighbours, which bounds the work.
MOST_FLIPPED = 100
# Fewer rounds than this support no claim: five cannot reach p = 0.05, since 2 ** (1 - 5) = 0.0625.
LEAST_ROUNDS = 6
ALPHA = 0.05

Rounds = Sequence[Sequence[float]]
# Gives the p-value of the hypothesis that rounds, whose values are sorted, lie about a centre.
Test = Callable[[Rounds, float], float]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the range that the data do not contradict at a level (0.05: 95 %)."""

    estimate: float
    low: float
    high: float
    level: float


def estimate(rounds: Rounds) -> float:
    """Return the median of all values, in which each round weighs the same.

    A round with many values must not outvote the others: the test that judges the estimate
    (`sign_flip_p`) counts rounds, and this is the centre that it doubts least.
    """
    ordered = [sorted(values) for values in rounds]
    return _estimate(ordered, _distinct(ordered))


def sign_flip_p(rounds: Rounds, centre: float) -> float:
    """Test that the values lie about `centre`: the share of sign patterns at least as lopsided.

    `rounds` holds one or more values a round. Each round is summed up by the mean sign of its
    values' distances from `centre`, S_r; under the hypothesis each S_r is as likely as -S_r,
    whatever the tails and however the values of one round hang together: exact, up to
    `EXACT_ROUNDS` rounds, for twins, where each value is as likely as its negative, and wherever
    values lie symmetrically about the centre. Source: R. A. Fisher, The Design of Experiments
    (1935), section 21.
    """
    return sorted_sign_flip_p([sorted(values) for values in rounds], centre)


def interval(rounds: Rounds, level: float = ALPHA, test: Test | None = None) -> Interval:
    """Invert a test, `sign_flip_p` unless another is given: the centres that it does not refuse.

    Its ends are values of the data, or infinite where the rounds are too few for the level.
    """
    ordered = [sorted(each) for each in rounds]
    values = _distinct(ordered)
    middle = _estimate(ordered, values)
    # The test's answer changes only at the values, so it is asked once in each gap between them:
    # gap g lies between values g - 1 and g.
    below = bisect_left(values, middle)
    above = bisect_right(values, middle)
    p_value = test or sorted_sign_flip_p

    def kept(gap: int) -> bool:
        return p_value(ordered, _inside(values, gap)) > level

    first = _outermost(below, 0, kept)
    last = _outermost(above, len(values), kept)
    return Interval(
        middle,
        _value(values, first - 1) if first is not None else middle,
        _value(values, last) if last is not None else middle,
        level,
    )


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


def sorted_sign_flip_p(rounds: Rounds, centre: float) -> float:
    """Do the work of `sign_flip_p` on rounds whose values are sorted."""
    return _lopsidedness(
        [
            # The mean sign: how many values lie above the centre, less how many lie below it.
            (len(values) - bisect_right(values, centre) - bisect_left(values, centre)) / len(values)
            for values in rounds
        ]
    )


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


def _inside(values: Sequence[float], gap: int) -> float:
    if gap == 0:
        return values[0] - 1
    if gap == len(values):
        return values[-1] + 1
    return (values[gap - 1] + values[gap]) / 2


def _value(values: Sequence[float], position: int) -> float:
    if position < 0:
        return -inf
    return values[position] if position < len(values) else inf


def _outermost(start: int, end: int, kept: Callable[[int], bool]) -> int | None:
    """Bisect from gap `start` outward to the last gap that is kept; None where not even it is."""
    if not kept(start):
        return None
    if kept(end):
        return end
    inside, outside = start, end
    while abs(outside - inside) > 1:
        middle = (inside + outside) // 2
        if kept(middle):
            inside = middle
        else:
            outside = middle
    return inside
