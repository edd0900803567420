"""Sweeps on a fake clock, whose truth is known: who overtakes whom where, and how costs grow."""

import random
from dataclasses import replace
from math import exp, log

import pytest

from asyncbench.analysis import scaling
from asyncbench.analysis.result import Result
from asyncbench.analysis.sweep import Sweep
from asyncbench.report import sweep as said
from asyncbench.report.terminal import plot
from asyncbench.report.terminal import sweep as screens
from asyncbench.stats import growth, isotonic
from asyncbench.stats.scaling import Scaling
from tests.support.fakes import FakeLauncher, measured, swept

SIZES = [1, 2, 5, 10, 20, 50, 100]
# By these costs they are equal at ten tasks.
THREADS = (0.010, 0.002)
ASYNCIO = (0.025, 0.0005)


def noisy(seed, fixed, each, spread=0.03):
    draw = random.Random(seed)
    return lambda load: (fixed + each * load.tasks) * exp(draw.gauss(0, spread))


def sweep(seed, costs, sizes=SIZES, spread=0.03, **changes):
    sized = {name: noisy(f"{seed} {name}", *cost, spread) for name, cost in sorted(costs.items())}
    launcher = FakeLauncher({}, sized)
    run = measured(swept({"tasks": sizes}, *costs, seed=seed, **changes), launcher)
    assert launcher.alive == 0
    return Sweep(Result(run))


@pytest.fixture(scope="module")
def planted():
    return sweep(1, {"threads": THREADS, "asyncio": ASYNCIO})


def test_a_planted_crossing_is_found_with_its_interval(planted):
    [found] = planted.crossovers
    assert (found.before, found.after) == ("threads", "asyncio")
    assert found.low < 10 < found.high
    assert found.at == pytest.approx(10, rel=0.05)
    [answer] = said.answer(planted)
    assert answer.text.startswith("asyncio overtakes threads at tasks ")


def test_planted_crossings_are_found_sweep_after_sweep():
    found = [sweep(seed, {"threads": THREADS, "asyncio": ASYNCIO}) for seed in range(2)]
    crossings = [each.crossovers for each in found]
    assert all(len(each) == 1 for each in crossings)
    assert all(each.low <= 10 <= each.high for [each] in crossings)
    assert all(abs(log(each.at / 10)) <= 0.05 for [each] in crossings)


def test_twins_do_not_overtake_each_other():
    twins = sweep(0, {"threads": THREADS, "threads@twin": THREADS}, spread=0.015)
    assert not twins.crossovers
    assert "too close to matter" in said.answer(twins)[0].text


def test_one_that_is_quicker_everywhere_changes_nothing():
    found = sweep(3, {"threads": THREADS, "asyncio": (0.005, 0.001)})
    assert not found.crossovers
    text = said.answer(found)[0].text
    assert text.startswith("Nothing changes from tasks 1 to 100: asyncio is the quickest all the ")
    assert text.endswith("x over the next.")


def test_points_are_left_when_they_are_told_and_close_ones_get_the_time(planted):
    visits = [visit.work for visit in planted.result.run.visits]
    assert visits.count(3) > visits.count(0) == visits.count(6)
    rounds = [[v.work for v in planted.result.run.visits if v.round == each] for each in (1, 2, 3)]
    assert len({*map(tuple, rounds)}) > 1
    assert planted.result.run.end.wall_ns < 60e9


def test_too_little_time_is_no_answer():
    found = sweep(1, {"threads": THREADS, "asyncio": ASYNCIO}, budget_s=2.0)
    assert said.answer(found)[0].text.startswith("Cannot tell who is quickest at tasks 1, 2, 5")


def test_who_crosses_far_behind_the_quickest_is_not_told():
    found = sweep(5, {"threads": THREADS, "asyncio": ASYNCIO, "sequential": (0.001, 0.0001)})
    assert not found.crossovers
    assert "sequential is the quickest all the way" in said.answer(found)[0].text


def test_a_point_that_fails_is_a_hole():
    broken = {"threads": noisy(1, *THREADS), "asyncio": noisy(2, *ASYNCIO)}
    sized = {
        **broken,
        "threads": lambda load: float("inf") if load.tasks == 5 else broken["threads"](load),
    }
    planned = swept({"tasks": SIZES}, "threads", "asyncio", timeout_s=0.5)
    run = measured(planned, FakeLauncher({}, sized))
    found = Sweep(Result(run))
    [crossover] = found.crossovers
    assert crossover.low < 10 < crossover.high
    assert "only asyncio ran" in said.who(found.points[2])


def test_costs_are_named_by_the_law_they_grow_by(planted):
    assert {name: fit.law for name, fit in planted.growths.items()} == {
        "threads": "linear",
        "asyncio": "linear",
    }
    assert planted.growths["threads"].each == pytest.approx(0.002, rel=0.05)
    assert "for each task: linear" in said.costs(planted)[0]


@pytest.mark.parametrize("law", growth.LAWS)
def test_each_law_is_known_by_its_times(law):
    draw = random.Random(law)
    times = [
        (0.01 + 0.001 * growth.LAWS[law](n)) * exp(draw.gauss(0, 0.01)) for n in [*SIZES, 1000]
    ]
    assert growth.fit([*SIZES, 1000], times).law == law


def test_what_grows_by_no_law_is_said_to():
    assert not growth.fit([1, 10, 100, 1000], [1.0, 0.01, 5.0, 0.02]).holds
    assert growth.fit([1, 10, 100], [1.0, 2.0, 3.0]) is None


def test_a_monotone_fit_pools_what_falls():
    fit = isotonic.fitted([0, 1, 2, 3], [-1.0, 0.5, -0.1, 1.0], [1, 1, 1, 1])
    assert fit == [(0, -1.0), (1.5, 0.2), (3, 1.0)]
    assert isotonic.crossing(fit) == pytest.approx(1.25)
    assert isotonic.crossing([(0, 1.0), (1, 2.0)]) is None


@pytest.mark.parametrize("width", [80, 120])
def test_the_screen_keeps_its_width_and_answers_first(planted, width):
    for marks in (plot.UNICODE, plot.ASCII):
        lines = screens.screen(planted.result, width, marks).split("\n")
        assert lines[0].startswith("asyncio overtakes threads at tasks")
        assert max(map(len, lines)) <= width
    assert all(line.isascii() for line in lines)
    drawn = "\n".join(lines)
    assert "T threads  A asyncio" in drawn
    assert "o" in drawn.split("100\n")[1].split("\n")[0]


def test_the_table_has_a_line_a_point(planted):
    lines = screens.table(planted.result, 80).strip().split("\n")
    assert len(lines) == 3 + len(SIZES)
    assert "threads" in lines[3]


def test_how_executors_scale_is_told_where_what_varies_is_how_many_at_once():
    law = Scaling(1000.0, 0.05, 0.001, 0.0)
    counts = [1, 4, 16, 32, 64]
    costs = {
        "threads": lambda load: 64 / law.at(load.concurrency),
        "asyncio": lambda load: 0.064 / load.concurrency,
    }
    planned = swept({"concurrency": counts}, *costs)
    planned.works[:] = [replace(each, tasks=64) for each in planned.works]
    found = Sweep(Result(measured(planned, FakeLauncher({}, costs))))
    laws = scaling.scalings(found)
    assert [*laws] == ["threads", "asyncio"]
    assert laws["threads"].contention == pytest.approx(0.05, rel=0.1)
    threads, asyncio = said.scales(found)
    assert "the most gets done with 31 at once" in threads
    assert asyncio.startswith("asyncio: twice as many at once do twice as much (0.1% off")
    assert not scaling.scalings(sweep(1, {"threads": THREADS, "asyncio": ASYNCIO}))


def test_few_points_say_nothing_of_scaling():
    costs = {"threads": lambda load: 0.01, "asyncio": lambda load: 0.02}
    found = Sweep(Result(measured(swept({"concurrency": [1, 8]}, *costs), FakeLauncher({}, costs))))
    assert said.scales(found) == ["too few points to say: it takes 5 values of concurrency or more"]
