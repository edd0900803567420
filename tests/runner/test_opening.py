"""A map measures the points that show where its outcomes change, and of the others none."""

import pytest

from asyncbench.analysis.grid import Grid, Kind
from asyncbench.analysis.result import Result
from asyncbench.record.run import Run
from asyncbench.report import axes
from asyncbench.report import grid as said
from asyncbench.report.export import sweep as exported
from asyncbench.report.html import heat
from asyncbench.report.terminal import grid as screens
from asyncbench.runner import opening, stopping
from tests.support.fakes import ENVIRONMENT, FakeLauncher, swept
from tests.support.whole import measure

STARTED = "2026-11-22T12:00:00+00:00"
AXES = {
    "share": [float(each) for each in range(9)],
    "concurrency": [float(each) for each in range(1, 10)],
}
COSTS = {
    "threads": lambda load: 0.020 + 0.004 * load.params["share"],
    "asyncio": lambda load: 0.036,
}


def mapped(*, adaptive, budget_s=600.0):
    launcher = FakeLauncher({}, COSTS)
    planned = swept(AXES, *COSTS, log=False, budget_s=budget_s)
    run = Run(planned, dict(ENVIRONMENT), STARTED)
    which = opening.of_frontier if adaptive else None
    return Grid(
        Result(
            measure(run, launcher, stopping.rule_for(planned), clock=launcher.clock, opening=which)
        )
    )


@pytest.fixture(scope="module")
def adaptive():
    return mapped(adaptive=True)


@pytest.fixture(scope="module")
def short():
    """Give what a budget comes to that is too small for all points."""
    return mapped(adaptive=True, budget_s=40.0)


def test_what_is_not_measured_lies_amid_points_that_agree(adaptive):
    amid = [each for each in adaptive.outcomes.values() if each.kind is Kind.AMID]
    assert len(amid) > len(adaptive.outcomes) / 4
    for (share, _), each in adaptive.outcomes.items():
        if share != 4:  # where they are equal
            assert each.kind in (Kind.WINS, Kind.AMID)
            assert list(each.names) == ["threads" if share < 4 else "asyncio"]
        else:
            assert each.kind is Kind.TIES


def test_it_is_said_and_drawn_as_what_it_is(adaptive):
    first = said.answer(adaptive)[0].text
    assert "not measured amid points that agree" in first
    text = screens.screen(adaptive.result, 100)
    assert "lower-case letter, or -: not measured, since all points around it agree" in text
    [row] = [line for line in text.split("\n") if line.startswith("2 ")]
    assert "t" in row
    assert "a" in row
    assert "Not run" not in text


def test_a_budget_that_is_too_small_for_a_grid_measures_a_coarser_one(short):
    counts = short.counts
    assert counts[str(Kind.HOLE)] or counts[str(Kind.AMID)]
    assert counts["threads"] + counts["asyncio"] > 0


def test_pictures_and_exports_know_it_too(adaptive):
    letters = {each.letter for each in heat.of_grid(adaptive).squares}
    assert {"T", "A", "t", "a", "="} <= letters
    assert any(text.startswith("lower-case letter") for _, text in heat.of_grid(adaptive).legend)
    points = exported.document(adaptive.result)["points"]
    assert {each["outcome"] for each in points} == {"wins", "ties", "as all around it"}
    assert all(each["quickest"] for each in points)


def test_how_many_points_there_was_time_for_is_said(adaptive, short):
    begun = sum(any(row.figures for row in each.rows) for each in short.result.judgements)
    [told] = [each.text for each in axes.answer(short.result) if "no time" in each.text]
    assert told.startswith(f"{begun} of 81 points were measured, those that tell most: ")
    assert not any("no time" in each.text for each in axes.answer(adaptive.result))
