"""Intervals of several ratios at one joint level, shared out by how sure each verdict is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache
from math import exp, inf, log1p

from asyncbench.stats import distances
from asyncbench.stats.distances import Rounds
from asyncbench.stats.intervals import (
    ALPHA,
    LEAST_ROUNDS,
    Interval,
    Test,
    estimate,
    interval,
    sign_flip_p,
)


def intervals(
    pairs: Sequence[Rounds],
    margin: float,
    choices: Sequence[int] | None = None,
    test: Test = sign_flip_p,
) -> list[Interval | None]:
    """Return an interval of the ratio for each list of paired log-ratios, all at one joint level.

    None where a pair never met. Where the rounds are too few, the interval is infinite.
    """
    weights = list(choices) if choices else [1] * len(pairs)
    met = [index for index, rounds in enumerate(pairs) if rounds]
    doubts = [min(1.0, doubt(pairs[index], margin, test) * weights[index]) for index in met]
    found: list[Interval | None] = [None] * len(pairs)
    for index, level in zip(met, shared_levels(doubts), strict=True):
        found[index] = ratio(pairs[index], level / weights[index], test)
    return found


def doubt(rounds: Rounds, margin: float, test: Test) -> float:
    """Return the p-value of the verdict that the estimate suggests; 1 where a pair never met."""
    if not rounds:
        return 1.0
    edge = log1p(margin)
    middle = estimate(rounds)
    ordered = distances.ordered(rounds)
    if middle < -edge:
        return test(ordered, -edge)
    if middle > edge:
        return test(ordered, edge)
    return max(test(ordered, -edge), test(ordered, edge))


def ratio(rounds: Rounds, level: float, test: Test = sign_flip_p) -> Interval:
    """Return the interval of one ratio; infinite where the rounds are too few for any claim."""
    if len(rounds) < LEAST_ROUNDS:
        return Interval(exp(estimate(rounds)), 0.0, inf, level)
    return interval(rounds, level, test).of_logarithm()


def shared_levels(
    p_values: Sequence[float], alpha: float = ALPHA, shares: Sequence[float] | None = None
) -> list[float]:
    """Share `alpha` out over several tests by Holm's step-down procedure: a level for each.

    The smallest of m p-values is held against alpha / m, the next against alpha / (m - 1), and so
    on; from the first that fails, the rest keep its level. The chance of any false claim then
    stays below alpha. Source: S. Holm, Scandinavian Journal of Statistics 6 (1979), 65-70.
    `shares` are other divisors than m, m - 1, ..., 1.
    """
    parts = shares or range(len(p_values), 0, -1)
    levels = [alpha] * len(p_values)
    level, failed = alpha, False
    places = sorted(range(len(p_values)), key=lambda place: p_values[place])
    for part, index in zip(parts, places, strict=True):
        if not failed:
            level = alpha / part
            failed = p_values[index] > level
        levels[index] = level
    return levels


@cache
def shares_of_best(rivals: int) -> list[float]:
    """Return the divisors of `shared_levels` for whether one of several is the best of all.

    It was picked by looking. Each p-value is to be 2 / stake of an e-process (`anytime`), a stake
    that grows by nothing on average while the two are equal. The divisors are m, ..., 2 + x, 1 + x,
    none above m. A cell with a - 1 quicker ones is wrongly told from all of them only once their
    mean stake is 2 (1 + x + ... + a - 1 + x) / (a - 1) / alpha, which has a chance of one in that;
    x is the least with which these chances, of all a, add up to alpha. If all are equal, x = 0
    would do. Where some are equal and others just behind, the argument allows up to 1.4 alpha;
    what is simulated lies far below (docs/method.md).
    """
    steps = range(1, rivals + 1)

    def taken(more: float) -> float:
        least = [*itertools.accumulate(min(rivals, step + more) for step in steps)]
        return sum(step / (2 * each) for step, each in zip(steps, least, strict=True))

    more = next(more / 20 for more in itertools.count() if taken(more / 20) <= 1)
    return [min(rivals, step + more) for step in reversed(steps)]
