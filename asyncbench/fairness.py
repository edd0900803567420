"""How evenly the tasks of a batch fell on its lanes, and which lanes were starved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asyncbench import stats

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
        if not alone
        and count < STARVED * due
        and stats.poisson_tail(count, due) < CHANCE / len(counts)
    ]
    return Lanes(len(counts), min(counts), max(counts), stats.jain(counts), starved)
