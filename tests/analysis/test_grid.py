"""Maps on a fake clock: who wins where, by executor and by side, and the picture of it."""

import pytest

from asyncbench.analysis.grid import Grid, Kind
from asyncbench.analysis.result import Result
from asyncbench.report import grid as said
from asyncbench.report.terminal import grid as screens
from asyncbench.report.terminal import plot
from tests.support.fakes import FakeLauncher, measured, swept

AXES = {"tasks": [1, 10, 100], "concurrency": [1, 4]}
# Threads are quicker up to ten tasks, asyncio beyond; at ten they are level.
COSTS = {
    "threads": lambda load: 0.010 + 0.0020 * load.tasks,
    "asyncio": lambda load: 0.025 + 0.0005 * load.tasks,
    "sequential": lambda load: 0.100 + 0.0050 * load.tasks,
}


def mapped(costs=COSTS, **changes):
    return Grid(Result(measured(swept(AXES, *costs, **changes), FakeLauncher({}, costs))))


@pytest.fixture(scope="module")
def grid():
    return mapped()


def test_each_point_says_who_wins(grid):
    won = {place: (each.kind, list(each.names)) for place, each in grid.outcomes.items()}
    for y in (1, 4):
        assert won[1, y] == (Kind.WINS, ["threads"])
        assert won[10, y][0] is Kind.TIES
        assert won[100, y] == (Kind.WINS, ["asyncio"])
    assert grid.outcomes[100, 1].ratio.estimate == pytest.approx(0.21 / 0.075)


def test_the_answer_counts_and_places_them(grid):
    first, *rest = [each.text for each in said.answer(grid)]
    assert first == ("Of 6 points, threads is quickest at 2, asyncio at 2, 2 too close to matter.")
    assert rest[0] == "threads wins at tasks 1, concurrency 1 to 4."


def test_sides_are_asked_for_where_that_is_wished():
    sides = mapped(by_side=True)
    assert sides.names == ["cooperative", "preemptive"]
    assert sides.outcomes[100, 1].names == ["cooperative"]
    assert sides.outcomes[1, 1].names == ["preemptive"]
    assert "Cooperative multitasking wins at tasks 100, " in said.answer(sides)[1].text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_map_keeps_its_width(grid, width):
    for marks in (plot.UNICODE, plot.ASCII):
        text = screens.screen(grid.result, width, marks)
        assert max(map(len, text.replace("asyncbench export", "").split("\n"))) <= width
    lines = text.split("\n")
    [top] = [line for line in lines if line.startswith("4 |")]
    assert [each for each in top if each in "TA=?"] == ["T", "=", "A"]
    assert "T threads" in text


def test_a_point_where_nothing_ran_is_a_hole():
    broken = {
        name: lambda load, cost=cost: float("inf") if load.tasks == 1 else cost(load)
        for name, cost in COSTS.items()
        if name != "asyncio"
    }
    grid = mapped(broken, timeout_s=0.5)
    assert grid.outcomes[1, 1].kind is Kind.HOLE
    assert "timed out" in grid.outcomes[1, 1].why
    assert "2 not measured" in said.answer(grid)[0].text
    assert len(screens.table(grid.result, 80).strip().split("\n")) == 3 + 6
