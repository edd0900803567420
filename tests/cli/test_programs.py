"""Whole programs under event loops: which files are one, what is run, and what is refused."""

import sys
from pathlib import Path

import pytest

from asyncbench.core.commands import OWN_LOOP, Program
from asyncbench.errors import CommandError, UsageError
from asyncbench.executors.commands import Commands
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.planning.plan import build
from tests.support.typed import typed

UVLOOP = "uvloop:new_event_loop"
ECHOES = """
import asyncio
import sys


async def main():
    await asyncio.sleep(0.001)
    print(sys.argv[1:], __name__, type(asyncio.get_running_loop()).__module__ if SHOWS else "")


SHOWS = False
if __name__ == "__main__":
    asyncio.run(main())
"""
OLD = """
import asyncio

async def main():
    await asyncio.sleep(0)
    print("done")

asyncio.get_event_loop_policy().new_event_loop().run_until_complete(main())
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text(ECHOES)
    return tmp_path


def planned(*names, programs=True, **more):
    return build(RunOptions(workloads=names, programs=programs, **more))


def once(text, **more):
    executor = Commands()
    executor.start(Program(text, **more), 1)
    try:
        return executor.run(1)
    finally:
        executor.stop()


def test_a_program_is_run_under_each_loop_as_it_is(here):
    done = typed(
        "run", "app.py", "-a", "7", "--budget", "0.5", "-q", "-e", "asyncio,uvloop", cwd=here
    )
    assert done.returncode == 0, done.stderr
    assert "app.py: one at a time" in done.stdout
    assert "uvloop" in done.stdout
    assert "Python with an empty program" in done.stdout


def test_each_loop_and_folder_is_a_version(here):
    (here / "old").mkdir()
    plan = planned("app.py", executors=["uvloop", "asyncio"], variants=["a=.", "b=old"])
    assert [each.name for each in plan.variants] == [
        "uvloop, a", "asyncio, a", "uvloop, b", "asyncio, b",
    ]  # fmt: skip
    assert plan.variants[2].params == {
        "command": "app.py", "loop": UVLOOP, "folder": str(here / "old"),
    }  # fmt: skip


@pytest.mark.parametrize("loop", [OWN_LOOP, UVLOOP])
@pytest.mark.parametrize("text", [ECHOES, OLD], ids=["run", "policy"])
def test_a_program_does_the_same_under_another_loop(here, loop, text):
    Path("app.py").write_text(text)
    assert once("app.py 1 'a b'", loop=loop) == once("app.py 1 'a b'")


def test_it_runs_on_the_loop_that_it_is_told(here):
    Path("app.py").write_text(ECHOES.replace("SHOWS = False", "SHOWS = True"))
    assert once("app.py", loop=UVLOOP) != once("app.py")


def test_a_module_is_a_program(here):
    assert once("-m app x") == once("-m app x", loop=UVLOOP)


def test_the_folder_of_a_variant_comes_first(here):
    for name in ("a", "b"):
        (here / name).mkdir()
        (here / name / "its.py").write_text(f"name = {name!r}\n")
    Path("app.py").write_text("import its\n" + ECHOES.replace("sys.argv[1:]", "its.name"))
    assert once("app.py", folder=str(here / "a")) != once("app.py", folder=str(here / "b"))


def test_who_is_asked_what_is_meant_keeps_the_arguments(here):
    Path("both.py").write_text("import asyncio\nasync def fetch(): pass\n\n\n" + GUARD)
    with pytest.raises(UsageError, match=r"--program 'both.py 5 --fast' or asyncb"):
        planned("both.py", args=("5", "--fast"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("print(1)\n", r"ran no event loop.* --command NAME='python app.py'"),
        ("import asyncio, uvloop\nuvloop.run(asyncio.sleep(0))\n", "a loop of uvloop, not of asyn"),
        ("import asyncio\nasyncio.run(asyncio.sleep(0))\nraise SystemExit(3)\n", "with status 3"),
        ("import os\nos._exit(4)\n", "with status 4"),
        ("raise ValueError('x')\n", "with status 1"),
    ],
)
def test_what_is_not_what_was_asked_is_no_sample(here, text, told):
    Path("app.py").write_text(text)
    with pytest.raises(CommandError, match=told):
        once("app.py")


def test_an_exception_of_the_program_has_its_own_frames_alone(here):
    Path("app.py").write_text("def f():\n    raise ValueError('mine')\n\n\nf()\n")
    done = typed(
        "run", "--program", "app.py", "-e", "asyncio", "--budget", "0.5", "-q", "--why", cwd=here
    )
    assert "ValueError: mine" in done.stderr
    assert "app.py" in done.stderr
    assert "worker/program.py" not in done.stderr


GUARD = 'if __name__ == "__main__":\n    pass\n'


@pytest.mark.parametrize(
    ("text", "is_program"),
    [
        (GUARD, True),
        ("def main():\n    pass\n\n\n" + GUARD, True),
        ("def _help():\n    pass\n\n\n" + GUARD, True),
        ("import asyncio\nasyncio.run(asyncio.sleep(0))\n", True),
        ("print(1)\n", True),
        ("def main():\n    pass\n\n\nfor _ in range(2):\n    main()\n", True),
        ("import threading\nt = threading.Thread()\nif True:\n    t.start()\n", True),
        ("def fetch():\n    return 1\n", False),
        ("import random\n\n\ndef fetch():\n    return 1\n\n\nrandom.seed(1)\n", False),
        ("def table():\n    return 1\n\n\nTABLE = table()\n", False),
    ],
)
def test_a_file_that_can_be_nothing_else_is_a_program(here, text, is_program):
    Path("svc.py").write_text(text)
    assert planned("svc.py").of_commands is is_program


def test_where_a_function_could_be_meant_nothing_is_guessed(here):
    Path("svc.py").write_text("import asyncio\ndef fetch():\n    return 1\n\n\n" + GUARD)
    with pytest.raises(UsageError, match=r"--program svc.py or asyncbench run svc.py:fetch"):
        planned("svc.py")
    assert not planned("svc.py:fetch").of_commands
    assert planned(program="svc.py").of_commands


def test_a_file_that_only_runs_itself_and_knows_no_loop_is_a_place_of_functions(here):
    Path("svc.py").write_text("def fetch():\n    return 1\n\n\n" + GUARD)
    assert [work.workload for work in planned("svc.py").works] == ["fetch"]


def test_a_function_called_main_is_measured_where_there_is_no_other(here):
    Path("svc.py").write_text("def main():\n    return 1\n")
    assert [work.workload for work in planned("svc.py").works] == ["main"]


BOTH = ECHOES + "async def fetch(n: int = 1): pass\n"


def test_a_file_with_functions_that_starts_a_loop_is_a_program_and_that_is_said(here):
    Path("both.py").write_text(BOTH)
    done = typed(
        "run", "both.py", "-a", "7", "--budget", "0.1", "-q", "-e", "asyncio", "--no-save", cwd=here
    )
    assert done.returncode == 0, done.stderr
    assert "both.py: one at a time" in done.stdout
    assert done.stderr == (
        "both.py is measured as a whole program; its function fetch alone: both.py:fetch\n"
    )


@pytest.mark.parametrize("more", [{"params": {"n": "2"}}, {"executors": ["threads", "asyncio"]}])
def test_options_of_functions_leave_it_open_whether_a_program_is_meant(here, more):
    Path("both.py").write_text(BOTH)
    with pytest.raises(UsageError, match=r"--program both.py or asyncbench run both.py:fetch"):
        planned("both.py", **more)


WORKS = 'def w():\n    pass\n\n\nopen("ran", "w").close()\nw()\n'


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "svc.py"], "asyncbench run --program svc.py or asyncbench run svc.py:w"),
        (["run", "svc.py", "3"], "--program 'svc.py 3' or asyncbench run svc.py:w"),
        (["trace", "svc.py"], "asyncbench trace -- svc.py or asyncbench trace svc.py:w"),
        (["trace", "svc.py", "3", "-q"], "asyncbench trace -- svc.py 3 or"),
        (["trace", "both.py", "-e", "uvloop"], "asyncbench trace -- both.py or"),
        (["run", "only.py", "3"], "its arguments go with it: asyncbench run --program 'only.py 3'"),
        (["run", "both.py", "3"], "its arguments go with it: asyncbench run --program 'both.py 3'"),
        (["run", "both.py", "fetch"], "fetch is in both.py: asyncbench run both.py:fetch"),
        (["trace", "both.py", "fetch"], "asyncbench trace -- both.py fetch or"),
        (["run", "--sync", "both.py"], "asyncbench run --program both.py or"),
        (["run", "both.py", "only.py"], "--command both='python both.py' --command only='pyth"),
        (["run", "only.py", "other.py"], "--command only='python only.py' --command other='pyth"),
    ],
)
def test_a_file_that_works_where_it_is_imported_is_refused_before_it_runs(here, words, told):
    Path("svc.py").write_text(WORKS)
    Path("both.py").write_text(BOTH)
    for name in ("only.py", "other.py"):
        Path(name).write_text('open("ran", "w").close()\n')
    done = typed(*words, cwd=here)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert told in done.stderr
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["advise", "values.py"],
            "asyncbench run --program 'values.py', and drawn by asyncbench t",
        ),
        (["run", "svc.py", "abc"], "as an argument of svc.py: asyncbench trace -- svc.py abc, or"),
    ],
)
def test_what_names_nothing_says_how_a_program_is_named(here, words, told):
    Path("values.py").write_text("SIZE = 3\n")
    Path("svc.py").write_text("def fetch():\n    return 1\n\n\n" + GUARD)
    done = typed(*words, cwd=here)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert told in done.stderr


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"program": "nosuch.py"}, "no file nosuch.py"),
        ({"program": "ap.py"}, r"did you mean 'app.py'"),
        ({"program": "-m nosuchmodule"}, "no module 'nosuchmodule'"),
        ({"program": "."}, "is a folder"),
        ({"program": "app.py 'x"}, "no closing quotation"),
        ({"program": "app.py", "executors": ["threads"]}, "'threads' is none"),
        ({"program": "app.py", "executors": ["nosuch:loop"]}, "pip install nosuch"),
        ({"program": "app.py", "params": {"a": "1"}}, "-p does not go with"),
        ({"program": "app.py", "proof": "result"}, "returns nothing"),
    ],
)
def test_what_is_no_program_is_refused_in_one_line(here, more, told):
    with pytest.raises(UsageError, match=told):
        planned(**more)


def test_another_interpreter_needs_no_asyncbench(here):
    assert once("app.py", python=sys.executable) == once("app.py")


def test_a_module_to_run_is_looked_for_and_not_imported(here):
    (here / "leaves").mkdir()
    (here / "leaves/__init__.py").write_text("raise SystemExit(5)\n")
    (here / "leaves/app.py").write_text(ECHOES)
    assert planned(program="-m leaves.app").works[0].workload == "leaves.app"
    with pytest.raises(UsageError, match=r"there is no module 'leaves\.ap' to run"):
        planned(program="-m leaves.ap")
