"""Intervals of several ratios at one joint level, shared out by how sure each verdict is."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, inf, log1p

from asyncbench.stats.intervals import (
    ALPHA,
    LEAST_ROUNDS,
    Interval,
    Rounds,
    Test,
    estimate,
    interval,
    sorted_sign_flip_p,
)


def intervals(
    pairs: Sequence[Rounds],
    margin: float,
    choices: Sequence[int] | None = None,
    test: Test = sorted_sign_flip_p,
) -> list[Interval | None]:
    """Return an interval of the ratio for each list of paired log-ratios, all at one joint level.

    None where a pair never met. Where the rounds are too few, the interval is infinite.
    """
    weights = list(choices) if choices else [1] * len(pairs)
    met = [index for index, rounds in enumerate(pairs) if rounds]
    doubts = [min(1.0, _doubt(pairs[index], margin, test) * weights[index]) for index in met]
    found: list[Interval | None] = [None] * len(pairs)
    for index, level in zip(met, shared_levels(doubts), strict=True):
        found[index] = ratio(pairs[index], level / weights[index], test)
    return found


def _doubt(rounds: Rounds, margin: float, test: Test) -> float:
    """Return the p-value of the verdict that the estimate suggests."""
    edge = log1p(margin)
    middle = estimate(rounds)
    ordered = [sorted(values) for values in rounds]
    if middle < -edge:
        return test(ordered, -edge)
    if middle > edge:
        return test(ordered, edge)
    return max(test(ordered, -edge), test(ordered, edge))


def ratio(rounds: Rounds, level: float, test: Test = sorted_sign_flip_p) -> Interval:
    """Return the interval of one ratio; infinite where the rounds are too few for any claim."""
    if len(rounds) < LEAST_ROUNDS:
        return Interval(exp(estimate(rounds)), 0.0, inf, level)
    found = interval(rounds, level, test)
    return Interval(exp(found.estimate), exp(found.low), exp(found.high), level)


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
