"""Rounds, visits and samples: how the time is shared out."""

from dataclasses import replace

import pytest

from asyncbench.runner.schedule import (
    LEAST_SAMPLE_S,
    SHORT,
    Need,
    Pace,
    is_slow,
    near,
    rounds_for,
    short_round_s,
    useful_rounds,
    visit_lengths,
)


def need(*seconds, start=0.05, stop=0.01):
    return Need(start, stop, [Pace(1, each) for each in seconds])


@pytest.mark.parametrize("batch", [1e-6, 0.0004, 0.007, 0.019, 0.02, 3.0])
def test_a_sample_is_long_enough_to_time(batch):
    pace = Pace.from_batch(batch)
    assert pace.seconds == pytest.approx(pace.batches * batch)
    assert SHORT * LEAST_SAMPLE_S <= pace.seconds < LEAST_SAMPLE_S + batch


def test_rounds_are_many_where_starting_is_cheap():
    assert rounds_for(30.0, 0.01, [need(0.02, 0.02, start=0.01)], useful_rounds(1)) == 12


def test_a_claim_survives_a_round_that_goes_the_other_way():
    calm = [need(0.02, 0.02, start=0.3)]
    assert rounds_for(30.0, 0.1, calm, useful_rounds(5)) == 8
    assert rounds_for(30.0, 0.1, calm, useful_rounds(5, dissenting=1)) == 12


def test_no_number_of_verdicts_asks_for_endless_rounds():
    assert rounds_for(300.0, 0.1, [need(0.02, start=0.2)], useful_rounds(10_000, dissenting=1)) < 20


def test_rounds_are_eight_where_starting_costs():
    assert rounds_for(30.0, 0.1, [need(0.02, 0.02, start=0.5)], useful_rounds(1)) == 8


def test_rounds_are_enough_for_the_share_of_the_level():
    assert rounds_for(30.0, 0.1, [need(0.02, start=0.5)], useful_rounds(12)) == 9


def test_rounds_fall_short_where_the_slowest_cell_leaves_no_time():
    assert rounds_for(10.0, 0.1, [need(3.0, 0.02)], useful_rounds(4)) == 3
    assert rounds_for(0.5, 0.1, [need(3.0)], useful_rounds(4)) == 1


def test_a_visit_gets_what_it_needs_and_the_rest_is_shared_evenly():
    lengths = visit_lengths(10.0, [need(6.0), need(0.02), need(0.02)])
    assert lengths[0] == pytest.approx(6.061)
    assert lengths[1] == lengths[2] == pytest.approx((10 - 6.061) / 2)


def test_visits_are_even_where_all_fit():
    assert visit_lengths(3.0, [need(0.1), need(0.2), need(0.3)]) == [1.0, 1.0, 1.0]


def test_visits_are_as_long_as_what_is_asked_of_them():
    asked = [replace(need(each), near_blocks=4) for each in (0.1, 0.2)]
    first, second = visit_lengths(3.0, asked)
    assert first + second == pytest.approx(3.0)
    assert second / first == pytest.approx(asked[1].least_s() / asked[0].least_s())


def test_a_long_sample_is_slow_for_its_visit():
    assert is_slow(Pace(1, 0.2), visit_s=1.0)
    assert not is_slow(Pace(1, 0.06), visit_s=1.0)


def test_near_is_what_a_batch_takes_little_longer_than_the_quickest():
    quick, close, far = Pace(4, 0.020), Pace(3, 0.021), Pace(1, 0.2)
    assert near([far, close, quick]) == [close, quick]
    assert near([]) == []
    assert near([Pace(1, 0.2), Pace(1, 0.21)]) == []  # each is an average of many moments


def test_a_round_samples_more_of_what_is_near():
    visit = Need(0.1, 0.05, [Pace(1, 0.02), Pace(1, 0.021), Pace(1, 0.2)])
    more = replace(visit, near_blocks=4)
    assert more.least_s() - visit.least_s() >= 3 * 0.041


def test_a_short_round_is_half_of_samples_or_has_a_block_of_each():
    quick = Need(0.1, 0.05, [Pace(1, 0.02)])
    assert short_round_s(0.05, [quick]) == pytest.approx(0.4)
    slow = Need(0.1, 0.05, [Pace(1, 2.0)])
    assert short_round_s(0.05, [slow]) == pytest.approx(0.05 + slow.least_s())
