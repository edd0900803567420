"""What was not as usual where a run was measured is said beside its answer."""

from dataclasses import replace

import pytest
from msgspec import structs

from asyncbench.analysis import states
from tests.support.fakes import ENVIRONMENT, measured, plan, steady


@pytest.mark.parametrize(("allowed", "told"), [(0.5, True), (2.0, False), (None, False)])
def test_a_quota_that_allows_less_than_the_cpus_is_told(allowed, told):
    run = measured(plan("sequential"), steady(sequential=0.04))
    run.environment = ENVIRONMENT | {"cpus": 2, "cgroup_cpus": allowed}
    said = states.sentences(run)
    assert any("a quota allows 0.5 of 2 CPUs here" in each for each in said) == told


def starting(first, later, **other):
    """Measure functions that nothing is known of, whose first batch in a process takes `first`."""
    launcher = steady(sequential=later, threads=later)
    for name, (begin, then) in {"sequential": (first, later), **other}.items():
        launcher.times[name] = lambda _, samples, a=begin, b=then: b if samples else a
    planned = plan("sequential", "threads", budget_s=6.0)
    work = replace(planned.works[0], demand_known=False)
    return measured(replace(planned, works=[work]), launcher)


def test_a_first_batch_that_takes_longer_is_told_and_never_timed():
    run = starting(0.4, 0.03, threads=(0.4, 0.02))
    told = "the first batch of wait in a process takes 400 ms, a later one 30.0 ms"
    assert any(told in each for each in states.sentences(run))
    times = [each.wall_ns / each.batches for each in run.samples.counted(0)]
    assert max(times) < 0.1e9


def test_one_first_batch_of_many_that_takes_longer_is_chance():
    assert not any("first batch" in each for each in states.sentences(starting(0.4, 0.03)))


def test_a_first_batch_like_all_others_is_not_told():
    run = starting(0.04, 0.03, threads=(0.04, 0.03))
    assert not any("first batch" in each for each in states.sentences(run))


def test_tasks_that_are_left_to_themselves_are_told():
    run = measured(plan("sequential", "asyncio"), steady(sequential=0.04, asyncio=0.02))
    [look] = run.observations
    run.observations = [
        structs.replace(look, strays=2, stray_errors=1, stray_error="KeyError: 1", stray_threads=4)
    ]
    said = states.sentences(run)
    assert (
        "1 task or callback of a batch of wait failed, and nothing awaited it: KeyError: 1" in said
    )
    assert any(each.startswith("2 tasks that a batch of wait made had not ended") for each in said)
    assert any(each.startswith("4 threads that a batch of wait started had not") for each in said)
    run.observations = [structs.replace(look, stray_threads=3)]  # fewer than there are tasks
    assert not any("threads" in each for each in states.sentences(run))
