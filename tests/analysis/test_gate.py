"""A gate on exact intervals: what trips it, what does not, and what it refuses to pass."""

import pytest

from asyncbench.analysis import gate
from asyncbench.errors import UsageError
from asyncbench.stats.intervals import Interval

BOUND = gate.Bound(0.05)


def candidate(low, high, why=""):
    return gate.Candidate("cpu under asyncio", Interval((low * high) ** 0.5, low, high, 0.05), why)


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [(1.06, 1.20, 1), (1.04, 1.20, 0), (1.05, 1.20, 0), (0.5, 0.6, 0), (0.99, 1.01, 0)],
)
def test_only_an_interval_wholly_beyond_the_bound_trips_it(low, high, status):
    assert gate.decide(BOUND, [candidate(0.9, 1.1), candidate(low, high)]).status == status


def test_the_cell_that_decided_is_named():
    [line, _] = gate.decide(BOUND, [candidate(1.1, 1.3)]).lines
    assert line == "slower than 5 % allow: cpu under asyncio, 1.20x slower (1.10-1.30)"


def test_a_pass_tells_what_its_intervals_do_not_rule_out():
    [line, last] = gate.decide(BOUND, [candidate(0.9, 1.04), candidate(0.7, 1.4)]).lines
    assert line.startswith("more than 5 % slower is not ruled out in 1 of 2 (widest: cpu under")
    assert last.startswith("gate: passed")


def test_a_pass_that_rules_the_bound_out_says_no_more():
    assert len(gate.decide(BOUND, [candidate(0.9, 1.04)]).lines) == 1


def test_nothing_to_compare_does_not_pass():
    assert gate.decide(BOUND, []).status == 4


@pytest.mark.parametrize(
    "other",
    [
        gate.Candidate("sleep under threads", None, "it failed"),
        candidate(0.0, float("inf")),
        candidate(0.9, 1.0, "twins were told apart"),
    ],
)
def test_a_cell_that_could_not_be_compared_does_not_pass_whatever_the_others(other):
    outcome = gate.decide(BOUND, [candidate(1.5, 1.6), other])
    assert outcome.status == 4
    assert "slower than 5 % allow: cpu under asyncio" in outcome.lines[0]


def test_an_interrupted_run_does_not_pass():
    outcome = gate.decide(BOUND, [candidate(0.9, 1.0)], "the run was interrupted")
    assert outcome.status == 4
    assert "incomplete: the run was interrupted" in outcome.lines


@pytest.mark.parametrize(
    "text", ["5%", "slower", "slower:5", "faster:5%", "slower:-1%", "", f"slower:{'9' * 400}%"]
)
def test_a_bound_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="slower:5%"):
        gate.parse(text)


def test_a_large_bound_is_said_as_it_was_given():
    [passed] = gate.decide(gate.parse("slower:1500%"), [candidate(0.9, 1.1)]).lines
    assert "slower by more than 1,500 % (closest" in passed


def test_a_bound_is_a_share():
    assert gate.parse("slower:2.5%") == gate.Bound(0.025)
