"""A test that holds however often one looks: exact on small cases, kept on simulated ones."""

import random
from itertools import product
from math import log, tanh

import pytest

from asyncbench.stats import anytime, intervals


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
    grown = sum(share * (1 + tanh(bet)) ** 3 for bet, share in anytime.BETS)
    assert anytime.p_value([[1.0], [2.0], [3.0]], 0.0) == pytest.approx(2 / grown)


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
