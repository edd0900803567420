"""Advice on a fake clock, for tasks of known kind: what to use, and when there is no telling."""

import json
import random
from dataclasses import replace
from math import exp

import msgspec
import pytest

from asyncbench.analysis.advice import Block, Told, advise
from asyncbench.analysis.prediction import Prediction
from asyncbench.analysis.result import Result
from asyncbench.errors import EmptyRunError
from asyncbench.record.lines import RunStatus
from asyncbench.record.samples import Samples
from asyncbench.report import advice as said
from asyncbench.runner.planning import sizes
from asyncbench.runner.planning.options import WorkOptions
from tests.support.fakes import FakeLauncher, measured, swept

AXIS = {"concurrency": [4, 32]}
NAMES = ("sequential", "threads", "asyncio")


def advised(*, budget_s=60.0, noise=None, **costs):
    draw = random.Random(1)
    for name, spread in (noise or {}).items():
        costs[name] = lambda load, cost=costs[name], spread=spread: (
            cost(load) * exp(draw.gauss(0, spread))
        )
    planned = swept(AXIS, *costs, budget_s=budget_s)
    return advise(Result(measured(planned, FakeLauncher({}, costs))))


def waiting(overhead):
    return lambda load: 0.640 / load.concurrency + overhead


@pytest.fixture(scope="module")
def waits():
    return advised(sequential=lambda load: 0.640, threads=waiting(0.010), asyncio=waiting(0.001))


def test_a_task_that_waits_is_told_who_how_many_and_what_that_gains(waits):
    assert waits.told is Told.USE
    assert [row.name for row in waits.best] == ["asyncio"]
    assert waits.at_once == 32
    assert waits.over_one.estimate == pytest.approx(0.640 / 0.021)
    assert waits.second.row.name == "threads"
    first, one, second, *_ = said.sentences(waits)
    assert first.startswith("Use asyncio, with 32 at once")
    assert one.startswith("One by one takes 30.5x")
    assert second.startswith("threads, the next best, takes 1.43x")


def test_no_more_at_once_are_advised_than_help():
    found = advised(
        sequential=lambda load: 0.1, threads=lambda load: 0.05, asyncio=lambda load: 0.02
    )
    assert found.at_once == 4


def test_where_one_by_one_is_as_quick_it_makes_no_difference():
    found = advised(**dict.fromkeys(NAMES, lambda load: 0.05))
    assert found.told is Told.NO_DIFFERENCE
    assert said.sentences(found)[0].startswith("The choice makes no difference")
    alone = advised(
        sequential=lambda load: 0.02, threads=lambda load: 0.05, asyncio=lambda load: 0.04
    )
    assert said.sentences(alone)[0].startswith("Run tasks one by one (sequential)")


def test_nothing_is_recommended_on_less_than_a_verdict():
    found = advised(
        budget_s=1.5,
        sequential=lambda load: 0.04, threads=lambda load: 0.03, asyncio=lambda load: 0.02,
    )  # fmt: skip
    assert found.told is Told.CANNOT_TELL
    assert said.sentences(found)[0].startswith("Cannot tell between ")
    assert said.document(found)["at_once"] is None


def test_a_budget_that_is_too_little_is_told_with_one_that_would_do(waits):
    open_ = replace(waits, told=Told.CANNOT_TELL, budget_s=1.0, spent_s=8.4, more_s=10.0)
    assert said.sentences(open_)[1] == (
        "The budget of 1 s is too little: it took 8.40 s to measure all once; --budget 30 would "
        "tell."
    )
    over = replace(waits, budget_s=10.0, spent_s=46.0)
    assert "The budget of 10 s was too little for this: it took 46.0 s." in said.sentences(over)
    within = replace(waits, budget_s=10.0, spent_s=10.5)
    assert not any("too little" in each for each in said.sentences(within))


def test_an_interrupted_advice_says_so_and_where_it_is(tmp_path):
    costs = {"sequential": lambda load: 0.04, "asyncio": lambda load: 0.02}
    run = measured(swept(AXIS, *costs), FakeLauncher({}, costs))
    assert said.kept(Result(run)) == ""
    run.end = msgspec.structs.replace(run.end, status=RunStatus.INTERRUPTED)
    run.path = tmp_path / "it.jsonl"
    assert said.kept(Result(run)).endswith(f"until then; saved in {run.path}.")


def test_a_change_over_concurrency_is_told():
    found = advised(
        threads=lambda load: 0.010 + 0.002 * load.concurrency,
        asyncio=lambda load: 0.030 + 0.0001 * load.concurrency,
    )
    assert [each.after for each in found.changes] == ["asyncio"]
    assert any("With few at once threads is quicker" in each for each in said.sentences(found))


def test_the_data_say_the_same(waits):
    found = json.loads(json.dumps(said.document(waits)))
    assert found["told"] == "use"
    assert found["executors"] == ["asyncio"]
    assert found["over_next"]["executor"] == "threads"
    assert found["text"].startswith("Use asyncio")


@pytest.mark.parametrize(
    ("task_s", "at_once", "tasks"),
    [(0.01, None, 10), (1.0, None, 8), (1e-5, None, 64), (0.0, None, 64), (1.0, 100, 100)],
)
def test_a_batch_takes_about_as_long_whatever_a_task_takes(task_s, at_once, tasks):
    assert sizes.tasks_for(task_s, at_once) == tasks


def test_tasks_too_long_for_any_advice_are_told_at_once():
    costs = {"sequential": lambda load: 8.0, "threads": lambda load: 2.0}
    probe = Result(measured(swept(AXIS, *costs), FakeLauncher({}, costs))).judgements[0]
    probe.work = replace(probe.work, demand_known=False)
    size = sizes.sized(WorkOptions(["wait"]), probe)
    with pytest.raises(EmptyRunError, match=r"a task of wait takes .* or --budget \d+0$"):
        sizes.check_time(probe, size, 10.0)
    probe.rows[0].why = "timed out after 10 s"
    with pytest.raises(EmptyRunError, match="tasks of wait timed out after 10 s, and advise"):
        sizes.check_time(probe, size, 1e6)


def test_long_coroutines_that_nobody_runs_one_by_one_are_told_at_once():
    costs = {"asyncio": lambda load: 3.0}
    probe = Result(measured(swept(AXIS, *costs), FakeLauncher({}, costs))).judgements[0]
    probe.work = replace(probe.work, demand_known=False)
    size = sizes.sized(WorkOptions(["wait"]), probe)
    with pytest.raises(EmptyRunError, match=r"a task of wait takes up to 3.00 s, .* --budget"):
        sizes.check_time(probe, size, 10.0)


def test_few_and_many_at_once_are_measured():
    assert sizes.concurrencies(64, None, one=False) == [8, 64]
    assert sizes.concurrencies(64, 16, one=True) == [1, 2, 16]
    assert sizes.concurrencies(1, None, one=False) == [1]


def test_several_that_all_gain_much_are_named_while_it_is_open_which_is_quickest():
    # The two differ by a little more than matters, in rounds that say now this and now that.
    found = advised(
        budget_s=20.0,
        noise={"threads": 0.2, "asyncio": 0.2},
        sequential=lambda load: 0.640, threads=waiting(0.0105), asyncio=waiting(0.010),
    )  # fmt: skip
    assert found.told is Told.USE
    assert found.among
    assert {row.name for row in found.best} == {"threads", "asyncio"}
    assert any("cannot be told yet" in each for each in said.sentences(found))
    assert said.document(found)["quickest_is_open"] is True


def test_who_came_out_quickest_on_a_busy_machine_is_held_against_the_prediction():
    costs = {
        "sequential": lambda load: 0.1, "threads": lambda load: 0.04,
        "processes": lambda load: 0.09,
    }  # fmt: skip
    run = measured(swept(AXIS, *costs), FakeLauncher({}, costs))
    computes = Prediction({"sequential": 0.1, "threads": 0.1, "processes": 0.05})
    assert advise(Result(run), computes).told is Told.USE
    run.visits[:] = [msgspec.structs.replace(each, foreign=0.8) for each in run.visits]
    found = advise(Result(run), computes)
    assert found.told is Told.CANNOT_TELL
    assert said.sentences(found)[0].startswith("Cannot tell: other programs took 80% of the CPUs")
    fits = Prediction({"sequential": 0.1, "threads": 0.05, "processes": 0.05})
    assert advise(Result(run), fits).told is Told.USE


def test_the_prediction_stands_beside_what_was_measured(waits):
    found = replace(waits, predicted={"asyncio": 0.021}, all_at_once=waits.judgement)
    assert said.sentences(found)[-1].startswith("Predicted from a few tasks, for a batch of ")
    assert "asyncio 21.0 ms (it took 21.0 ms)" in said.sentences(found)[-1]
    [told] = said.document(found)["predicted"].values()
    assert told["seconds"] == pytest.approx(told["measured"])


@pytest.mark.parametrize(
    ("share", "at_once", "waits", "gain"),
    [(1.0, 8, True, 8.0), (0.5, 10, True, 1 / 0.55), (0.9, 1, True, 1.0), (0.9, 8, False, 1.0)],
)
def test_what_blocks_says_what_it_would_gain_not_to(share, at_once, waits, gain):
    block = Block("asyncio", "fetch (app.py:4)", share, 0.02, waits, at_once)
    assert block.gain == pytest.approx(gain)


def test_a_blocking_call_is_told_with_its_place_and_its_gain(waits):
    block = Block("asyncio", "fetch (app.py:4)", 1.0, 0.02, waits=True, at_once=8)
    found = replace(waits, blocks=[block])
    [told] = said.in_the_way(found)
    assert "fetch (app.py:4) holds the event loop 100% of the time" in told
    assert told.endswith("8 at once would then be about 8.00x as quick.")
    assert said.document(found)["blocks"][0]["gain"] == pytest.approx(8)


def test_a_short_blocking_call_that_never_lets_others_go_on_is_told_with_all_at_once():
    costs = {"asyncio": lambda load: 0.1, "uvloop": lambda load: 0.1}
    run = measured(swept(AXIS, *costs), FakeLauncher({}, costs))
    held = {"held_ns": 98_000_000, "longest_ns": 2_000_000, "suspends": 0}
    run.observations = [msgspec.structs.replace(each, **held) for each in run.observations]
    run.samples = Samples(
        msgspec.structs.replace(each, user_ns=each.wall_ns // 100, system_ns=0)
        for each in run.samples
    )
    found = advise(Result(run))
    assert found.told is Told.UNBLOCK
    assert found.blocks[0].at_once == max(AXIS["concurrency"])


@pytest.mark.parametrize(("sending_s", "told"), [(0.02, True), (0.005, False), (0.0, False)])
def test_what_costs_more_to_send_than_to_compute_is_told(sending_s, told):
    costs = {"sequential": lambda load: 0.1, "processes": lambda load: 0.2}
    run = measured(swept(AXIS, *costs), FakeLauncher({}, costs))
    found = advise(Result(run), Prediction({}, computes_s=0.01, sending_s=sending_s))
    said_so = any("Handing a task to another process" in each for each in said.in_the_way(found))
    assert said_so is told


def test_where_more_at_once_gain_nothing_it_is_one_at_a_time(waits):
    first, *_ = said.sentences(replace(waits, at_once=1))
    assert first.startswith("Use asyncio, one at a time, since more at once gain nothing")
