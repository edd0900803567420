"""Whole programs that are traced as they are: what is seen of them, and what stays theirs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from asyncbench.analysis.trace.explain import explain
from asyncbench.analysis.trace.model import Doing
from asyncbench.analysis.trace.summary import summarise
from asyncbench.errors import UsageError
from asyncbench.runner.program import find, trace

MS = 1_000_000
HOLDS = """
import asyncio
import sys
import time


async def other():
    while True:
        await asyncio.sleep(0.001)


async def stalls():
    await asyncio.sleep(0.02)
    time.sleep(0.06)  # the line


async def main():
    task = asyncio.create_task(other())
    await asyncio.create_task(stalls())
    await asyncio.to_thread(time.sleep, 0.03)
    print("its own output", sys.argv[1:])


RUN
raise SystemExit(7)
"""
RUNS = {
    "asyncio": "asyncio.run(main())",
    "uvloop": "import uvloop; uvloop.run(main())",
    "factory": "import uvloop\nwith asyncio.Runner(loop_factory=uvloop.new_event_loop) as r:\n"
    "    r.run(main())",
    "by hand": "loop = asyncio.new_event_loop(); asyncio.set_event_loop(loop)\n"
    "loop.run_until_complete(main())",
}
HANGS = """
import asyncio


async def never(queue):
    await queue.get()


async def main():
    queue = asyncio.Queue()
    print("hangs from now on", flush=True)
    await asyncio.gather(never(queue), never(queue))


asyncio.run(main())
"""


BUSY = """
import asyncio
import time


async def step(number):
    await asyncio.sleep(0)
    if number == 13_500:
        time.sleep(0.06)  # the line
    return number


async def main():
    for number in range(14_000):
        assert await asyncio.create_task(step(number)) == number
    await asyncio.gather(*(step(number) for number in range(3)))


RUN
"""


def traced(tmp_path, text, *words, last_ns=0, every_step=False):
    """Trace a program; return the trace's sentences, its summary and its status."""
    (tmp_path / "app.py").write_text(text)
    folder = tmp_path / "events"
    folder.mkdir()
    found, status = trace(
        find([str(tmp_path / "app.py"), *words]), folder, 10 * MS, last_ns, every_step=every_step
    )
    summaries = summarise([found], 2)
    return "\n".join(explain(summaries[0])) if summaries else found.why, summaries, status


@pytest.mark.parametrize("run", RUNS)
def test_a_program_is_watched_however_it_runs_its_loop(tmp_path, run, capfd):
    said, [summary], status = traced(tmp_path, HOLDS.replace("RUN", RUNS[run]), "a", "b c")
    assert status == 7
    assert capfd.readouterr() == ("its own output ['a', 'b c']\n", "")
    assert "held the loop in stalls (app.py:14): time.sleep(0.06)  # the line" in said
    assert "1 task that was ready had to wait" in said
    assert "1 call in threads of a pool (sleep once)" in said
    names = {"asyncio": "asyncio", "by hand": "asyncio"}
    assert summary.trace.cell.executor == names.get(run, "uvloop")
    assert [row.kind for row in summary.timeline.spawned].count("thread") == 1


@pytest.mark.parametrize(
    ("main", "task"),
    [
        ("asyncio.run(asyncio.sleep(0.02))", "sleep"),
        ("asyncio.run(asyncio.to_thread(time.sleep, 0.02))", "to_thread"),
        ("asyncio.new_event_loop().run_until_complete(asyncio.wait_for(asyncio.sleep(0), 1))",
         "wait_for"),
    ],
)  # fmt: skip
def test_a_library_coroutine_that_a_program_runs_is_its_task(tmp_path, main, task):
    said, [summary], _ = traced(tmp_path, f"import asyncio, time\n{main}\n")
    tasks = [row.label for row in summary.timeline.spawned if row.kind == "coroutine"]
    assert tasks[0] == task
    assert not [each for each in tasks if "shutdown" in each]
    assert "no event loop" not in said


def test_what_ends_with_its_process_is_told_with_its_place_and_nothing_twice(tmp_path):
    said, _, status = traced(
        tmp_path,
        "import asyncio, os\n\n\nasync def main():\n    await asyncio.sleep(0.01)\n"
        "    os._exit(3)\n\n\nasyncio.run(main())\n",
    )
    assert status == 3
    assert "Task main, which is main (app.py:4), never ended: the program did, " in said
    assert said.endswith("after the task last gave control back.")
    assert said.count("ready") == 1


def test_a_loop_that_runs_no_task_ran_all_the_same(tmp_path):
    said, _, _ = traced(
        tmp_path,
        "import asyncio\nloop = asyncio.new_event_loop()\nloop.call_later(0.01, loop.stop)\n"
        "loop.run_forever()\n",
    )
    assert said.startswith("No task ran on its loop")


def test_what_a_loop_cancels_at_its_end_never_ended(tmp_path):
    said, _, _ = traced(tmp_path, HOLDS.replace("RUN", RUNS["asyncio"]))
    [line] = [line for line in said.splitlines() if "never ended" in line]
    assert line.startswith("Task main>other never ended; it waited for")
    assert "(app.py:9): await asyncio.sleep(0.001)" in line


def test_a_program_that_ends_well_has_nothing_that_never_ended(tmp_path):
    said, _, status = traced(
        tmp_path,
        "import asyncio\nasync def main():\n    await asyncio.gather(*map(asyncio.sleep, [0.01]))\n"
        "asyncio.run(main())\n",
    )
    assert status == 0
    assert "never ended" not in said
    assert "Nobody kept control" in said


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_shows_where_a_program_hangs(tmp_path, number, status):
    (tmp_path / "app.py").write_text(HANGS)
    with subprocess.Popen(
        [sys.executable, "-m", "asyncbench", "trace", "--", "app.py"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONSAFEPATH": "1", "COLUMNS": "200"},
        # A job in the background of a script is started without Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "hangs from now on\n"
        if number != signal.SIGINT:
            time.sleep(1.5)  # what awaits for that long is noted, even if it is killed
        time.sleep(0.3)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does
        else:
            process.send_signal(number)
        said = process.communicate(timeout=30)[1]
    assert process.returncode == status
    assert "It was interrupted after" in said
    assert "in main (app.py:12): await asyncio.gather(never(queue), never(queue))" in said
    assert "main>never and 1 more like it had been waiting for" in said
    assert "in Queue.get (app.py:6): await queue.get()" in said
    if number == signal.SIGINT:
        assert "KeyboardInterrupt" in said
        assert "asyncbench/worker" not in said


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("import os; os._exit(3)", 3),
        ("raise ValueError('mine')", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137),
    ],
)
def test_however_a_program_ends_its_trace_is_kept(tmp_path, end, status, capfd):
    text = HOLDS.replace("RUN", RUNS["asyncio"]).replace("raise SystemExit(7)", end)
    said, _, found = traced(tmp_path, text)
    assert found == status
    assert "held the loop in stalls" in said
    assert "asyncbench" not in capfd.readouterr().err


def test_of_a_long_run_the_last_seconds_can_be_kept(tmp_path):
    text = HOLDS.replace("    task = ", "    await asyncio.sleep(0.4)\n    task = ")
    said, [summary], _ = traced(tmp_path, text.replace("RUN", RUNS["asyncio"]), last_ns=200 * MS)
    assert 0 < summary.timeline.wall_ns <= 200 * MS
    assert "CUT" not in said
    labels = [row.label for row in summary.timeline.spawned]
    assert "main" in labels  # which is older


def test_of_a_busy_program_a_part_is_noted_and_all_that_holds_its_loop(tmp_path):
    said, [summary], status = traced(tmp_path, BUSY.replace("RUN", RUNS["asyncio"]))
    assert status == 0
    assert "held the loop in step (app.py:9): time.sleep(0.06)  # the line" in said
    assert "only what held the loop was looked for" in said
    assert "never ended" not in said
    assert 10_000 <= summary.loop.steps + len(summary.timeline.spawned) < 22_000
    [rest, *_] = summary.timeline.unnoted
    for each in summary.timeline.slices():
        if each.doing != Doing.RUNNING:
            assert not (each.start < rest[1] and rest[0] < each.end)


def test_what_began_while_nothing_was_noted_and_never_ended_is_told(tmp_path):
    never = (
        "    waits = asyncio.create_task(asyncio.Event().wait())\n"
        "    await asyncio.sleep(2.5)  # until it is noted again, and looked for twice\n"
    )
    text = BUSY.replace("        time.sleep(0.06)", "        pass").replace(
        "    await asyncio.gather(*", never + "    await asyncio.gather(*"
    )
    said, _, _ = traced(tmp_path, text.replace("RUN", RUNS["asyncio"]))
    [line] = [line for line in said.splitlines() if "never ended" in line]
    assert line.startswith("Task Event.wait never ended; it waited for")


def test_every_step_of_a_busy_program_is_noted_where_that_is_asked_for(tmp_path):
    said, [summary], _ = traced(tmp_path, BUSY.replace("RUN", RUNS["asyncio"]), every_step=True)
    assert len(summary.timeline.spawned) == 14_004
    assert "only what held the loop was looked for" not in said


def test_children_of_a_program_are_left_alone(tmp_path, capfd):
    text = HOLDS.replace(
        "RUN",
        "import os\n"
        "if os.fork() == 0:\n    asyncio.run(main())\n    print(end='', flush=True)\n"
        "    os._exit(0)\n"
        "os.wait()\nasyncio.run(main())",
    )
    said, [summary], status = traced(tmp_path, text)
    assert status == 7
    assert capfd.readouterr().out.count("its own output") == 2
    assert said.count("held the loop in stalls") == 1
    assert summary.timeline.missing == 0


def test_a_program_without_a_loop_is_told_so(tmp_path):
    said, _, status = traced(tmp_path, "print(1)\n")
    assert (said, status) == (
        "It ran no event loop of asyncio, so there is nothing of it to show.",
        0,
    )


def test_its_hooks_are_its_own(tmp_path, capfd):
    text = (
        "import sys\ndef hook(kind, error, frames):\n    print('hooked', error, frames.tb_lineno)\n"
        "sys.excepthook = hook\ndef f():\n    raise ValueError('mine')\nf()\n"
    )
    _, _, status = traced(tmp_path, text)
    assert status == 1
    assert capfd.readouterr().out == "hooked mine 7\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "which program"),
        (["nosuch.py"], "no file nosuch.py"),
        (["nosuchcommand"], "no program 'nosuchcommand'"),
        (["ls"], "is no Python program"),
        (["-m", "nosuch.part"], "there is no module nosuch.part"),
        (["python3", "-c", "pass"], "has to be in a file"),
    ],
)
def test_what_is_no_python_program_is_refused_in_one_line(words, told):
    with pytest.raises(UsageError, match=told):
        find(words)


def test_a_command_that_is_a_python_script_runs_in_its_own_interpreter():
    script = str(Path(sys.executable).with_name("pytest"))
    found = find([script, "-q"])
    assert found.words == [script, "-q"]
    assert Path(found.python[0]).parent == Path(sys.executable).parent
    assert find(["python3", "-X", "dev", "-m", "app", "x"]).words == ["-m", "app", "x"]


def test_a_shim_of_pyenv_is_the_script_that_it_stands_for(tmp_path):
    script = tmp_path / "real"
    script.write_text(f"#!{sys.executable}\n")
    pyenv = tmp_path / "pyenv"
    pyenv.write_text(f'#!/bin/sh\n[ "$1 $2" = "which tool" ] && echo "{script}"\n')
    shim = tmp_path / "tool"
    shim.write_text(
        f'#!/usr/bin/env bash\nset -e\nprogram="${{0##*/}}"\nexec "{pyenv}" exec "$program" "$@"\n'
    )
    for each in (pyenv, shim):
        each.chmod(0o755)
    assert find([str(shim), "-q"]).words == [str(script), "-q"]


def test_a_shell_script_names_the_program_that_it_starts_in_its_place(tmp_path):
    (tmp_path / "pytest").write_text('#!/bin/sh\nexec python3 -m pytest "$@"\n')
    with pytest.raises(UsageError, match=r"is a script of sh, .*: asyncbench trace -- -m pytest "):
        find([str(tmp_path / "pytest"), "-q"])


def test_a_test_runner_is_a_program(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "test_it.py").write_text(
        "import asyncio, time\n"
        "def test_one():\n    asyncio.run(stalls())\n"
        "def test_two():\n    asyncio.run(stalls())\n"
        "async def stalls():\n    await asyncio.sleep(0)\n    time.sleep(0.03)\n"
    )
    folder = tmp_path / "events"
    folder.mkdir()
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "test_it.py")]
    found, status = trace(find(words), folder, 10 * MS)
    assert status == 0
    [summary] = summarise([found], 2)
    assert len(summary.loop.blocking) == 2
