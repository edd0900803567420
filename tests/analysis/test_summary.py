"""What a cell's figures are made of."""

import msgspec
import pytest

from asyncbench.analysis.summary import Summary
from tests.support.fakes import measured, plan, steady

LARGER = {"peak_rss_bytes": 90_000_000, "startup_ns": 7_000_000_000, "shutdown_ns": 9_000_000_000}


@pytest.fixture
def run():
    run = measured(plan("sequential", "asyncio"), steady(sequential=0.03, asyncio=0.02))
    assert {life.round for life in run.lives} >= {0, 1, 2}
    run.lives = [
        life if life.round else msgspec.structs.replace(life, **LARGER) for life in run.lives
    ]
    return run


def whole_lives(run):
    figures = Summary(run).figures(run.plan.cells[0])
    return figures.peak_rss_bytes, figures.startup_s, figures.shutdown_s


@pytest.mark.parametrize("rounds", [1, 2])
def test_the_life_that_calibrates_counts_for_nothing(run, rounds):
    run.lives = [life for life in run.lives if life.round <= rounds]
    assert whole_lives(run) == (8_000_000, 0.001, 0.002)


def test_the_life_that_calibrates_counts_where_there_is_no_other(run):
    run.lives = [life for life in run.lives if not life.round]
    assert whole_lives(run) == (90_000_000, 7, 9)
