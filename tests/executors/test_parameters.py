"""Parameters of executors: how they are written, what they mean, and which cell they name."""

import json
from dataclasses import dataclass

import pytest

from asyncbench import Executor, Family, Proof, Workload
from asyncbench.core.values import Count
from asyncbench.errors import UsageError
from asyncbench.executors import registry, settings, written
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.planning.plan import build
from tests.support.typed import typed


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["threads:workers=16,asyncio"], ["threads:workers=16", "asyncio"]),
        (["a, b", "c,"], ["a", "b", "c"]),
        (
            ["processes:workers=4,start_method=spawn,chunk_size=64,threads:workers=2"],
            ["processes:workers=4,start_method=spawn,chunk_size=64", "threads:workers=2"],
        ),
        (["threads:workers=2, processes@again"], ["threads:workers=2", "processes@again"]),
        (["./a=b/mine.py:Name,x"], ["./a=b/mine.py:Name", "x"]),
    ],
)
def test_a_piece_without_an_equals_sign_begins_another_executor(given, meant):
    assert written.executors(given) == meant


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("workers=4", "-e workers=4: 'workers=4' names no executor; a parameter follows one"),
        ("threads,workers=4", "-e threads,workers=4: 'workers=4' is a parameter, which a colon"),
    ],
)
def test_a_parameter_without_its_executor_is_told(text, message):
    with pytest.raises(UsageError) as told:
        written.executors([text])
    assert str(told.value).startswith(message)


def test_a_reference_is_taken_apart():
    assert written.read("m.py:Name:a=tcp://h:1,b=2@again") == written.Written(
        "m.py:Name", {"a": "tcp://h:1", "b": "2"}, "@again"
    )
    assert written.read("threads@x") == written.Written("threads", {}, "@x")
    assert written.read("x:a=u@h,b=1").given == {"a": "u@h", "b": "1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("threads:worker=3", "executor threads has no parameter 'worker' (did you mean 'workers'?"),
        (
            "processes+uvloop:worker=3",
            "executor processes+uvloop has no parameter 'worker' (did yo",
        ),
        (
            "lop:asyncio:new_event_loop",
            "no kind of executor 'lop' (did you mean 'loop'?); write lo",
        ),
        ("sequential:a=1", "executor sequential has no parameter 'a'; it has none"),
        ("threads:workers=0", "parameter workers of executor threads takes a whole number, at lea"),
        ("threads:workers=x", "parameter workers of executor threads takes a whole number, at lea"),
        (
            "processes:start_method=spwan",
            "parameter start_method of executor processes takes fork, spawn, forkserver or None, "
            "not 'spwan' (did you mean 'spawn'?)",
        ),
        ("threads:workers=1,workers=2", "executor 'threads:workers=1,workers=2' has its parameter"),
        ("threads:workers=1,2", "executor 'threads:workers=1,2': '2' is no parameter; write thre"),
    ],
)
def test_a_wrong_parameter_is_one_line_with_near_matches(text, message):
    with pytest.raises(UsageError) as told:
        registry.choose(text)
    assert str(told.value).startswith(message)
    assert "\n" not in str(told.value)


def test_a_cell_is_named_by_what_differs_from_the_default():
    asked = ["threads:workers=4", "threads:workers=none", "processes:chunk_size=2@b"]
    cells = build(RunOptions(["sleep"], asked)).cells
    assert [cell.executor for cell in cells] == [
        "threads:workers=4", "threads", "processes:chunk_size=2@b",
    ]  # fmt: skip
    assert cells[0].reference == "asyncbench.executors.threads:Threads:workers=4"
    assert registry.make(cells[0].reference).workers == 4
    with pytest.raises(UsageError, match="given twice"):
        build(RunOptions(["sleep"], ["threads", "threads:workers=none"]))


class Index(Workload):
    def task(self, lane, index):
        return index


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_start_as_they_are_told(method):
    made = registry.make(f"processes:workers=2,start_method={method},chunk_size=3")
    made.start(Index(), 8)
    assert made.run(20) == Proof(20, 190)
    assert made.lanes == 2
    assert made.describe(20) == {"start method": method, "chunk size": "3"}
    made.stop()


def test_threads_are_no_more_than_asked_for():
    made = registry.make("threads:workers=2")
    made.start(Index(), 8)
    assert (made.lanes, made.run(5)) == (2, Proof(5, 10))
    made.stop()


class Mine(Executor):
    family = Family.SEQUENTIAL
    rate: float = 1.5
    careful: bool = True
    size: Count = Count(2)
    _hidden: int = 3


@dataclass
class Fields(Executor):
    family = Family.SEQUENTIAL
    depth: int = 1


def test_a_class_of_ones_own_says_its_parameters_by_annotation():
    assert settings.settings(Mine) == {"rate": 1.5, "careful": True, "size": 2}
    params = settings.changed(Mine, {"size": "3", "careful": "no", "rate": "1.5"})
    assert params == {"careful": False, "size": 3}
    made = settings.made(Mine, params)
    assert (made.rate, made.careful, made.size) == (1.5, False, 3)
    assert settings.made(Fields, settings.changed(Fields, {"depth": "4"})).depth == 4


def test_list_tells_the_parameters_of_one(tmp_path):
    assert (
        "parameters workers, start_method, chunk_size"
        in typed("list", "processes", cwd=tmp_path).stdout
    )
    [found] = json.loads(typed("list", "threads", "--json", cwd=tmp_path).stdout)["executors"]
    assert found["parameters"] == {"workers": None}
    told = typed("list", "thread", cwd=tmp_path)
    assert told.returncode == 2
    assert "nothing is called 'thread' (did you mean 'threads'?)" in told.stderr


def test_a_run_measures_them_side_by_side(tmp_path):
    text = typed(
        "run", "sleep", "-e", "threads,threads:workers=4,sequential", "-n", "8", "--budget", "1",
        cwd=tmp_path,
    ).stdout  # fmt: skip
    assert "threads:workers=4" in text
