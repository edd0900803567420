"""Functions beside each other, and values of a parameter: what is planned, and what is answered."""

import json
import sys

import pytest

from asyncbench.errors import UsageError
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.planning.plan import build
from tests.support.typed import QUICK, typed

PAIRED = """
import asyncio
import time


async def quick(times: int = 1, pause: float = 0.001):
    await asyncio.sleep(pause * times)
    return 1


async def slow(times: int = 1):
    await asyncio.gather(*[asyncio.sleep(0.001) for _ in range(3)])
    await asyncio.sleep(0.006 * times)
    return 1


async def other(times: int = 1):
    await asyncio.sleep(0.001)
    return 2


def blocking(times: int = 1):
    time.sleep(0.004)
    return 1


async def fails(times: int = 1):
    raise ValueError("planted")


def text(word: str = "a", numbers: list = (), n: int = 1, quiet: bool = True):
    return len(word)
"""


@pytest.fixture
def app(tmp_path, monkeypatch):
    (tmp_path / "paired_app.py").write_text(PAIRED)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield f"{tmp_path / 'paired_app.py'}"
    sys.modules.pop("paired_app", None)


def planned(app, *names, **more):
    return build(RunOptions([f"{app}:{name}" for name in names], **more))


def test_functions_that_are_named_become_versions_of_one_work(app):
    plan = planned(app, "quick", "slow")
    [work] = plan.works
    assert (work.workload, work.params) == ("quick, slow", {"times": 1})
    assert [variant.name for variant in plan.variants] == ["quick", "slow"]
    assert [variant.params for variant in plan.variants] == [{"pause": 0.001}, {}]
    assert plan.of_functions
    assert [(cell.executor, cell.variant) for cell in plan.cells] == [
        ("asyncio", "quick"), ("asyncio", "slow"), ("uvloop", "quick"), ("uvloop", "slow"),
    ]  # fmt: skip


def test_a_blocking_and_an_async_function_each_run_where_they_can(app):
    plan = planned(app, "blocking", "quick")
    ways = {(cell.executor, cell.variant) for cell in plan.cells}
    assert ("threads", "blocking") in ways
    assert ("asyncio", "quick") in ways
    assert not any(cell.unavailable for cell in plan.cells)
    assert len(ways) == 5


@pytest.mark.parametrize(
    ("names", "more"),
    [
        (["quick", "slow"], {"against": "executors"}),
        (["quick"], {}),
    ],
)
def test_executors_are_compared_otherwise(app, names, more):
    plan = planned(app, *names, **more)
    assert len(plan.works) == len(names)
    assert plan.variants == []


def test_several_workloads_are_not_versions_of_each_other():
    assert len(build(RunOptions(["sleep", "cpu"])).works) == 2


def test_one_alone_has_nothing_beside_it(app):
    with pytest.raises(UsageError, match="two functions or more"):
        planned(app, "quick", against="functions")


@pytest.mark.parametrize(
    ("name", "given", "works"),
    [
        ("quick", {"times": "1,2,5"}, [1, 2, 5]),
        ("quick", {"pause": "0.1, 0.2"}, [0.1, 0.2]),
        ("text", {"n": "3,4"}, [3, 4]),
        ("text", {"word": "a,b"}, ["a,b"]),
        ("text", {"word": ["a,b", ""]}, ["a,b", ""]),
        ("text", {"n": ["3", "4,5"]}, [3, 4, 5]),
    ],
)
def test_values_of_a_parameter_are_works_beside_each_other(app, name, given, works):
    [parameter] = given
    assert [work.params[parameter] for work in planned(app, name, params=given).works] == works


@pytest.mark.parametrize(
    ("vary", "told"),
    [
        ("word=a,b c", "word takes text; a table for each value: asyncbench run {} -p word=a"),
        ("word=a,b c", "-p 'word=b c'"),
        ("quiet=True,False", "quiet takes True or False; a table for each value: asyncbench"),
        ("n=1,x", "'x' is not a number that n could be: 1,10,100"),
    ],
)
def test_what_is_no_number_is_measured_beside_each_other_and_not_varied(app, vary, told):
    with pytest.raises(UsageError) as error:
        planned(app, "text", vary=[vary])
    assert told.format(f"{app}:text") in str(error.value)


def test_values_go_with_functions_that_share_the_parameter(app):
    plan = planned(app, "quick", "slow", params={"times": "1,2"})
    assert [work.params for work in plan.works] == [{"times": 1}, {"times": 2}]
    with pytest.raises(UsageError, match="all have that parameter"):
        planned(app, "quick", "slow", params={"pause": "1,2"})


def test_too_many_values_are_refused(app):
    with pytest.raises(UsageError, match="asks for 100 works"):
        planned(app, "quick", params={"times": ",".join(map(str, range(100)))})


def test_the_better_function_is_told_with_ratio_and_reason(app, tmp_path):
    given = ["run", f"{app}:slow", f"{app}:quick", "-n", 2, "-e", "asyncio", "--budget", 4]
    ran = typed(*given, "-q", "--json", "out.json", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert "quick" in lines[0]
    assert lines[0].index("quick") < lines[0].index("slow")
    assert "x as long" in ran.stdout.replace(") as long", "x as long")
    shown = typed("show", cwd=tmp_path)
    assert shown.stdout.splitlines()[0] == lines[0]
    assert "asyncio beside itself" not in shown.stdout
    assert "quick beside slow: time a batch" in typed("show", "--table", cwd=tmp_path).stdout
    assert {each["name"] for each in json.loads((tmp_path / "out.json").read_text())["variants"]}


def test_a_function_that_is_left_alone_under_two_executors_is_named_once(app, tmp_path):
    given = ["run", f"{app}:quick", f"{app}:fails", "-n", 2, "-e", "asyncio,uvloop", *QUICK]
    ran = typed(*given, "--no-save", cwd=tmp_path)
    assert ran.returncode == 3
    assert ran.stdout.startswith("Only quick ran.\n")


def test_functions_that_return_different_things_are_not_compared(app, tmp_path):
    given = ["run", f"{app}:quick", f"{app}:other", "-n", 2, "-e", "asyncio", *QUICK]
    ran = typed(*given, "--no-save", cwd=tmp_path)
    assert ran.returncode == 3
    assert "--proof none compares them" in " ".join(ran.stdout.split())
    ran = typed(*given, "--proof", "none", "--no-save", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "unequal" not in ran.stdout
