"""Fairness over lanes, quantiles, and the pure functions that they are made of."""

import random

import pytest

from asyncbench.stats import fairness
from asyncbench.stats.fairness import lanes_of


def test_jains_index_is_one_of_equals_and_a_share_where_one_has_it_all():
    assert fairness.jain([7, 7, 7]) == 1
    assert fairness.jain([9, 0, 0]) == pytest.approx(1 / 3)
    assert fairness.jain([]) == 1


def test_the_tail_of_poisson_is_that_of_tables():
    # P(X <= 2), mean 5, and P(X <= 0), mean 1: any table of the distribution.
    assert fairness.poisson_tail(2, 5) == pytest.approx(0.124652, abs=1e-6)
    assert fairness.poisson_tail(0, 1) == pytest.approx(0.367879, abs=1e-6)


@pytest.mark.parametrize(
    ("counts", "starved"),
    [
        ([100] * 9 + [10], [9]),  # a tenth
        ([20] * 9 + [2], [9]),
        ([100] * 9 + [60], []),  # more than half
        ([2] * 31 + [0], []),  # too few to tell from chance
        ([60, 1, 0, 0], [1, 2, 3]),
        ([500], []),
        ([60, 0, 0, 0], []),  # tasks that hand nothing over: one lane does it all
    ],
)
def test_a_lane_is_starved_below_half_of_its_share_and_below_chance(counts, starved):
    assert lanes_of(counts).starved == starved


def test_lanes_that_draw_lots_are_not_called_starved():
    draw = random.Random(7)
    flagged = 0
    for _ in range(300):
        counts = [0] * 10
        for _ in range(100):
            counts[draw.randrange(10)] += 1
        flagged += bool(lanes_of(counts).starved)
    assert flagged <= 3
