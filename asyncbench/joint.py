"""Intervals of several ratios at one joint level, shared out by how sure each verdict is."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, inf, log1p

from asyncbench import stats
from asyncbench.stats import Interval, Rounds


def intervals(
    pairs: Sequence[Rounds], margin: float, choices: Sequence[int] | None = None
) -> list[Interval | None]:
    """Give an interval of the ratio for each list of paired log-ratios, all at one joint level.

    None where a pair never met. Where the rounds are too few, the interval is infinite.
    """
    weights = list(choices) if choices else [1] * len(pairs)
    met = [index for index, rounds in enumerate(pairs) if rounds]
    doubts = [min(1.0, _doubt(pairs[index], margin) * weights[index]) for index in met]
    found: list[Interval | None] = [None] * len(pairs)
    for index, level in zip(met, stats.shared_levels(doubts), strict=True):
        found[index] = ratio(pairs[index], level / weights[index])
    return found


def _doubt(rounds: Rounds, margin: float) -> float:
    """Give the p-value of the verdict that the estimate suggests."""
    edge = log1p(margin)
    middle = stats.estimate(rounds)
    if middle < -edge:
        return stats.sign_flip_p(rounds, -edge)
    if middle > edge:
        return stats.sign_flip_p(rounds, edge)
    return max(stats.sign_flip_p(rounds, -edge), stats.sign_flip_p(rounds, edge))


def ratio(rounds: Rounds, level: float) -> Interval:
    """Give the interval of one ratio; infinite where the rounds are too few for any claim."""
    if len(rounds) < stats.LEAST_ROUNDS:
        return Interval(exp(stats.estimate(rounds)), 0.0, inf, level)
    found = stats.interval(rounds, level)
    return Interval(exp(found.estimate), exp(found.low), exp(found.high), level)
