"""What a sweep varies: from what was typed to its points, and what is refused."""

import pytest

from asyncbench.errors import UsageError
from asyncbench.runner.planning import plan, points
from asyncbench.runner.planning.options import RunOptions


def values(text):
    [axis] = points.axes([text])
    return axis.values, axis.log


@pytest.mark.parametrize(
    ("text", "found", "log"),
    [
        ("tasks=1,10,100", [1, 10, 100], True),
        ("tasks=100, 1,10", [1, 10, 100], True),
        ("x=1,2,3,4", [1, 2, 3, 4], False),
        ("x=0,1,10", [0, 1, 10], False),
        ("cpu_share=0..1/11", [each / 10 for each in range(11)], False),
        ("concurrency=1..10000", [1, 3, 10, 32, 100, 316, 1000, 3162, 10000], True),
        ("x=0.1..10", [0.1, 0.22, 0.46, 1.0, 2.2, 4.6, 10], True),
    ],
)
def test_values_are_a_list_or_a_range(text, found, log):
    assert values(text) == (found, log)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"vary": ["tasks"]}, "takes NAME=VALUES"),
        ({"vary": ["tasks="]}, "takes NAME=VALUES"),
        ({"vary": ["tasks=10..1"]}, "does not go up; write the lower end first"),
        ({"vary": ["seconds=0..0/3"]}, "seconds=0..0/3 ends where it begins"),
        ({"vary": ["tasks=5"]}, "has one value"),
        ({"vary": ["tasks=1,many"]}, "'many' is not a number"),
        ({"vary": ["tasks=0,1"]}, "a whole number from 1 on"),
        ({"vary": ["tasks=1..1e12"]}, "tasks=1..1e12 goes beyond 10,000,000"),
        ({"vary": ["seconds=0..1"]}, "say how many points: seconds=0..1/11"),
        ({"vary": ["seconds=0..1/1"]}, "give 2 to 400"),
        ({"vary": ["secnds=0..1/3"]}, "did you mean 'seconds'?"),
        ({"vary": ["tasks=1,2", "tasks=1,2"]}, "varied twice"),
        ({"vary": ["tasks=1,2"], "tasks": 3}, "leave --tasks out"),
        ({"vary": ["seconds=1,2"], "params": {"seconds": "1"}}, "leave --param seconds out"),
        ({"vary": ["concurrency=1,8"], "tasks": 4}, "more than the 4 tasks"),
        ({"vary": ["tasks=1..1000/40", "seconds=1..2/40"]}, "1,600 points"),
        ({"vary": ["tasks=1,2"], "workloads": ["waiting"]}, "a sweep is of one workload"),
        ({"vary": ["tasks=1,2"], "variants": ["a=.", "b=/"]}, "leave the variants out"),
        ({"vary": ["proceses:workers=1,2"]}, "no proceses is measured here (did you mean"),
        ({"vary": ["trio:workers=1,2"]}, "no trio is measured here (choose from: asyncio, pro"),
        ({"vary": ["threads:worker=1,2"]}, "has no parameter 'worker' (did you mean 'workers'?"),
        ({"vary": ["threads:workers=1,2.5"]}, "takes a whole number, at least 1 or None, not '2"),
        (
            {"vary": ["threads:workers=1,2"], "executors": ["threads:workers=4"]},
            "threads:workers is both given and varied; leave workers out of -e threads:workers=4",
        ),
        ({"vary": ["chunk_size=1,2"]}, "is a parameter of an executor: --vary processes:chunk_si"),
        (
            {"vary": ["workers=1,2"], "executors": ["threads", "asyncio"]},
            "none of threads, asyncio has one; vary threads:workers",
        ),
    ],
)
def test_what_cannot_be_swept_is_refused(options, told):
    with pytest.raises(UsageError) as error:
        plan.build(RunOptions(**{"workloads": ["sleep"], **options}))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_each_point_is_a_work_of_one_plan():
    found = plan.build(RunOptions(["sleep"], vary=["seconds=0.001,0.002", "workers=1,2"]))
    assert [work.at for work in found.works] == [
        {"seconds": 0.001, "processes": 1},
        {"seconds": 0.001, "processes": 2},
        {"seconds": 0.002, "processes": 1},
        {"seconds": 0.002, "processes": 2},
    ]
    assert [work.params["seconds"] for work in found.works] == [0.001, 0.001, 0.002, 0.002]
    assert [work.processes for work in found.works] == [1, 2, 1, 2]
    assert found.points == 4


def test_a_parameter_of_an_executor_varies_of_that_one_alone():
    asked = ["sequential", "processes:chunk_size=2", "threads:workers=8", "threads@mine"]
    found = plan.build(RunOptions(["cpu"], asked, vary=["processes:workers=1,3"]))
    assert [work.at for work in found.works] == [{"processes:workers": 1}, {"processes:workers": 3}]
    assert [cell.executor for cell in found.cells_of(1)] == asked
    pools = [found.cells_of(number)[1].reference.partition(":Processes:")[2] for number in (0, 1)]
    assert pools == ["chunk_size=2,workers=1", "chunk_size=2,workers=3"]
    assert found.cells_of(0)[2].reference == found.cells_of(1)[2].reference


def test_a_batch_is_as_many_tasks_as_may_be_in_flight():
    found = plan.build(RunOptions(["sleep"], vary=["concurrency=1,10,100"]))
    assert [work.tasks for work in found.works] == [1, 10, 100]
    given = plan.build(RunOptions(["sleep"], vary=["concurrency=1,10,100"], tasks=100))
    assert [work.tasks for work in given.works] == [100, 100, 100]


def test_a_point_has_one_value_of_what_is_not_varied():
    options = RunOptions(["sleep"], vary=["tasks=1,2"], params={"seconds": "0.001,0.002"})
    with pytest.raises(UsageError, match="seconds has 2: give one, or vary seconds, too"):
        plan.build(options)
