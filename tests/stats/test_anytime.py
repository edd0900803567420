"""A test that holds however often one looks: exact on small cases, kept on simulated ones."""

import random
from itertools import product
from math import log, prod, tanh

import pytest

from asyncbench.stats import anytime, distances, intervals
from asyncbench.stats.anytime import BETS


def test_stakes_grow_by_nothing_on_average_while_the_hypothesis_is_true():
    # Over all sign patterns of equal chance: p <= 2 / stake, so 1 / p has a mean of 2 at the most.
    size = 5
    patterns = list(product([-1.0, 1.0], repeat=size))
    inverse = [1 / anytime.p_value([[sign] for sign in each], 0.0) for each in patterns]
    assert sum(inverse) / len(patterns) <= 2


def test_rounds_that_all_say_the_same_are_soon_enough():
    assert anytime.rounds_needed(0.05) == 6
    assert anytime.rounds_needed(0.05 / 4) == 8


def test_a_p_value_is_that_of_the_bets():
    # Of 1 the distance is the usual one, of 2 it is 4/3 of that until then, of 9 the most: 1.5.
    scores = (1, 4 / 3, 1.5)
    grown = sum(share * prod(1 + tanh(bet * each) for each in scores) for bet, share in BETS)
    assert anytime.p_value([[1.0], [2.0], [9.0]], 0.0) == pytest.approx(2 / grown)


def test_a_stake_of_earlier_rounds_is_not_changed_by_later_ones():
    draw = random.Random(3)
    rounds = [[draw.gauss(0, 1) for _ in range(3)] for _ in range(9)]
    assert distances.scores_in_turn(rounds, 0.1)[:5] == distances.scores_in_turn(rounds[:5], 0.1)


def test_looking_after_each_round_refuses_the_truth_seldom_enough():
    draw = random.Random(7)
    refused = 0
    for _ in range(400):
        rounds = []
        for _ in range(30):
            shift = draw.gauss(0, 0.02)
            rounds.append(sorted(shift + draw.gauss(0, 0.03) for _ in range(4)))
            if anytime.p_value(rounds, 0.0) <= 0.05:
                refused += 1
                break
    assert refused <= 20


def test_more_evidence_narrows_the_interval_and_it_holds_the_truth():
    draw = random.Random(1)
    rounds = [[log(1.1) + draw.gauss(0, 0.02) for _ in range(5)] for _ in range(24)]
    few, many = (intervals.interval(rounds[:n], 0.05, anytime.p_value) for n in (8, 24))
    assert many.high - many.low < few.high - few.low
    assert few.low <= log(1.1) <= few.high


def test_hundreds_of_rounds_are_no_overflow():
    assert anytime.p_value([[1.0]] * 5000, 0.0) < 1e-200
