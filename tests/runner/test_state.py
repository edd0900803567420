"""What changes what is measured is told beside the answer, by whichever way it came."""

import csv
import io

import pytest

from asyncbench import api
from tests.support.typed import QUICK, typed

CHANGES = {
    "plain": ("", ""),
    "switch": ("import sys; sys.setswitchinterval(0.001)", "the switch interval is 1 ms"),
    "collector": ("import gc; gc.set_threshold(10)", "the thresholds of garbage collection are"),
    "no_collector": ("import gc; gc.disable()", "garbage collection is switched off"),
    "recursion": ("import sys; sys.setrecursionlimit(5000)", "the recursion limit is 5000"),
    "tracing": ("import sys; sys.settrace(lambda *_: None)", "a trace function is set"),
    "profiling": ("import sys; sys.setprofile(lambda *_: None)", "a profile function is set"),
    "memory": ("import tracemalloc; tracemalloc.start()", "tracemalloc is on"),
    "clock": (
        "import time; real = time.time; time.time = lambda: real()",
        "time.time replaced by the code",
    ),
}


def run(folder, name, *arguments, **environment):
    given = [f"{name}.py:f", *arguments, "-n", 4, *QUICK]
    return typed("run", *given, cwd=folder, env=environment)


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_module_changes_is_told(tmp_path, name):
    text, told = CHANGES[name]
    (tmp_path / f"{name}.py").write_text(f"{text}\ndef f(index): return index\n")
    ran = run(tmp_path, name, "-e", "sequential")
    assert ran.returncode == 0, ran.stderr
    said = " ".join(ran.stdout.split()).lower()
    assert ("in the workers" in said) == bool(told)
    assert told in said


def test_the_debug_mode_of_asyncio_is_told_and_kept(tmp_path):
    (tmp_path / "user.py").write_text("async def f(index): return index\n")
    ran = run(tmp_path, "user", "-e", "asyncio,uvloop", PYTHONASYNCIODEBUG="1")
    said = " ".join(ran.stdout.split())
    assert "debug mode is on in the workers: times are not those of a plain" in said
    [saved] = (tmp_path / "results").glob("*.jsonl")
    assert {life.facts.get("state") for life in api.load(saved).run.lives} == {
        "asyncio's debug mode is on"
    }
    ran = run(tmp_path, "user", "-e", "asyncio", "--csv", "-", PYTHONDEVMODE="1")
    [row] = csv.DictReader(io.StringIO(ran.stdout, newline=""))
    assert row["status"] == "ok"


def test_a_clean_environment_is_without_what_python_is_set_to_and_is_told(tmp_path):
    (tmp_path / "user.py").write_text("async def f(index): return index\n")
    ran = run(tmp_path, "user", "-e", "asyncio", "--clean-env", PYTHONASYNCIODEBUG="1")
    said = " ".join(ran.stdout.split())
    assert "debug mode" not in said
    assert "ran without environment variables that change how Python runs (--clean-env)" in said


def test_a_function_whose_results_are_kept_is_told(tmp_path):
    (tmp_path / "kept.py").write_text(
        "import functools\n@functools.lru_cache\ndef f(index): return index\n"
        "def g(index): return f(index)\n"
    )
    ran = run(tmp_path, "kept", "kept.py:g", "-e", "sequential", "--against", "functions")
    said = " ".join(ran.stdout.split())
    assert "What f returns is kept (functools.lru_cache): once it has been called" in said
    assert "What g returns is kept" not in said
