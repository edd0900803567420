"""A run goes on until the rule that it was given is met, or its time is up."""

import random
from collections import Counter
from dataclasses import replace
from math import exp

import pytest

from asyncbench.analysis.result import Result
from asyncbench.record.run import Run
from asyncbench.runner.schedule import Need, Pace
from asyncbench.runner.state import RunState
from asyncbench.runner.stopping import AfterBudget, WhenDecided, WhenPrecise, rule_for
from tests.support.fakes import ENVIRONMENT, FakeLauncher, counted, measured, plan, steady, swept
from tests.support.whole import measure

STARTED = "2026-11-22T12:00:00+00:00"


class AfterRounds:
    """Plans two seconds, and is met after a number of rounds."""

    rounds = 2
    near_blocks = 1

    def __init__(self, number):
        self.number = number

    def planned_s(self, left_s, short_s):
        return 2.0

    def settled(self, result):
        return {0} if len(result.run.visits) >= self.number else set()

    def idle(self, result):
        return set()


def rounds_under(rule, budget_s):
    launcher = steady(sequential=0.02, asyncio=0.03)
    run = Run(plan("sequential", "asyncio", budget_s=budget_s), dict(ENVIRONMENT), STARTED)
    return len(measure(run, launcher, rule, clock=launcher.clock).visits)


def test_rounds_go_on_until_the_rule_is_met():
    assert rounds_under(AfterRounds(9), budget_s=60.0) == 9


def test_a_rule_that_is_never_met_ends_with_the_time():
    assert 9 < rounds_under(AfterRounds(1000), budget_s=20.0) < 30


@pytest.mark.parametrize(
    ("asked", "kind"),
    [({}, AfterBudget), ({"precision": 0.02}, WhenPrecise), ({"until_decided": True}, WhenDecided)],
)
def test_a_plan_asks_for_its_rule(asked, kind):
    assert isinstance(rule_for(plan("sequential", "asyncio", **asked)), kind)


def test_a_clear_answer_ends_a_run_long_before_its_time():
    launcher = steady(sequential=0.02, asyncio=0.03)
    asked = plan("sequential", "asyncio", budget_s=60.0, until_decided=True)
    result = Result(measure(Run(asked, dict(ENVIRONMENT), STARTED), launcher, rule_for(asked),
                            clock=launcher.clock))  # fmt: skip
    assert result.judgements[0].is_decided
    assert result.run.end.wall_ns < 20e9


def test_what_turns_from_round_to_round_takes_all_of_the_time():
    launcher = steady(sequential=0.021, asyncio=0.02)
    launcher.times["asyncio"] = lambda round_, _: 0.02 if round_ % 2 else 0.022
    asked = plan("sequential", "asyncio", budget_s=20.0, until_decided=True, margin=0.0)
    run = measure(Run(asked, dict(ENVIRONMENT), STARTED), launcher, rule_for(asked),
                  clock=launcher.clock)  # fmt: skip
    assert run.end.wall_ns > 18e9


def test_two_that_are_hard_to_tell_are_sampled_four_times_a_round_and_the_control_beside_its_twin():
    launcher = steady(sequential=0.05, asyncio=0.0101, uvloop=0.01)
    launcher.times["asyncio"] = lambda round_, _: 0.0101 if round_ % 2 else 0.0099
    asked = plan("sequential", "asyncio", "uvloop", budget_s=20.0, until_decided=True, margin=0.0)
    run = measure(Run(asked, dict(ENVIRONMENT), STARTED), launcher, rule_for(asked),
                  clock=launcher.clock)  # fmt: skip
    [control] = run.controls
    last = max(visit.round for visit in run.visits) - 1
    taken = Counter(each.cell for each in counted(run) if each.round == last)
    slow, *near = run.plan.cells
    assert {cell.id: taken[cell.id] for cell in near} == dict.fromkeys(
        [each.id for each in near], 4
    )
    assert taken[slow.id] == 0
    assert taken[control.id] == 1
    assert control.control_of in {cell.id for cell in near}


def test_who_is_decided_waits_while_others_are_measured_on():
    """Three executors: one is ten times slower, two turn from round to round."""
    launcher = steady(sequential=0.2, asyncio=0.02, threads=0.021)
    launcher.times["asyncio"] = lambda round_, _: 0.02 if round_ % 2 else 0.022
    asked = plan("sequential", "asyncio", "threads", budget_s=30.0, until_decided=True)
    result = Result(measure(Run(asked, dict(ENVIRONMENT), STARTED), launcher, rule_for(asked),
                            clock=launcher.clock))  # fmt: skip
    slow, quick, other = (
        {each.round for each in result.run.samples.counted(cell)} for cell in range(3)
    )
    assert len(slow) < len(quick) == len(other)
    rows = {row.name: row for row in result.judgements[0].rows}
    assert rows["asyncio"].ratio.high < 0.2


def test_a_round_samples_what_is_near_the_quickest_more_often_than_the_rest():
    launcher = steady(sequential=0.2, asyncio=0.02, threads=0.021)
    asked = plan("sequential", "asyncio", "threads", budget_s=60.0, until_decided=True)
    run = measure(Run(asked, dict(ENVIRONMENT), STARTED), launcher, rule_for(asked),
                  clock=launcher.clock)  # fmt: skip
    rounds = len(run.visits)
    slow, quick, near = (len(run.samples.counted(cell)) for cell in range(3))
    assert slow <= rounds < 2 * rounds <= quick == near


def test_a_gate_asks_for_rounds_that_one_odd_round_does_not_overthrow():
    alone = rule_for(plan("sequential"))
    beside = rule_for(plan("sequential", variants=["base", "head"]))
    assert beside.rounds > alone.rounds


@pytest.mark.parametrize("reason", [{"unavailable": "it is not installed"}, {"broken": "it exits"}])
@pytest.mark.parametrize("asked", [{"until_decided": True}, {"variants": ["base", "head"]}])
def test_what_cannot_be_measured_asks_for_no_rounds(asked, reason):
    alone, more = plan("sequential", **asked), plan("sequential", "threads", "asyncio", **asked)
    cells = [
        each if each.executor == "sequential" else replace(each, **reason) for each in more.cells
    ]
    assert rule_for(replace(more, cells=cells)).rounds == rule_for(alone).rounds
    assert rule_for(more).rounds > rule_for(alone).rounds


def test_asking_what_a_visit_needs_changes_nothing():
    state = RunState(Run(plan("sequential", "asyncio"), dict(ENVIRONMENT), STARTED), steady())
    state.needs[0] = Need(0.1, 0.1)
    state.paces = {0: Pace(1, 0.001), 1: Pace(1, 0.05)}
    assert state.need(0) == state.need(0)
    assert state.paces[0].batches == 1
    state.settle(0)
    assert state.paces[0].batches == 20


def test_an_advice_on_several_that_all_gain_much_does_not_wait_for_which_is_best():
    draw = random.Random(1)
    costs = {
        "sequential": lambda load: 0.2,
        "threads": lambda load: 0.02 * exp(draw.gauss(0, 0.2)),
        "asyncio": lambda load: 0.02 * exp(draw.gauss(0, 0.2)),
    }
    ended = []
    for advises in (False, True):
        planned = swept({"concurrency": [4, 32]}, *costs, budget_s=24.0, advises=advises)
        ended.append(measured(planned, FakeLauncher({}, costs)).end.wall_ns / 1e9)
    assert ended[0] > 20
    assert ended[1] < 18


def test_a_sweep_ends_in_its_time_on_a_machine_that_gets_busier():
    busier = {
        name: lambda number, _, s=s: s * (1 + 2 * number)
        for name, s in (("threads", 0.02), ("asyncio", 0.03))
    }
    planned = swept({"tasks": [1, 2, 4, 8, 16]}, *busier, budget_s=5.0, margin=0.0)
    run = measured(planned, FakeLauncher(busier))
    assert 4.0 < run.end.wall_ns / 1e9 < 5.5
    assert max(visit.round for visit in run.visits) > 1
