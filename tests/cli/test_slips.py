"""What a new user types by mistake: one line says what was meant, and names the right command."""

import re

import pytest

from asyncbench.cli.headings import FILES, HEADINGS
from asyncbench.cli.main import COMMANDS, main
from tests.cli.test_cli import REFERENCE
from tests.support.journals import sealed
from tests.support.typed import QUICK, typed

SERVICE = '''
import asyncio
import time


async def get_user(user_id: int):
    """Ask for a user."""
    await asyncio.sleep(0.001)
    return user_id


def work(rounds: int = 1000):
    return sum(range(rounds))
'''


@pytest.fixture
def place(tmp_path):
    """A folder with a file of functions, one of a single function, and a saved run."""
    (tmp_path / "svc.py").write_text(SERVICE)
    (tmp_path / "one.py").write_text("def only(n: int = 10):\n    return n\n")
    (tmp_path / "notes.txt").write_text("nothing\n")
    (tmp_path / "benches").mkdir()
    (tmp_path / "benches" / "mine.py").write_text("")
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "main.jsonl").write_text(REFERENCE.read_text())
    return tmp_path


SLIPS = [
    # What is given as what to measure.
    ("run sleep -e asyncio uvloop", "uvloop is an executor: -e asyncio,uvloop"),
    ("run --async svc.py:work", "svc.py:work is blocking: --sync svc.py:work"),
    ("run --sync svc.py:get_user -p user_id=1", "is cooperative: --async svc.py:get_user"),
    ("run --sync svc.py:get_user --async svc.py:work", "--sync takes a blocking function"),
    ("run svc.py:work(rounds=3)", "asyncbench run svc.py:work -p rounds=3"),
    ("run svc.py:work('3')", "asyncbench run svc.py:work -a 3"),
    ("run sleep --json --no-save", "--json takes a FILE, not '--no-save'"),
    ("run sleep --csv -q", "--csv takes a FILE, not '-q'"),
    ("run sleep -e asyncio, uvloop", "uvloop is an executor: -e asyncio,uvloop"),
    ("run sleep uvloop", "uvloop is an executor: -e uvloop"),
    ("run -e sleep asyncio", "asyncbench run sleep -e asyncio"),
    ("run svc.py:get_user 1", "-p user_id=1"),
    ("run svc.py:get_user user_id=1", "user_id=1 is a parameter: -p user_id=1"),
    ("run sleep 5", "-p seconds=5, a number of tasks as -n 5"),
    ("run svc.py", "name one of them: svc.py:get_user -p user_id=VALUE, or svc.py:work"),
    ("run svc", "name one of them: svc:get_user -p user_id=VALUE, or svc:work"),
    ("run svc.py get_user", "get_user is in svc.py: asyncbench run svc.py:get_user"),
    ("run svc.py:get_usr", "svc.py has no 'get_usr' (did you mean 'get_user'?)"),
    ("run svc.get_usr", "(did you mean 'get_user'?)"),
    ("run svx.py", "no file svx.py (did you mean 'svc.py'?)"),
    ("run svx:work", "no module 'svx' (did you mean 'svc'?)"),
    ("run ./svc:work", "the file is named svc.py"),
    ("run benches", "benches is a folder; name a file in it (did you mean 'benches/mine.py'"),
    ("run notes.txt:work", "notes.txt is no Python file; those end in .py"),
    ("run slep", "no workload 'slep' (did you mean 'sleep'?)"),
    ("run echo", "no workload 'echo' (did you mean 'udp-echo' or 'tcp-echo'?)"),
    ("run nonsense", "`asyncbench list` names them"),
    ("run svc.py:get_user,work", "asyncbench run svc.py:get_user svc.py:work"),
    ("run svc.py:work(3)", "asyncbench run svc.py:work -a 3"),
    ("run sleep(3)", "asyncbench run sleep -p NAME=3"),
    ("run ''.join('abc')", "into a function of a file, and run FILE.py:NAME"),
    ("run python svc.py", "by --program 'FILE.py ARGUMENTS', any command by --command"),
    ("run :work", "name a file or a module before the colon"),
    ("run notes.txt", "notes.txt is no Python file; those end in .py"),
    ("run list", "list is a command of its own: asyncbench list"),
    ("sweep sleep cpu", "a sweep is of one workload, and these are 2: sleep, cpu; name one of"),
    ("sweep sleep --vary tasks=1,2 concurrency=1,2", "what varies: --vary concurrency=1,2"),
    ("sweep sleep asyncio --vary tasks=1,2", "asyncio is an executor: -e asyncio"),
    ("sweep one.py:only one.py:twice", "as --sync one.py:only --async one.py:twice"),
    ("sweep sleep --x tasks=1,2", "sweep has no --x; what varies is --vary tasks=1,2"),
    ("map sleep --vary tasks=1,2", "map has no --vary; its axes are --x NAME=VALUES"),
    ("map sleep tasks=1..9", "tasks=1..9 is what varies: --x tasks=1..9"),
    ("advise sleep cpu", "advice is of one workload"),
    ("advise one.py:only n=5", "n=5 is a parameter: -p n=5"),
    ("advise one.py:only --vary n=5", "for all else there is asyncbench sweep"),
    ("advise --command a=true", "whole programs are for: asyncbench run --command a=true"),
    ("run --command =", "such as base='sleep 1'"),
    ("advise network", "is of one workload, and these are 3"),
    ("run run sleep", "run is given twice: asyncbench run sleep"),
    # Executors and parameters.
    ("run sleep -e uvlop", "no executor 'uvlop' (did you mean 'uvloop'?)"),
    ("run sleep -e threading", "it is called threads here: -e threads"),
    ("run sleep -e threads(4)", "-e threads:NAME=4; how many tasks may be in flight"),
    ("run sleep -p secnds=1", "no parameter 'secnds' (did you mean 'seconds'?)"),
    ("run sleep -p seconds 1", "write -p seconds=VALUE"),
    ("run sleep -p seconds:1", "write -p seconds=1"),
    ("run sleep --seconds 1", "is given as -p seconds=1"),
    ("run sleep -p seconds=1,", "a comma with no value beside it"),
    # Options of another place.
    ("-e asyncio run sleep", "asyncbench run -e asyncio sleep"),
    ("-e asyncio sleep", "asyncbench run -e asyncio sleep"),
    ("--list", "asyncbench list"),
    ("run sleep --threads 4", "-c 4"),
    ("run sleep --requests 100", "-n 100"),
    ("run sleep --duration 5", "--budget 5"),
    ("run sleep -n 1e3", "is not a whole number; write 1000"),
    ("run sleep --budget 10s", "is not a number; write 10"),
    ("run sleep --setup x", "is written in the file of the function"),
    ("run sleep -L n 1,2", "-p NAME=1,2,5, or asyncbench sweep"),
    ("run sleep --benchmark-min-rounds=5", "repeats by itself until it is sure"),
    ("run sleep --executors asyncio", "Did you mean"),
    ("run sleep -o x.md", "by --markdown x.md"),
    ("run sleep --format markdown", "by --markdown FILE"),
    ("run sleep --fail-on slower:5", "slower:5%, not 'slower:5'"),
    ("run sleep --fail-on 7%", "slower:7%, not '7%'"),
    # Commands.
    ("rnu sleep", "no command 'rnu' (did you mean 'run'?)"),
    ("measure sleep", "that is: asyncbench run sleep"),
    ("slep", "(did you mean 'sleep'?): asyncbench run WORKLOAD"),
    ("plot", "that is: asyncbench show --chart"),
    ("help rnu", "no command 'rnu'"),
    ("svc.py", "or svc.py:work"),
    ("export", "say what to write: --format"),
    ("export x.md", "asyncbench export -o x.md"),
    ("export --markdown x.md", "asyncbench export -o x.md"),
    ("show -o x.md", "asyncbench export -o x.md"),
    ("compare", "there is @"),
    ("compare svc.py:work one.py:only", "asyncbench run svc.py:work one.py:only"),
    ("compare asyncio uvloop", "asyncbench run WORKLOAD -e asyncio,uvloop"),
    ("compare main", "asyncbench compare @-1 @"),
    ("trace", "WORKLOAD"),
    ("list slep", "nothing is called 'slep' (did you mean 'sleep'?)"),
    ("list uvlop", "nothing is called 'uvlop' (did you mean 'uvloop'?)"),
    ("list zzz", "asyncbench list names all there is"),
    ("list svx.py", "no file svx.py (did you mean 'svc.py'?)"),
    ("new mine", "choose one like mine.py"),
    ("new json.py", "json.py would hide the module json; choose a name like my_json.py"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "said"), SLIPS, ids=[typed for typed, _ in SLIPS])
def test_a_slip_is_answered_by_one_line_that_says_what_was_meant(
    place, typed, said, monkeypatch, capsys
):
    before = sorted(place.rglob("*"))
    monkeypatch.chdir(place)
    # In this process, since a new one for each would take longer than what it is to do.
    with pytest.raises(SystemExit) as ended:
        main(typed.split())
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert ended.value.code == 2
    assert printed.out == ""
    assert [each for each in sorted(place.rglob("*")) if "__pycache__" not in str(each)] == before


RIGHT = [
    "one.py", "one.py:only", "one:only", "one.only", "one", "one.py::only", "one.py:only()",
    "./one.py:only",
]  # fmt: skip


@pytest.mark.parametrize("reference", RIGHT)
def test_a_function_is_measured_however_it_is_named(place, reference):
    given = [reference, "-e", "sequential", "-n", 2, "--no-save", *QUICK]
    ran = typed("run", *given, cwd=place)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[2].startswith("only: ")


def test_something_to_measure_needs_no_command(place):
    given = ["one.py", "-e", "sequential", "-n", 2, "--no-save", *QUICK]
    ran = typed(*given, cwd=place)
    assert ran.returncode == 0, ran.stderr
    assert "only: " in ran.stdout


def test_help_is_a_word_too(place):
    assert typed("help", cwd=place).stdout == typed("--help", cwd=place).stdout
    assert typed("help", "run", cwd=place).stdout == typed("run", "--help", cwd=place).stdout


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_a_terminal(place, command):
    lines = typed(*command.split(), "--help", cwd=place, env={"COLUMNS": "80"}).stdout.splitlines()
    assert [each for each in lines if len(each) > 80] == []


def test_the_options_of_a_run_stand_under_headings_that_know_each(place):
    lines = typed("run", "--help", cwd=place).stdout.splitlines()
    given = [each for each in lines if each.endswith(":") and not each.startswith(" ")]
    assert given == [f"{each}:" for each in (*HEADINGS, FILES)]


def test_the_newest_run_is_exported_and_the_two_newest_are_compared(place):
    main = (place / "results" / "main.jsonl").read_text()
    (place / "results" / "head.jsonl").write_text(sealed(main.replace("2026-", "2027-", 1)))
    exported = typed("export", "-o", "x.md", cwd=place)
    assert exported.returncode == 0, exported.stderr
    assert (place / "x.md").exists()
    both = typed("compare", cwd=place)
    assert both.returncode == 0, both.stderr
    assert both.stdout == typed("compare", "@-1", "@", cwd=place).stdout
    assert typed("compare", "@-1", cwd=place).stdout == both.stdout


FAILS = """
import asyncio


def deep(x):
    return 1 // x


async def fails(index):
    await asyncio.sleep(0)
    return deep(0)


def stuck(index):
    return deep(0)
"""


@pytest.mark.parametrize(("name", "cells"), [("fails", 2), ("stuck", 3)])
def test_a_task_that_fails_is_told_once_and_leaves_nothing_behind(tmp_path, name, cells):
    (tmp_path / "bad.py").write_text(FAILS)
    ran = typed("run", f"bad.py:{name}", "--budget", "0.3", cwd=tmp_path)
    assert ran.returncode == 4
    assert ran.stdout == ""
    assert ran.stderr.count("ZeroDivisionError") == 1
    assert ran.stderr.count("return 1 // x") == 1
    line = ran.stderr.strip().splitlines()[0]
    assert line.startswith(f"{name} under ")
    # Of an integer division 3.14 says no more than that it is one.
    told = r"failed: ZeroDivisionError: (integer division or modulo|division) by zero$"
    assert re.search(told, line)
    assert line.count(",") + line.count(" and ") == cells - 1
    assert "asyncbench/" not in ran.stderr
    assert "concurrent/futures" not in ran.stderr
    assert list((tmp_path / "results").iterdir()) == []


def test_a_failure_is_told_whole_where_reasons_are_asked_for(tmp_path):
    (tmp_path / "bad.py").write_text(FAILS)
    ran = typed("run", "bad.py:stuck", "-e", "processes", "-v", "--budget", "0.3", cwd=tmp_path)
    assert "Traceback (most recent call last)" in ran.stderr


def test_what_can_run_nowhere_is_one_line(place):
    ran = typed(
        "run", "svc.py:get_user", "-p", "user_id=1", "-e", "threads,processes", "--save", "kept",
        cwd=place,
    )  # fmt: skip
    assert ran.returncode == 4
    assert ran.stdout == ""
    assert ran.stderr == (
        "asyncbench: nothing can be measured; threads, processes: get_user is async only: these "
        "need --sync svc.py:F, or leave them out with -e asyncio,uvloop\n"
    )
    assert not (place / "kept").exists()


@pytest.mark.parametrize("option", ["--sync", "--async", "--program", "--save", "-e", "--dask"])
def test_an_option_that_is_empty_is_not_as_if_it_were_not_there(place, option, monkeypatch, capsys):
    monkeypatch.chdir(place)
    with pytest.raises(SystemExit) as ended:
        main(["run", option, ""])
    assert "is empty, as an unset variable is" in capsys.readouterr().err
    assert ended.value.code == 2
