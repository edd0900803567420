"""The engine on a fake clock: who is sampled when, for how long, and what a failure costs."""

from collections import Counter
from dataclasses import replace

import pytest

from asyncbench.analysis.result import Result
from asyncbench.report import answers, left_out
from asyncbench.worker import protocol
from tests.support.fakes import FakeLauncher, FakeWorker, counted, measured, plan, steady


@pytest.fixture
def run():
    return measured(
        plan("sequential", "threads", "asyncio"),
        steady(sequential=0.03, threads=0.025, asyncio=0.02),
    )


def test_every_block_samples_every_cell_once(run):
    cells = {cell.id for cell in run.plan.cells}
    blocks = Counter((s.round, s.block) for s in counted(run) if s.cell in cells)
    assert set(blocks.values()) == {len(cells)}


def test_one_block_of_three_samples_the_control_too(run):
    [control] = run.controls
    blocks = {(s.round, s.block) for s in counted(run)}
    assert {(s.round, s.block) for s in counted(run) if s.cell == control.id} == {
        (round_, block) for round_, block in blocks if block % 3 == 1
    }


def test_the_order_changes_from_block_to_block(run):
    orders = {
        tuple(s.cell for s in counted(run) if (s.round, s.block) == (round_, block))
        for round_, block in {(s.round, s.block) for s in counted(run)}
    }
    assert len(orders) > 5


def test_the_same_seed_gives_the_same_order():
    def order(seed):
        launcher = steady(sequential=0.03, asyncio=0.01)
        run = measured(plan("sequential", "asyncio", seed=seed), launcher)
        return [sample.cell for sample in run.samples]

    assert order(1) == order(1) != order(2)


def test_the_budget_is_used_and_kept(run):
    seconds = run.end.wall_ns / 1e9
    one_block = 0.03 + 0.025 + 0.02 + 0.02
    assert run.plan.budget_s - 2 * one_block - 0.2 < seconds <= run.plan.budget_s + one_block


@pytest.mark.parametrize(
    ("executors", "watched"),
    [
        (("sequential", "threads", "asyncio"), ["threads", "asyncio"]),
        (("sequential",), ["sequential"]),  # what it tells of a task nobody else does
    ],
)
def test_batches_are_watched_where_their_tasks_can_be_seen(executors, watched):
    run = measured(plan(*executors), steady(**dict.fromkeys(executors, 0.02)))
    assert [run.plan.cells[look.cell].executor for look in run.observations] == watched


def test_every_round_has_fresh_workers():
    launcher = steady(sequential=0.02, asyncio=0.02)
    run = measured(plan("sequential", "asyncio"), launcher)
    rounds = {sample.round for sample in counted(run)}
    assert launcher.factories == len(rounds) + 1  # and one to calibrate
    assert launcher.alive == 0


def test_short_batches_are_bundled_into_samples_of_twenty_milliseconds():
    run = measured(plan("sequential", "asyncio"), steady(sequential=0.001, asyncio=0.05))
    batches = {sample.cell: sample.batches for sample in counted(run)}
    assert batches[0] == 20
    assert batches[1] == 1


def test_each_worker_is_warmed_up_before_it_counts(run):
    for number in {sample.round for sample in counted(run)}:
        samples = [sample for sample in run.samples if sample.round == number]
        warm = {sample.cell for sample in samples if sample.warmup}
        assert warm == {sample.cell for sample in samples}
        assert [s.warmup for s in samples] == sorted((s.warmup for s in samples), reverse=True)


def test_a_slow_cell_is_sampled_once_a_round_and_not_warmed_up():
    run = measured(plan("sequential", "asyncio"), steady(sequential=0.8, asyncio=0.02))
    slow = [sample for sample in run.samples if sample.cell == 0 and sample.round]
    fast = [sample for sample in counted(run) if sample.cell == 1]
    assert len(slow) == len({sample.round for sample in slow}) >= 6
    assert not any(sample.warmup for sample in slow)
    assert len(fast) > len(slow)


def test_the_cheapest_cell_is_its_own_control(run):
    [control] = run.controls
    assert control.control_of == 2
    assert control.id not in {cell.id for cell in run.plan.cells}


def test_a_cell_that_hangs_ends_at_the_timeout_and_the_others_go_on():
    times = {"sequential": lambda *_: 0.02, "asyncio": lambda round_, n: float("inf")}
    run = measured(plan("sequential", "asyncio", timeout_s=2.0), FakeLauncher(times))
    [failure] = run.failures
    assert (failure.cell, failure.reason) == (1, "timed out after 2 s")
    assert run.status == "complete"
    assert len([sample for sample in counted(run) if sample.cell == 0]) > 50


def test_a_cell_that_fails_late_keeps_what_it_had():
    times = {
        "sequential": lambda *_: 0.02,
        "asyncio": lambda round_, n: float("inf") if round_ == 3 else 0.03,
    }
    run = measured(plan("sequential", "asyncio", timeout_s=1.0), FakeLauncher(times))
    assert {sample.round for sample in counted(run) if sample.cell == 1} == {1, 2}


def test_the_default_timeout_follows_calibration():
    times = {
        "sequential": lambda *_: 0.02,
        "asyncio": lambda round_, n: float("inf") if round_ else 0.9,
    }
    run = measured(plan("sequential", "asyncio", budget_s=40.0), FakeLauncher(times))
    assert run.failures[0].reason == "timed out after 18 s"


def test_an_interrupt_keeps_what_was_measured():
    def interrupt(round_, n):
        if round_ == 4:
            raise KeyboardInterrupt
        return 0.02

    launcher = FakeLauncher({"sequential": lambda *_: 0.02, "asyncio": interrupt})
    run = measured(plan("sequential", "asyncio"), launcher)
    assert run.status == "interrupted"
    assert {sample.round for sample in counted(run)} >= {1, 2, 3}
    assert launcher.alive == 0


def test_precision_stops_when_sharp_enough_and_goes_on_when_not():
    sharp = measured(
        plan("sequential", "asyncio", precision=0.02, budget_s=300.0),
        steady(sequential=0.02, asyncio=0.03),
    )

    def ragged(round_, n):
        return 0.03 * (1.5 if round_ % 2 else 1.0)

    blurred = measured(
        plan("sequential", "asyncio", precision=0.02, budget_s=60.0),
        FakeLauncher({"sequential": lambda *_: 0.02, "asyncio": ragged}),
    )
    assert sharp.end.wall_ns < 60e9
    assert 50e9 < blurred.end.wall_ns < 62e9


def test_a_target_that_does_not_start_fails_its_cells():
    planned = plan("sequential", "asyncio")
    planned = replace(planned, works=[replace(planned.works[0], has_target=True)])
    run = measured(planned, steady(sequential=0.02, asyncio=0.02))
    assert {failure.cell for failure in run.failures} == {0, 1}
    assert not run.samples


@pytest.mark.parametrize("moment", range(1, 16))
def test_a_target_that_dies_at_any_moment_fails_its_cells_and_ends_nothing_else(moment):
    planned = plan("sequential", "asyncio", "threads")
    planned = replace(planned, works=[replace(planned.works[0], has_target=True)])
    launcher = steady(sequential=0.02, asyncio=0.02, threads=0.02)
    launcher.target_lives = lambda round_, asked: round_ < 2 or (round_ == 2 and asked < moment)
    run = measured(planned, launcher)
    assert {failure.cell for failure in run.failures} >= {0, 1, 2}
    assert {failure.reason for failure in run.failures} == {"its target died"}
    assert run.status == "complete"
    assert launcher.alive == 0


def test_samples_that_turn_out_short_are_made_longer():
    def speeds_up(round_, n):
        return 0.02 if round_ == 0 else 0.004

    launcher = FakeLauncher({"sequential": speeds_up, "asyncio": lambda *_: 0.03})
    run = measured(plan("sequential", "asyncio"), launcher)
    last = [sample for sample in counted(run) if sample.cell == 0][-1]
    assert last.batches == 5


def test_a_long_batch_that_the_demand_foretells_is_not_run_to_calibrate():
    planned = plan("sequential", "asyncio", budget_s=30.0)
    # The fake has four lanes for four tasks, so a batch takes one task's wait.
    planned = replace(planned, works=[replace(planned.works[0], wait_s=0.8)])
    run = measured(planned, steady(sequential=0.8, asyncio=0.02))
    assert not [sample for sample in run.samples if sample.cell == 0 and sample.round == 0]


def test_losing_the_keeper_of_the_workers_keeps_what_was_measured():
    from asyncbench.runner.processes.failures import LostProcessError

    def lost(round_, n):
        if round_ == 3:
            raise LostProcessError("the keeper has died")
        return 0.02

    launcher = FakeLauncher({"sequential": lambda *_: 0.02, "asyncio": lost})
    run = measured(plan("sequential", "asyncio"), launcher)
    assert run.status == "interrupted"
    assert run.warnings == ["the keeper has died"]
    assert {sample.round for sample in counted(run)} >= {1, 2}


def of_many(count, **changes):
    one = plan("sequential", "threads", **changes)
    works = [replace(one.works[0], workload=f"wait{number}") for number in range(count)]
    cells = [
        replace(each, id=2 * number + each.id, work=number)
        for number in range(count)
        for each in one.cells
    ]
    return replace(one, works=works, cells=cells)


def test_many_cells_are_sampled_as_soon_as_they_are_calibrated_with_the_same_workers():
    launcher = steady(sequential=1.0, threads=0.004)
    run = measured(of_many(40, budget_s=60.0), launcher)
    assert launcher.factories == 1
    assert [visit.work for visit in run.visits] == [*range(40)]
    assert len(counted(run)) == len({sample.cell for sample in counted(run)}) == 80
    # A batch that is long in itself is run once.
    assert [sample.warmup for sample in run.samples if sample.cell == 0] == [False]
    assert {sample.batches for sample in counted(run) if sample.cell == 1} == {5}
    assert len(run.controls) == 40


def test_many_cells_have_more_rounds_where_there_is_time():
    run = measured(of_many(40, budget_s=300.0), steady(sequential=1.0, threads=0.004))
    rounds = {visit.round for visit in run.visits}
    assert rounds == {*range(1, max(rounds) + 1)}
    assert max(rounds) > 2
    assert run.end.wall_ns < 300e9
    assert {sample.round for sample in counted(run) if sample.cell == 0} == rounds


def test_more_works_than_there_is_time_for_are_begun_as_far_as_it_goes_and_told():
    count = 40
    run = measured(of_many(count, budget_s=70.0), steady(sequential=2.0, threads=1.0))
    began = {visit.work for visit in run.visits}
    assert 1 < len(began) < count
    assert run.end.wall_ns < 4 * 70e9
    result = Result(run)
    told = answers.surer(result)
    assert told.startswith("the budget of 70 s is too little: it took ")
    assert f" s to measure {len(began)} of {count} workloads once, and an answer needs" in told
    told = left_out.line(result.judgements)
    assert told.startswith(f"Not run: wait{len(began)}, ")
    assert told.count("not measured") == 1


def test_what_a_task_asks_for_is_measured_where_nothing_is_changed(monkeypatch):
    asked, answers = [], FakeWorker.ask

    def ask(worker, request, timeout_s):
        if isinstance(request, protocol.Load):  # others load while the next one is started
            asked.append(request.executor)
        return answers(worker, request, timeout_s)

    monkeypatch.setattr(FakeWorker, "ask", ask)
    planned = plan("gevent", "mine.py:Own", "threads")
    [work], [patched, *others] = planned.works, planned.cells
    planned = replace(
        planned,
        works=[replace(work, demand_known=False)],
        cells=[replace(patched, scheduler="gevent"), *others],
    )
    measured(planned, FakeLauncher({cell.reference: lambda *_: 0.05 for cell in planned.cells}))
    assert asked == ["threads"]
