"""How evenly the tasks of a batch fell on its lanes, and which lanes were starved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

# A lane is starved where it got less than this share of what it was due,
STARVED = 0.5
# and where chance would leave some lane with so little less often than this.
CHANCE = 0.001


@dataclass(frozen=True, slots=True)
class Lanes:
    """How evenly the tasks fell on the lanes: how many the poorest and the richest had.

    `index` is Jain's; `starved` are the lanes that got less than half of their share, and too
    little for chance.
    """

    lanes: int
    fewest: int
    most: int
    index: float
    starved: Sequence[int]


def lanes_of(counts: Sequence[int]) -> Lanes:
    """Judge how evenly tasks fell on lanes, from how many each lane had.

    A lane is starved where it got less than half of what it was due, and so little that a draw
    by lot would leave any of the lanes with it in less than one of a thousand cases.
    """
    due = sum(counts) / len(counts)
    # Where one lane did it all the tasks hand nothing over: that is no matter of fairness.
    alone = max(counts) == sum(counts)
    starved = [
        lane
        for lane, count in enumerate(counts)
        if not alone and count < STARVED * due and poisson_tail(count, due) < CHANCE / len(counts)
    ]
    return Lanes(len(counts), min(counts), max(counts), jain(counts), starved)


def jain(shares: Sequence[float]) -> float:
    """Return Jain's index of fairness: 1 where all have the same, 1 / n where one has it all.

    Source: R. Jain, D. Chiu, W. Hawe, A Quantitative Measure of Fairness and Discrimination for
    Resource Allocation in Shared Computer Systems, DEC-TR-301 (1984).
    """
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 1.0


def poisson_tail(count: int, mean: float) -> float:
    """Return the chance that a Poisson variable with this mean is at most `count`."""
    term = total = exp(-mean)
    for step in range(1, count + 1):
        term *= mean / step
        total += term
    return min(1.0, total)
