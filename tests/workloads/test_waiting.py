"""Waiting and handing over: what adds up, what overlaps, and who decides the order."""

import asyncio
import time

import pytest
from asyncbench.workloads.waiting import NAMES, PrintOrder, Sleep, Waiter, Yield

from asyncbench import Proof
from tests.support.executors import pairs, started

QUICK = [Sleep(seconds=0.0005), Yield(times=5), Waiter(unit=0.0004), PrintOrder()]


@pytest.mark.parametrize(("workload", "name"), pairs(QUICK))
def test_ten_batches_have_one_proof_under_every_executor(workload, name):
    with started(name, workload, 4) as made:
        proofs = {made.run(12) for _ in range(10)}
    assert proofs == {Proof.of(12, sum(workload.task(None, index) for index in range(12)))}


def test_a_waiters_proof_is_what_it_waited():
    workload = Waiter(waits=3, unit=0.0)
    for index in range(2 * len(NAMES)):
        assert workload.task(None, index) == index + sum(workload.quarters(index))


def test_waits_are_one_two_or_three_quarters_drawn_from_the_seed():
    drawn = [Waiter(waits=50, seed=3).quarters(index) for index in range(len(NAMES))]
    assert drawn == [Waiter(waits=50, seed=3).quarters(index) for index in range(len(NAMES))]
    assert {quarter for quarters in drawn for quarter in quarters} == {1, 2, 3}
    assert {len(quarters) for quarters in drawn} == {50}
    assert len(set(drawn)) == len(NAMES)
    assert drawn[0] != Waiter(waits=50, seed=4).quarters(0)


def test_the_drawn_waits_are_the_same_in_every_python():
    assert Waiter().quarters(0) == (2, 3, 3, 2)
    assert Waiter().quarters(1) == (3, 1, 3, 1)


def test_tasks_have_the_tutorials_names_and_begin_anew_after_the_last():
    workload = Waiter()
    assert [workload.label(index) for index in range(3)] == ["foo", "bar", "baz"]
    assert workload.label(len(NAMES)) == "foo"
    assert workload.quarters(len(NAMES)) == workload.quarters(0)


def test_both_forms_wait_the_same(monkeypatch):
    workload = Waiter(unit=0.2)
    blocking, cooperative = [], []

    async def note(seconds):
        cooperative.append(seconds)

    monkeypatch.setattr(time, "sleep", blocking.append)
    monkeypatch.setattr(asyncio, "sleep", note)

    async def all_of_them():
        return [await workload.atask(None, index) for index in range(5)]

    assert [workload.task(None, index) for index in range(5)] == asyncio.run(all_of_them())
    assert blocking == cooperative
    assert sum(blocking) == pytest.approx(0.05 * sum(map(sum, map(workload.quarters, range(5)))))


@pytest.mark.parametrize(
    ("name", "overlap"),
    [
        ("sequential", False),
        ("asyncio-blocking", False),
        ("asyncio", True),
        ("uvloop", True),
        ("threads", True),
        ("asyncio-to-thread", True),
    ],
)
def test_held_waits_add_up_and_others_overlap(name, overlap):
    workload = Waiter(unit=0.08)
    lengths = [sum(workload.quarters(index)) * 0.02 for index in range(2)]
    ideal = max(lengths) if overlap else sum(lengths)
    seconds = []
    with started(name, workload, 2) as made:
        for _ in range(12):  # until the machine has a moment for it
            began = time.perf_counter()
            made.run(2)
            seconds.append(time.perf_counter() - began)
            if seconds[-1] < 1.3 * ideal:
                break
    # Loops round to their clock's milliseconds, so a wait can end a little early.
    assert 0.97 * ideal < min(seconds) < 1.3 * ideal
    assert sum(lengths) > 1.6 * max(lengths)


def test_a_waiters_demand_is_that_of_the_names_it_runs_with():
    workload = Waiter(unit=1.0)
    for tasks in (1, 2, 5):
        workload.tasks = tasks
        lengths = [sum(workload.quarters(index)) / 4 for index in range(tasks)]
        assert workload.demand().wait_s == min(lengths)
        assert workload.demand().longest_s == max(lengths)


class Logged(PrintOrder):
    """Notes in which order tasks came to their end."""

    name = "logged"

    def __init__(self):
        self.order = []

    def task(self, lane, index):
        self.order.append(super().task(lane, index))
        return index

    async def atask(self, lane, index):
        self.order.append(await super().atask(lane, index))
        return index


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("sequential", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("asyncio-blocking", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("asyncio", [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]),
        ("uvloop", [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]),
    ],
)
def test_the_order_is_the_callers_where_the_loop_is_held_and_else_the_loops(name, order):
    workload = Logged()
    with started(name, workload, workload.concurrency) as made:
        made.run(workload.tasks)
    assert workload.order == order
    assert workload.shows_order


def test_nothing_is_printed(capfd):
    PrintOrder().task(None, 3)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        (Sleep, {"seconds": -1.0}, "seconds is 0 or more, not -1.0"),
        (Sleep, {"seconds": float("nan")}, "seconds is 0 or more, not nan"),
        (Yield, {"times": 0}, "times is at least 1, not 0"),
        (Waiter, {"waits": 0}, "waits is at least 1, not 0"),
        (Waiter, {"unit": -0.1}, "unit is 0 seconds or more, not -0.1"),
        (Waiter, {"unit": float("inf")}, "unit is 0 seconds or more, not inf"),
    ],
)
def test_bad_parameters_are_told(kind, params, message):
    with pytest.raises(ValueError, match=message):
        kind(**params)
