"""The exact test, its interval and the sharing of the level."""

import itertools
import random
import statistics
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncbench.stats import anytime, distances, intervals, simultaneous, student

values = st.floats(-1, 1).map(lambda value: round(value, 3))
rounds = st.lists(st.lists(values, min_size=1, max_size=4), min_size=2, max_size=9)


def by_enumeration(data, centre):
    unit = statistics.median(abs(value - centre) for each in data for value in each)

    def capped(value):
        away = value - centre
        return away / max(unit, abs(away) / 1.5) if away else 0.0

    scores = [sum(map(capped, each)) / len(each) for each in data]
    observed = abs(sum(scores)) - 1e-9
    patterns = list(itertools.product((1, -1), repeat=len(scores)))
    flipped = [
        abs(sum(score * flip for score, flip in zip(scores, pattern, strict=True)))
        for pattern in patterns
    ]
    return sum(each >= observed for each in flipped) / len(patterns)


@given(rounds, values)
def test_p_value_is_the_share_of_all_sign_patterns(data, centre):
    assert intervals.sign_flip_p(data, centre) == pytest.approx(by_enumeration(data, centre))


def test_p_value_of_eight_rounds_on_one_side_is_the_smallest_they_can_reach():
    assert intervals.sign_flip_p([[0.1]] * 8, 0.0) == 2**-7


def test_p_value_past_the_exact_rounds_is_near_the_exact_one():
    draw = random.Random(1)
    data = [[draw.gauss(0.4, 1)] for _ in range(16)]
    assert intervals.sign_flip_p(data, 0.0) == pytest.approx(by_enumeration(data, 0.0), abs=0.03)


@given(rounds)
def test_interval_holds_the_estimate(data):
    found = intervals.interval(data)
    assert found.low <= found.estimate <= found.high


@given(st.lists(st.lists(values, min_size=1, max_size=4), min_size=6, max_size=9))
def test_the_test_refuses_the_ends_of_an_interval_and_what_lies_beyond(data):
    found = intervals.interval(data)
    for beyond in (found.low - 1e-6, found.high + 1e-6, found.low - 3, found.high + 3):
        assert intervals.sign_flip_p(data, beyond) <= intervals.ALPHA


@given(rounds, st.floats(-1, 1))
def test_interval_moves_with_the_data(data, shift):
    before = intervals.interval(data)
    after = intervals.interval([[value + shift for value in each] for each in data])
    assert after.estimate == pytest.approx(before.estimate + shift)


def test_interval_of_too_few_rounds_has_no_ends():
    found = intervals.interval([[0.1], [0.2], [0.3], [0.2], [0.1]])
    assert (found.low, found.high) == (-inf, inf)


def test_interval_of_equal_values_is_that_value():
    found = intervals.interval([[0.25]] * 8)
    assert (found.low, found.estimate, found.high) == pytest.approx((0.25, 0.25, 0.25))


def test_interval_covers_the_truth_as_often_as_it_says():
    draw = random.Random(5)
    missed = 0
    for _ in range(400):
        # Rounds differ by more than the values in them, with heavy tails.
        data = [
            [centre + draw.gauss(0, 0.2) for _ in range(5)]
            for centre in (draw.gauss(0, 1) / max(0.2, draw.random()) for _ in range(8))
        ]
        found = intervals.interval(data)
        missed += not found.low <= 0 <= found.high
    assert missed / 400 < 0.08


def test_rounds_needed_for_a_level():
    assert intervals.rounds_needed(0.05) == 6
    assert intervals.rounds_needed(0.05 / 4) == 8


def test_levels_are_shared_by_holm():
    assert simultaneous.shared_levels([0.03, 0.001, 0.026]) == pytest.approx(
        [0.025, 0.05 / 3, 0.025]
    )
    assert simultaneous.shared_levels([0.001, 0.01]) == pytest.approx([0.025, 0.05])
    assert simultaneous.shared_levels([]) == []


@pytest.mark.parametrize("rivals", range(1, 12))
def test_shares_of_the_best_are_an_even_part_first_and_add_up_to_the_whole(rivals):
    shares = simultaneous.shares_of_best(rivals)
    assert shares[0] == rivals
    assert shares == sorted(shares, reverse=True)
    grown = itertools.accumulate(reversed(shares))
    assert sum(wrong / (2 * each) for wrong, each in enumerate(grown, 1)) <= 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_levels_never_fall_below_an_even_share(p_values):
    levels = simultaneous.shared_levels(p_values)
    assert all(intervals.ALPHA / len(p_values) <= level <= intervals.ALPHA for level in levels)


@pytest.mark.parametrize("test", [intervals.sign_flip_p, anytime.p_value])
def test_an_interval_of_steady_rounds_with_one_value_far_off_holds_what_the_test_holds(test):
    data = [[0.0002 * (-1) ** n * (1 + 0.1 * each) for each in range(4)] for n in range(12)]
    data[3][0] = 3.0
    found = intervals.interval(data, 0.05, test)
    assert test(data, 0.0) == 1
    assert found.low <= 0 <= found.high


@pytest.mark.parametrize("count", [199, 200, 301, 1000])
def test_many_values_are_thinned_out_alike_on_both_sides(count):
    values = [[float(each) for each in range(count)]]
    mirrored = [[count - 1 - each for each in values[0]]]
    [thinned], [other] = distances.ordered(values), distances.ordered(mirrored)
    assert len(thinned) < count
    assert thinned == other == sorted(count - 1 - each for each in thinned)


def test_the_logarithm_of_anything_has_an_interval():
    found = simultaneous.ratio([[710.0 + each] for each in range(8)], 0.05)
    assert found.low > 1
    assert found.high == inf


def test_one_value_far_off_moves_the_interval_no_more_than_one_less_far():
    usual = [[0.01 * each] for each in range(-5, 6)]
    near, far = (intervals.interval([*usual, [off]]) for off in (0.5, 50.0))
    assert (near.low, near.high) == pytest.approx((far.low, far.high), abs=1e-3)


def test_a_round_with_many_values_does_not_outvote_the_others():
    data = [[0.10, 0.11], [0.12, 0.10], [0.09, 0.10], [0.11, 0.12], [0.1, 0.1], [0.1, 0.13]]
    found = intervals.interval([*data, [0.11, 0.1], [0.001 * n for n in range(60)]])
    assert found.estimate > 0.08
    assert found.low < found.estimate < found.high


def test_more_rounds_than_are_flipped_one_by_one_are_as_sure():
    assert intervals.sign_flip_p([[0.1]] * 500, 0.0) == 1 / intervals.PATTERNS
    assert intervals.sign_flip_p([[0.1], [-0.1]] * 250, 0.0) == 1.0


@pytest.mark.parametrize(
    ("level", "degrees", "value"),
    [
        (0.05, 1, 12.7062047),
        (0.05, 2, 4.3026527),
        (0.01, 3, 5.8409093),
        (0.01, 4, 4.6040949),
        (0.001, 10, 4.5868939),
        (0.005, 31, 3.0221178),
        (1e-5, 7, 11.2148498),
    ],
)
def test_student_quantiles_are_those_of_the_tables(level, degrees, value):
    assert student.student_quantile(level, degrees) == pytest.approx(value, rel=1e-7)
