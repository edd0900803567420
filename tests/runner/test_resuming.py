"""A saved sweep goes on from where it ended: with its rounds, and in a journal that holds all."""

import itertools
from dataclasses import replace

import pytest

from asyncbench.analysis.result import Result
from asyncbench.errors import UsageError
from asyncbench.record import journal, keeping
from asyncbench.record.run import Run
from asyncbench.runner import resuming, stopping
from tests.support.fakes import ENVIRONMENT, FakeLauncher, measured, plan, swept
from tests.support.whole import measure

LATER = "2026-11-23T12:00:00+00:00"
COSTS = {
    "threads": lambda load: 0.010 + 0.002 * load.concurrency,
    "asyncio": lambda load: 0.030 + 0.0001 * load.concurrency,
}


def planned(**changes):
    return swept({"concurrency": [4, 32]}, *COSTS, **changes)


@pytest.fixture
def cut_short():
    """Give a sweep whose time was up before anything was told."""
    return measured(planned(budget_s=1.5), FakeLauncher({}, COSTS))


def gone_on(saved, budget_s=60.0):
    run = resuming.resumed(saved, dict(ENVIRONMENT), LATER, budget_s, lambda work: work)
    return go_on(run)


def go_on(run):
    launcher = FakeLauncher({}, COSTS)
    return measure(run, launcher, stopping.rule_for(run.plan), clock=launcher.clock)


def test_what_was_open_is_told_with_the_rounds_that_there_were(cut_short):
    before = len({visit.round for visit in cut_short.visits})
    assert not all(each.is_decided for each in Result(cut_short).judgements)
    run = gone_on(cut_short)
    assert all(each.is_decided for each in Result(run).judgements)
    assert run.visits[: len(cut_short.visits)] == cut_short.visits
    whole = measured(planned(), FakeLauncher({}, COSTS))
    assert before > 0
    assert len(run.visits) == len(whole.visits)


def test_its_time_is_that_of_both(cut_short):
    run = gone_on(cut_short)
    assert run.plan.budget_s == pytest.approx(cut_short.end.wall_ns / 1e9 + 60)
    assert run.end.wall_ns > cut_short.end.wall_ns


def test_its_journal_holds_all_of_it(cut_short, tmp_path):
    keeping.write(cut_short, tmp_path)
    [path] = tmp_path.iterdir()
    run = resuming.resumed(journal.read(path), dict(ENVIRONMENT), LATER, 60.0, lambda work: work)
    keeper = keeping.Keeper(run, tmp_path / "more")
    launcher = FakeLauncher({}, COSTS)
    measure(
        run, launcher, stopping.rule_for(run.plan), keeper.add, clock=launcher.clock
    )  # fmt: skip
    keeper.close()
    read = journal.read(run.path)
    assert [*read.samples] == [*run.samples]
    assert read.visits == run.visits


def test_what_is_decided_is_not_measured_again():
    whole = measured(planned(), FakeLauncher({}, COSTS))
    assert len(gone_on(whole).samples) == len(whole.samples)


def test_points_that_were_never_visited_are_measured_now(cut_short):
    first = cut_short.visits[0]
    cut_short.visits[:] = [first]
    run = gone_on(cut_short)
    assert {visit.work for visit in run.visits} == {0, 1}
    assert all(each.lead for each in Result(run).judgements)
    rounds = [visit.round for visit in run.visits if visit.work == first.work]
    assert all(one < other for one, other in itertools.pairwise(rounds))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"python": "3.15.0"}, "was measured with another python (3.11.0, and here it is 3.15.0)"),
        ({"cpus": 64}, "another cpus (2, and here it is 64)"),
    ],
)
def test_another_machine_does_not_go_on(cut_short, changed, told):
    with pytest.raises(UsageError) as caught:
        resuming.resumed(cut_short, ENVIRONMENT | changed, LATER, 1.0, lambda work: work)
    assert told in str(caught.value)


def test_what_is_in_no_file_cannot_go_on(cut_short):
    with pytest.raises(UsageError, match="a parameter that is kept in no file"):
        resuming.resumed(
            cut_short, dict(ENVIRONMENT), LATER, 1.0,
            lambda work: replace(work, secrets={"password": "..."}),
        )  # fmt: skip


def test_what_is_no_sweep_does_not_go_on():
    run = Run(plan("sequential", "asyncio"), dict(ENVIRONMENT), LATER)
    with pytest.raises(UsageError, match="is no sweep and no map"):
        resuming.resumed(run, dict(ENVIRONMENT), LATER, 1.0, lambda work: work)
