"""Several runs at once, a round of each in turn."""

import pytest

from asyncbench.errors import AsyncbenchError, UsageError
from asyncbench.runner import in_turn


@pytest.fixture
def seen():
    return []


def run_of(name, seen, rounds, raises=None):
    try:
        for number in range(rounds):
            seen.append((number, name))
            yield
        if raises:
            raise raises
    finally:
        seen.append(("ended", name))


def clocks(count):
    return [in_turn.StopWatch() for _ in range(count)]


def test_no_run_is_a_round_ahead_of_another(seen):
    runs = [run_of("a", seen, 3), run_of("b", seen, 2), run_of("c", seen, 3)]
    assert in_turn.go(runs, clocks(3)) == [None, None, None]
    rounds = [number for number, _ in seen if number != "ended"]
    assert rounds == [0, 0, 0, 1, 1, 1, 2, 2]


def test_what_one_run_cannot_do_is_told_of_it_and_the_others_go_on(seen):
    error = UsageError("there is no place for its journal")
    runs = [run_of("a", seen, 1, error), run_of("b", seen, 3)]
    assert in_turn.go(runs, clocks(2)) == [error, None]
    assert (2, "b") in seen


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("a fault of ours")])
def test_whatever_ends_one_from_outside_ends_all_of_them(seen, error):
    assert not isinstance(error, AsyncbenchError)
    runs = [run_of("a", seen, 1, error), run_of("b", seen, 9)]
    with pytest.raises(type(error)):
        in_turn.go(runs, clocks(2))
    assert {("ended", "a"), ("ended", "b")} <= {*seen}


def test_a_runs_clock_stands_still_while_others_go_on():
    clock = in_turn.StopWatch()
    assert clock() == 0
    with clock:
        pass
    gone = clock()
    assert gone > 0
    assert clock() == gone
