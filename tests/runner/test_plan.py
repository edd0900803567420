"""Options become cells, or one clear line."""

import sys
from pathlib import Path

import pytest

from asyncbench.errors import UsageError
from asyncbench.executors import registry
from asyncbench.runner.planning.options import RunOptions, params_from
from asyncbench.runner.planning.plan import build
from tests.support.executors import usable

FAULTS = Path(__file__).parents[1] / "support" / "faults"


def test_the_default_run_has_fifteen_cells():
    plan = build(RunOptions())
    assert len(plan.cells) == 15
    assert [work.workload for work in plan.works] == ["sleep", "tcp-echo", "cpu"]
    assert plan.baseline == "sequential"


def test_the_baseline_is_the_first_where_sequential_is_not_among_them():
    assert build(RunOptions(executors=["uvloop", "asyncio"])).baseline == "uvloop"


def test_a_twin_is_a_cell_of_its_own():
    plan = build(RunOptions(["sleep"], executors=["asyncio", "asyncio@twin"]))
    assert [cell.executor for cell in plan.cells] == ["asyncio", "asyncio@twin"]
    assert plan.cells[0].reference == plan.cells[1].reference


def test_parameters_go_to_the_workloads_that_have_them():
    works = build(RunOptions(params={"payload": "10", "seconds": "0.1"})).works
    assert [dict(work.params).get("payload") for work in works] == [None, 10, None]


def test_an_executor_that_cannot_run_here_is_kept_with_its_reason():
    plan = build(RunOptions(["sleep"], executors=[f"{FAULTS / 'executor_of_mine.py'}:Missing"]))
    assert plan.cells[0].unavailable.endswith("install it with: pip install missing")


def test_a_workload_with_one_form_says_who_cannot_run_it():
    plan = build(
        RunOptions(["tests.support.faults.faulty:OneForm"], executors=["threads", "asyncio"])
    )
    assert plan.cells[0].unavailable is None
    assert plan.cells[1].unavailable == (
        "one-form is blocking only: these need its method 'atask', "
        "or leave them out with -e threads"
    )


def test_who_cannot_run_a_work_is_left_out_where_nobody_was_asked_for():
    plan = build(RunOptions(["tests.support.faults.faulty:OneForm"]))
    assert [cell.executor for cell in plan.cells] == ["sequential", "threads", "processes"]


def test_all_executors_are_those_that_are_installed_and_a_refusal_has_its_remedy():
    found = build(RunOptions(["sleep", "tcp-echo"], executors=["all"]))
    of_sleep = {cell.executor: cell.unavailable for cell in found.cells if cell.work == 0}
    assert set(of_sleep) == set(usable(registry.BUILT_IN))
    assert not any(of_sleep.values())
    for cell in found.cells:
        assert cell.unavailable is None or cell.unavailable.endswith(", or leave them out")


def test_what_is_named_beside_all_is_not_measured_twice():
    found = build(RunOptions(["sleep"], executors=["threads:workers=2", "all"]))
    names = [cell.executor for cell in found.cells]
    assert names[0] == "threads:workers=2"
    assert "threads" not in names
    assert "asyncio" in names


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"executors": ["asyncio", "asyncio"]}, "given twice; a second measurement needs a label"),
        ({"executors": []}, "no executor is given"),
        ({"baseline": "asyncoi"}, "not among the executors (did you mean 'asyncio'?)"),
        ({"tasks": 0}, "tasks is a whole number, at least 1, and not 0"),
        ({"concurrency": -1}, "concurrency is a whole number, at least 1, and not -1"),
        ({"margin": -0.5}, "the margin is a share, 0 or more, not -0.5"),
        ({"budget_s": 0.0}, "the budget is a number of seconds above 0, not 0.0"),
        ({"timeout_s": float("nan")}, "the timeout is a number of seconds above 0"),
        ({"timeout_s": 1e12}, "the timeout is a day at most (86400), not 1e+12"),
        ({"processes": 0}, "processes is a whole number, at least 1"),
        ({"executors": "asyncio"}, "executors are a list of names, not the text 'asyncio'"),
        ({"workloads": ["tests.support.faults.odd:DemandRaises"]}, "RuntimeError: no idea"),
        (
            {"workloads": ["tests.support.faults.odd:DemandIsNone"]},
            "cannot be prepared: AttributeError",
        ),
        ({"workloads": ["tests.support.faults.odd:HasAPath"]}, "not JSON serializable"),
        (
            {"workloads": ["tests.support.faults.odd:Frozen"]},
            "cannot be prepared: FrozenInstanceError",
        ),
        ({"workloads": ["tests.support.faults.odd:TasksAreText"]}, "and not '5'"),
        ({"workloads": ["tests.support.faults.odd:NoForm"]}, "has no form: write its method"),
        ({"executors": ["tests.support.faults.odd:NoFamily"]}, "has no `family`"),
        ({"executors": ["tests.support.faults.odd:TakesArguments"]}, "cannot be asked: TypeError"),
        ({"params": {"seconds": "inf"}}, "takes float, not 'inf'"),
        ({"params": {"paylaod": "1"}}, "no parameter 'paylaod' (did you mean 'payload'?)"),
    ],
)
def test_options_that_do_not_fit_are_told(options, message):
    with pytest.raises(UsageError) as told:
        build(RunOptions(**options))
    assert message in str(told.value)


def test_two_workloads_of_one_name_are_told_apart_by_their_place(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "two_of_one_name.py").write_text(
        "from asyncbench import Workload\n\n\n"
        "class A(Workload):\n    name = 'same'\n    def task(self, lane, index): return index\n\n\n"
        "class B(A):\n    name = 'same'\n"
    )
    planned = build(RunOptions([str(tmp_path / "two_of_one_name.py")]))
    assert [work.workload.rpartition(":")[2] for work in planned.works] == ["A", "B"]


def test_assignments_need_an_equals_sign():
    assert params_from(["a=1", "b=x=y"]) == {"a": "1", "b": "x=y"}
    assert params_from(["a=1", "a=2"]) == {"a": ["1", "2"]}
    with pytest.raises(UsageError, match="NAME=VALUE"):
        params_from(["a"])
