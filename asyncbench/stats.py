"""Pure functions on numbers: estimates over rounds, tests and the intervals that they give."""

from __future__ import annotations

import itertools
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import atan2, ceil, comb, cos, exp, inf, pi, sin, sqrt
from operator import itemgetter

# Rounds up to which every sign pattern is tried; beyond, this many seeded ones are.
EXACT_ROUNDS = 12
PATTERNS = 2048
# More rounds than this are flipped together with their neighbours, which bounds the work.
MOST_FLIPPED = 100
# Fewer rounds than this support no claim: five cannot reach p = 0.05, since 2 ** (1 - 5) = 0.0625.
LEAST_ROUNDS = 6
ALPHA = 0.05

Rounds = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the range that the data do not contradict at a level (0.05: 95 %)."""

    estimate: float
    low: float
    high: float
    level: float


def estimate(rounds: Rounds) -> float:
    """Give the median of all values, in which each round weighs the same.

    A round with many values must not outvote the others: the test that judges the estimate
    (`sign_flip_p`) counts rounds, and this is the centre that it doubts least.
    """
    weighted = [(value, 1 / len(values)) for values in rounds for value in values]
    weighted.sort(key=itemgetter(0))
    half = len(rounds) / 2
    below = 0.0
    for (value, weight), (above, _) in itertools.pairwise([*weighted, weighted[-1]]):
        below += weight
        if below > half * (1 + 1e-12):
            return value
        if below >= half * (1 - 1e-12):
            return (value + above) / 2
    raise ValueError("there is no median of nothing")


def sign_flip_p(rounds: Rounds, centre: float) -> float:
    """Test that the values lie about `centre`: the share of sign patterns at least as lopsided.

    `rounds` holds one or more values a round. Each round is summed up by the mean sign of its
    values' distances from `centre`, S_r; under the hypothesis each S_r is as likely as -S_r,
    whatever the tails and however the values of one round hang together: exact, up to
    `EXACT_ROUNDS` rounds, for twins, where each value is as likely as its negative, and wherever
    values lie symmetrically about the centre. Source: R. A. Fisher, The Design of Experiments
    (1935), section 21.
    """
    return _sorted_sign_flip_p([sorted(values) for values in rounds], centre)


def interval(rounds: Rounds, level: float = ALPHA) -> Interval:
    """Invert `sign_flip_p`: the centres that the test does not refuse at `level`.

    Its ends are values of the data, or infinite where the rounds are too few for the level.
    """
    values = sorted(set(itertools.chain.from_iterable(rounds)))
    middle = estimate(rounds)
    # The test's answer changes only at the values, so it is asked once in each gap between them:
    # gap g lies between values g - 1 and g.
    below = bisect_left(values, middle)
    above = bisect_right(values, middle)
    ordered = [sorted(each) for each in rounds]

    def kept(gap: int) -> bool:
        return _sorted_sign_flip_p(ordered, _inside(values, gap)) > level

    first = _outermost(below, 0, kept)
    last = _outermost(above, len(values), kept)
    return Interval(
        middle,
        _value(values, first - 1) if first is not None else middle,
        _value(values, last) if last is not None else middle,
        level,
    )


def quantile(values: Sequence[int], share: float) -> int:
    """Give the smallest of the values that at least `share` (0.99) of them do not exceed."""
    return of_sorted(sorted(values), share) if values else 0


def of_sorted(values: Sequence[int], share: float) -> int:
    """Give that of values which are in order."""
    return values[max(0, ceil(share * len(values)) - 1)]


def jain(shares: Sequence[float]) -> float:
    """Give Jain's index of fairness: 1 where all have the same, 1 / n where one has it all.

    Source: R. Jain, D. Chiu, W. Hawe, A Quantitative Measure of Fairness and Discrimination for
    Resource Allocation in Shared Computer Systems, DEC-TR-301 (1984).
    """
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 1.0


def poisson_tail(count: int, mean: float) -> float:
    """Give the chance that a Poisson variable with this mean is at most `count`."""
    term = total = exp(-mean)
    for step in range(1, count + 1):
        term *= mean / step
        total += term
    return min(1.0, total)


def reachable_level(rounds: int) -> float:
    """Give the smallest p-value that this many rounds can bring forth."""
    return 2.0 ** (1 - rounds) if rounds <= EXACT_ROUNDS else 1 / PATTERNS


def rounds_needed(level: float, dissenting: int = 0) -> int:
    """Give how many rounds it takes for a test at this level to refuse anything.

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


def student_tail(value: float, degrees: int) -> float:
    """Give the chance that Student's t with these degrees of freedom lies beyond +-`value`.

    Source: M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions (1964), 26.7.3-4.
    """
    angle = atan2(value, sqrt(degrees))
    step = cos(angle) ** 2
    # The sums run over cos^0, cos^2, ... for even degrees and cos^1, cos^3, ... for odd ones.
    term, total = (1.0, 0.0) if degrees % 2 == 0 else (cos(angle), 0.0)
    for order in range(2 + degrees % 2, degrees + 1, 2):
        total += term
        term *= step * (order - 1) / order
    inside = sin(angle) * total
    return 1 - (inside if degrees % 2 == 0 else 2 / pi * (angle + inside))


def student_quantile(level: float, degrees: int) -> float:
    """Give the value that Student's t exceeds, either way, with chance `level` (0.05: 95 %)."""
    low, high = 0.0, 1.0
    while student_tail(high, degrees) > level:
        low, high = high, high * 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, degrees) > level else (low, middle)
    return high


def shared_levels(p_values: Sequence[float], alpha: float = ALPHA) -> list[float]:
    """Share `alpha` out over several tests by Holm's step-down procedure: a level for each.

    The smallest of m p-values is held against alpha / m, the next against alpha / (m - 1), and so
    on; from the first that fails, the rest keep its level. The chance of any false claim then
    stays below alpha. Source: S. Holm, Scandinavian Journal of Statistics 6 (1979), 65-70.
    """
    levels = [alpha] * len(p_values)
    level, failed = alpha, False
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if not failed:
            level = alpha / (len(p_values) - rank)
            failed = p_values[index] > level
        levels[index] = level
    return levels


def _sorted_sign_flip_p(rounds: Rounds, centre: float) -> float:
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
