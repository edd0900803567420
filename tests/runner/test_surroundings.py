"""What stands beside a user's code, and what it does when it is imported, spoils nothing."""

import csv
import io
import subprocess
import sys
import time

import pytest

from asyncbench.runner.planning import plan
from asyncbench.runner.planning.options import RunOptions
from tests.support.typed import QUICK, typed

FUNCTIONS = """
def f(index): return index
async def af(index): return index
"""
SMALL = ("-n", "4", "-c", "2", *QUICK, "--csv", "-")


def asyncbench(folder, *arguments):
    # Without -P, as a user types it: `-m` puts this folder first on the import path.
    ran = subprocess.run(
        [sys.executable, "-m", "asyncbench", *arguments], cwd=folder, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert "Traceback" not in ran.stderr
    return ran, list(csv.DictReader(io.StringIO(ran.stdout, newline="")))


def measured(folder, *arguments):
    """Do so in this process, where what is imported is of no concern to the command itself."""
    began = time.monotonic()
    ran = typed(*arguments, cwd=folder)
    assert time.monotonic() - began < 60
    assert "Traceback" not in ran.stderr
    return ran, list(csv.DictReader(io.StringIO(ran.stdout, newline="")))


SIBLINGS = "tabulate psutil resource uvloop click msgspec csv inspect statistics difflib decimal"


def test_files_beside_the_users_do_not_reach_us(tmp_path):
    for name in SIBLINGS.split():
        (tmp_path / f"{name}.py").write_text("raise SystemError(f'the wrong {__name__}')\n")
    (tmp_path / "bench.py").write_text(FUNCTIONS)
    ran, rows = asyncbench(
        tmp_path, "run", "bench.py:f", "-e", "sequential,processes", *SMALL, "--no-save"
    )
    assert ran.returncode == 0, ran.stderr
    ran, rows = asyncbench(tmp_path, "run", "bench:af", "yield", "-e", "asyncio,uvloop", *SMALL)
    assert ran.returncode == 0, ran.stderr
    assert {row["status"] for row in rows} == {"ok"}


def test_a_users_own_file_may_be_named_like_a_module_that_is_loaded(tmp_path):
    (tmp_path / "json.py").write_text(FUNCTIONS)
    ran, rows = asyncbench(tmp_path, "run", "json.py:f", "-e", "sequential,processes", *SMALL)
    assert ran.returncode == 0, ran.stderr
    assert [row["status"] for row in rows] == ["ok", "ok"]


IMPORTS = {
    "goes_elsewhere": "import os; os.chdir('/')",
    "threads": "import threading, time\ndef spin():\n    while True: time.sleep(1)\n"
    "threading.Thread(target=spin).start()",
    "exit_handlers": "import atexit, time; atexit.register(time.sleep, 1000)",
    "prints": "import os; print('hello', flush=True); os.write(1, b'hello\\n')",
    "signals": "import signal; [signal.signal(each, signal.SIG_IGN) for each in "
    "(signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)]",
    "children": "import subprocess, sys; subprocess.Popen([sys.executable, '-c', "
    "'import time; time.sleep(30)'], close_fds=False)",
    "stdout": "import sys; sys.stdout = None; sys.stderr = open('/dev/null', 'w')",
    "policy": "import asyncio\nclass Policy(asyncio.DefaultEventLoopPolicy):\n"
    "    def new_event_loop(self): raise RuntimeError('no loop for you')\n"
    "asyncio.set_event_loop_policy(Policy())",
    "frozen": "import time; time.monotonic = time.time = time.perf_counter = lambda: 0.0",
    "hooks": "import sys; sys.excepthook = lambda *_: None; sys.setrecursionlimit(500)",
}


@pytest.mark.parametrize("name", IMPORTS)
def test_what_a_module_does_at_import_stays_in_its_process(tmp_path, name):
    (tmp_path / "user.py").write_text(f"{IMPORTS[name]}\n{FUNCTIONS}")
    executors = "sequential,asyncio" if name == "frozen" else "sequential,processes,asyncio,uvloop"
    forms = ("--sync", "user.py:f", "--async", "user.py:af")
    ran, rows = measured(tmp_path, "run", *forms, "-e", executors, *SMALL)
    assert list((tmp_path / "results").glob("*.jsonl"))
    assert ran.returncode == 0, ran.stderr
    assert {row["status"] for row in rows} == {"ok"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import os; os._exit(0)", "exited with status 0 before it answered"),
        ("import os; os._exit(1)", "exited with status 1 before it answered"),
        ("import sys; sys.exit(0)", "cannot import user.py: SystemExit: 0"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise BaseException('hm')", "BaseException: hm"),
    ],
)
def test_a_module_that_ends_its_process_is_told_in_one_line(tmp_path, text, told):
    (tmp_path / "user.py").write_text(f"{text}\n{FUNCTIONS}")
    ran, _ = measured(tmp_path, "run", "user.py:f", *SMALL)
    assert ran.returncode == 2
    [line] = ran.stderr.splitlines()
    assert told in line
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import os; os._exit(3)", "the process that imported it exited with status 3"),
        ("import os; os.abort()", "the process that imported it was killed by SIGABRT"),
        ("import os; os.kill(os.getpid(), 9)", "the process that imported it was killed by SIG"),
        ("import ctypes; ctypes.string_at(0)", "the process that imported it was killed by SIGS"),
        ("import sys; sys.exit(4)", "cannot import bad.py: SystemExit: 4"),
        ("while True: pass", "importing bad.py:f took more than 2 s"),
    ],
)
def test_a_module_that_ends_its_process_loses_its_own_work_alone(tmp_path, monkeypatch, text, why):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.py").write_text(f"x = 1\n{text}\n{FUNCTIONS}")
    (tmp_path / "good.py").write_text(FUNCTIONS)
    named = ["bad.py:f", "good.py:f"]
    planned = plan.build(RunOptions(workloads=named, timeout_s=2))
    good, bad = planned.works
    assert (good.workload, good.broken, bad.workload) == ("f", "", "bad.py:f")
    assert why in bad.broken
    assert f"({tmp_path}/bad.py, line 2)" in bad.broken
    assert not any(cell.unavailable for cell in planned.cells_of(1))


def test_a_work_that_cannot_be_imported_has_failed_and_the_others_go_on(tmp_path):
    (tmp_path / "bad.py").write_text(f"import os; os._exit(3)\n{FUNCTIONS}")
    (tmp_path / "good.py").write_text(FUNCTIONS)
    ran, rows = measured(tmp_path, "run", "bad.py:f", "good.py:f", "-e", "sequential", *SMALL)
    assert ran.returncode == 3
    assert [(row["workload"], row["status"]) for row in rows] == [
        ("f", "ok"),
        ("bad.py:f", "failed"),
    ]
    assert f"exited with status 3 before it answered ({tmp_path}/bad.py, line 1)" in ran.stderr


@pytest.mark.parametrize("executor", ["bad.py:Mine@other", "processes+bad.py:Mine", "loop:bad:new"])
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import os; os._exit(3)", "exited with status 3 before it answered"),
        ("import sys; sys.exit(4)", "SystemExit: 4"),
    ],
)
def test_an_executor_whose_file_ends_its_process_loses_its_own_cells_alone(
    tmp_path, monkeypatch, executor, text, why
):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.py").write_text(f"x = 1\n{text}\n")
    planned = plan.build(RunOptions(workloads=["sleep"], executors=["asyncio", executor]))
    [asyncio, bad] = planned.cells
    assert (asyncio.broken, asyncio.unavailable, bad.executor) == ("", None, executor)
    # A loop that cannot be imported is left out, like one that is not installed.
    assert why in (bad.broken or bad.unavailable)
    assert f"({tmp_path}/bad.py, line 2)" in (bad.broken or bad.unavailable)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("os._exit(5)", "the process that asked it exited with status 5 before it answered"),
        ("raise SystemExit(5)", "bad.py:Mine called sys.exit(5)"),
    ],
)
def test_so_does_one_that_ends_it_when_it_is_asked(tmp_path, monkeypatch, text, why):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.py").write_text(
        "import os\nfrom asyncbench.executors.threads import Threads\n\n\n"
        f"class Mine(Threads):\n    def unavailable(self): {text}\n"
    )
    planned = plan.build(RunOptions(workloads=["sleep"], executors=["asyncio", "bad.py:Mine"]))
    [asyncio, bad] = planned.cells
    assert asyncio.broken == ""
    assert why in bad.broken


def test_an_executor_that_cannot_be_imported_has_failed_and_the_others_go_on(tmp_path):
    (tmp_path / "bad.py").write_text("import os; os._exit(3)\n")
    named = ("sleep", "-e", "sequential,bad.py:Mine")
    ran, rows = measured(tmp_path, "run", *named, *SMALL)
    assert ran.returncode == 3
    assert [(row["executor"], row["status"]) for row in rows] == [
        ("sequential", "ok"),
        ("bad.py:Mine", "failed"),
    ]
    assert "bad.py:Mine cannot be asked: the process that imported it exited with" in ran.stderr
    ran, _ = measured(tmp_path, "run", "sleep", "-e", "bad.py:Mine", *SMALL)
    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1


def test_a_function_that_ends_its_process_is_told_as_what_it_is(tmp_path):
    (tmp_path / "user.py").write_text("import os\n\n\ndef ends():\n    os._exit(3)\n")
    ran, _ = measured(tmp_path, "run", "user.py:ends", *SMALL)
    assert ran.returncode == 2
    [line] = ran.stderr.splitlines()
    assert "user.py:ends cannot be measured: the process that called it exited with statu" in line
    assert "--command NAME=COMMAND" in line
