"""What tasks of known kind are predicted to take, and who is then left out."""

from dataclasses import replace

import pytest

from asyncbench.analysis import prediction
from asyncbench.analysis.prediction import Machine, Task
from asyncbench.analysis.result import Result
from tests.support.fakes import measured, plan, steady

NAMES = ("sequential", "threads", "processes", "asyncio")
MACHINE = Machine(cpus=2, processes=2)


def times(task, tasks=10, at_once=10, machine=MACHINE):
    cells = plan(*NAMES).cells
    # A cell that says its own scheduler: processes have interpreters of their own.
    cells[2] = replace(cells[2], scheduler="processes")
    return [prediction.seconds(task, cell, tasks, at_once, machine) for cell in cells]


@pytest.mark.parametrize(
    ("task", "seconds"),
    [
        (Task(wait_s=1.0, cpu_s=0.0), [10.0, 1.0, 5.0, 1.0]),
        (Task(wait_s=0.0, cpu_s=1.0), [10.0, 10.0, 5.0, 10.0]),
        (Task(wait_s=0.0, cpu_s=1.0, gil_share=0.0), [10.0, 5.0, 5.0, 10.0]),
        # A blocking call in a coroutine keeps the loop, and no thread.
        (Task(wait_s=0.0, cpu_s=0.0, blocked_s=1.0), [10.0, 1.0, 5.0, 10.0]),
    ],
)
def test_a_task_of_a_kind_takes_what_its_kind_allows(task, seconds):
    assert times(task) == pytest.approx(seconds)


def test_without_a_gil_threads_compute_beside_each_other():
    free = Machine(cpus=2, processes=2, gil=False)
    assert times(Task(0.0, 1.0), machine=free)[1] == pytest.approx(5.0)


def test_what_an_executor_takes_itself_counts_for_each_task():
    [cell] = plan("asyncio").cells
    found = prediction.seconds(Task(1.0, 0.0), cell, 10, 10, MACHINE, extra_s=0.1)
    assert found == pytest.approx(2.0)


def test_what_all_tasks_need_for_themselves_is_queued_for():
    [cell] = plan("asyncio").cells
    found = prediction.seconds(Task(1.0, 0.0), cell, 10, 10, MACHINE, elsewhere_s=0.5)
    assert found == pytest.approx(6.0)


def judged(**seconds):
    return Result(measured(plan(*seconds, until_decided=True), steady(**seconds))).judgements[0]


def test_a_whole_batch_tells_how_long_tasks_wait_for_one_another():
    probe = judged(sequential=0.04, threads=0.01, asyncio=0.01)
    alone = prediction.predicted(probe, 10, 10, MACHINE).times
    # A batch of four tasks takes the fake worker half of its time to compute.
    assert alone["asyncio"] == pytest.approx(10 * 0.005 / 4)
    crowd = judged(asyncio=0.05)
    among = prediction.predicted(probe, 10, 10, MACHINE, crowd).times
    assert among["asyncio"] == pytest.approx(0.05, rel=0.01)
    assert among["threads"] == pytest.approx(0.05, rel=0.05)
    assert among["sequential"] == alone["sequential"]


def test_what_is_paid_once_a_batch_is_less_a_task_of_many():
    probe, crowd = judged(threads=0.01, asyncio=0.01), judged(asyncio=0.005)
    alone = prediction.predicted(probe, 10, 10, MACHINE).times
    among = prediction.predicted(probe, 10, 10, MACHINE, crowd).times
    assert among["asyncio"] < 0.5 * alone["asyncio"]
    assert among["threads"] == pytest.approx(alone["threads"], rel=0.3)


def test_who_cannot_win_is_left_out_and_one_by_one_stays():
    [probe] = Result(
        measured(
            plan(*NAMES, until_decided=True),
            steady(sequential=0.04, threads=0.01, processes=0.02, asyncio=0.01),
        )
    ).judgements
    predicted = {"sequential": 10.0, "threads": 1.0, "processes": 5.0, "asyncio": 1.2}
    assert prediction.candidates(probe, predicted) == ["sequential", "threads", "asyncio"]
    assert prediction.candidates(probe, {}) == [*NAMES]
    # Nothing is told of one beside nobody.
    predicted = {"sequential": 1.0, "threads": 10.0, "processes": 90.0, "asyncio": 20.0}
    assert prediction.candidates(probe, predicted) == ["sequential", "threads"]


def test_of_threads_nothing_is_said_where_it_is_not_known_who_holds_the_gil():
    assert times(Task(0.0, 1.0, gil_share=None))[1] is None
    assert times(Task(1.0, 0.1, gil_share=None))[1] == pytest.approx(2.0)


def test_a_task_of_which_nothing_was_measured_is_known_by_those_one_by_one():
    planned = plan("sequential", "threads", until_decided=True)
    [probe] = Result(measured(planned, steady(sequential=0.04, threads=0.01))).judgements
    probe.work = replace(probe.work, demand_known=False)
    task = prediction.task_of(probe)
    # The fake worker computes for half of its time; a batch has four tasks.
    assert task.wait_s == pytest.approx(0.005)
    assert task.cpu_s == pytest.approx(0.005)
    assert task.gil_share is None
