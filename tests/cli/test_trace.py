"""`asyncbench trace` as a user types it: what it draws, says and writes, and what goes wrong."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.support.traced import APP, line_of
from tests.support.typed import command, typed

TUTORIAL = ["waiter", "-n", "2", "-p", "unit=0.2", "-e", "asyncio-blocking,asyncio"]


def words(*arguments):
    return [sys.executable, "-m", "asyncbench", "trace", *map(str, arguments)]


def environment():
    return {**os.environ, "COLUMNS": "80", "PYTHONSAFEPATH": "1"}


def trace(*arguments, cwd):
    return typed("trace", *arguments, cwd=cwd, env={"COLUMNS": "80"})


@pytest.fixture
def app(tmp_path):
    path = tmp_path / "traced_app.py"
    path.write_text(APP)
    return path


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tutorial")
    ran = trace(*TUTORIAL, "-o", "t.json", "--speedscope", "s.json", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    return ran, folder


def sections(text):
    return {part.partition(":")[0]: part.splitlines() for part in text.split("\n\n")}


def test_the_tutorial_is_drawn_the_waits_in_a_row_against_the_waits_interleaved(tutorial):
    parts = sections(tutorial[0].stdout)
    foo, bar = parts["asyncio-blocking"][1:3]
    assert foo.startswith("foo")
    assert bar.startswith("bar")
    # bar waits for its turn as long as foo runs.
    begins = bar.index("█")
    assert set(bar[12:begins]) <= {"░", "▌"}
    assert foo.rindex("█") <= begins + 1
    foo, bar = parts["asyncio"][1:3]
    assert foo.count("─") > 40
    assert bar.count("─") > 30
    assert "█" not in foo + bar


def test_it_says_in_a_sentence_what_happened_and_how_long_nobody_else_could_run(tutorial):
    said = " ".join(tutorial[0].stdout.split())
    assert "2 tasks, one after the other: the last could begin after 5" in said
    assert "on: foo held the loop in Waiter.task (waiting.py:" in said
    assert "time.sleep(quarters * self.unit / 4), and 1 task that was ready had to wait." in said
    assert "on: bar held the loop in Waiter.task (waiting.py:" in said
    assert "up to 2 in flight at once, and control changed hands" in said
    assert "Nobody kept control for longer than" in said


def test_no_line_is_longer_than_the_terminal_is_wide(tutorial):
    assert max(map(len, tutorial[0].stdout.splitlines())) <= 80


def test_progress_goes_to_stderr_and_can_be_switched_off(tutorial, tmp_path):
    assert tutorial[0].stderr.splitlines() == [
        "tracing waiter under asyncio-blocking", "tracing waiter under asyncio"
    ]  # fmt: skip
    assert trace("sleep", "-e", "asyncio", "-q", cwd=tmp_path).stderr == ""


def test_trace_events_have_lanes_tasks_turns_and_counters(tutorial):
    found = json.loads((tutorial[1] / "t.json").read_text())
    events = found["traceEvents"]
    names = {event["args"]["name"] for event in events if event["name"] == "process_name"}
    assert names == {"waiter under asyncio-blocking", "waiter under asyncio"}
    tasks = [event for event in events if event.get("cat") == "task"]
    assert sorted(event["name"] for event in tasks) == ["bar", "bar", "foo", "foo"]
    assert {event["name"] for event in events if event["ph"] == "C"} == {
        "loop lag (us)", "runnable tasks"
    }  # fmt: skip
    assert any(event["name"].startswith("foo: waiting for sleep (waiting.py:") for event in events)
    # Every slice lies within the task's that it is a part of.
    for event in events:
        if event.get("cat") in ("running", "waiting", "queued"):
            assert any(
                each["pid"] == event["pid"] and each["tid"] == event["tid"]
                and each["ts"] <= event["ts"]
                and event["ts"] + event["dur"] <= each["ts"] + each["dur"] + 1e-6
                for each in tasks
            )  # fmt: skip


def test_speedscope_profiles_are_nested_and_in_order(tutorial):
    found = json.loads((tutorial[1] / "s.json").read_text())
    assert [each["name"] for each in found["profiles"]] == [
        "asyncio-blocking: the event loop", "asyncio: the event loop"
    ]  # fmt: skip
    for profile in found["profiles"]:
        stack, last = [], 0
        for event in profile["events"]:
            assert event["at"] >= last
            last = event["at"]
            if event["type"] == "O":
                stack.append(event["frame"])
            else:
                assert stack.pop() == event["frame"]
        assert stack == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--clean-env", "--", "app.py"], "--clean-env does not go with a program"),
        (["--args-from", "a:b", "--", "app.py"], "--args-from does not go with a program"),
        ([], "Missing argument 'WORKLOAD...'"),
        (["slep"], "did you mean 'sleep'?"),
        (["sleep", "-e", "asyncoi"], "did you mean 'asyncio'"),
        (["sleep", "-p", "second=1"], "did you mean 'seconds'?"),
        (["sleep", "--rate", "0"], "0 is not above 0"),
        (["sleep", "--rate", "nan"], "nan is no finite number"),
        (["sleep", "--block-threshold", "-1"], "-1 is not above 0"),
        (["sleep", "-n", "0"], "0 is not above 0"),
        (["sleep", "-o", "/no/such/folder/t.json"], "there is no folder /no/such/folder"),
        (["sleep", "-o", "."], "it is a folder"),
        (["sleep", "-o", "a.json", "--speedscope", "a.json"], "name the same file"),
        (["sleep", "--timeout", "x"], "'x' is not a number"),
    ],
)
def test_bad_input_is_one_clear_line_and_nothing_is_run(tmp_path, arguments, said):
    ran = trace(*arguments, cwd=tmp_path)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_an_executor_that_cannot_be_traced_says_so_and_the_others_go_on(tmp_path, app):
    ran = trace(f"{app}:planted", "-e", "threads,asyncio", "-n", "3", "-q", cwd=tmp_path)
    assert ran.returncode == 0
    assert "threads: unavailable: planted is async only" in ran.stdout
    assert "\nasyncio: " in ran.stdout


def test_with_nothing_traced_the_status_is_4(tmp_path, app):
    assert trace(f"{app}:planted", "-e", "threads", "-q", cwd=tmp_path).returncode == 4


def test_a_task_that_raises_is_told_with_its_traceback_and_status_4(tmp_path, app):
    ran = trace(f"{app}:fails", "-e", "asyncio,uvloop", "-n", "5", "-q", cwd=tmp_path)
    assert ran.returncode == 4
    assert "asyncio: ValueError: planted; what it did in" in ran.stdout
    assert ran.stderr.count('raise ValueError("planted")') == 1
    assert "asyncbench/worker" not in ran.stderr


def test_a_hang_is_stopped_and_shown_with_the_stack_it_hangs_in(tmp_path, app):
    ran = trace(
        f"{app}:hangs", "-e", "asyncio", "-n", "5", "-c", "5", "--timeout", "2", "-q",
        "-o", "t.json", cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 4
    assert "asyncio: timed out after 2 s; what it did in" in ran.stdout
    assert f"traced_app.py, line {line_of('hangs')}, in hangs" in ran.stdout
    assert "\n2           " in ran.stdout
    assert "hangs under asyncio timed out after 2 s\n" in ran.stderr
    assert "more --timeout, or fewer than 5 tasks (-n).\n" in ran.stderr
    assert json.loads((tmp_path / "t.json").read_text())["traceEvents"]


def test_an_interrupt_shows_what_was_traced_and_leaves_no_process(tmp_path):
    running = subprocess.Popen(
        words("sleep", "-p", "seconds=0.2", "-n", "500", "-e", "sequential,asyncio",
                "-o", "t.json"),
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert running.stderr.readline() == "tracing sleep under sequential\n"
    until = time.monotonic() + 20
    while len(below := psutil.Process(running.pid).children(recursive=True)) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(1)  # some of the hundred seconds that the batch takes
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "sequential: it was interrupted; what it did in" in out
    assert "\n0-" in out
    assert json.loads((tmp_path / "t.json").read_text())["traceEvents"]
    _, alive = psutil.wait_procs(below, timeout=5)
    assert alive == []


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    ran = subprocess.run(
        ["bash", "-c", " ".join(words("sleep", "-e", "asyncio", "-q")) + " | head -1"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ran.stdout.startswith("sleep: ")
    assert ran.stderr == ""


def test_a_file_goes_to_stdout_in_place_of_the_pictures(tmp_path):
    ran = trace("sleep", "-e", "asyncio", "-n", "5", "-q", "-o", "-", cwd=tmp_path)
    assert json.loads(ran.stdout)["traceEvents"]


def test_a_terminal_that_can_write_little_gets_plain_characters(tmp_path):
    ran = command(
        "trace", "sleep", "-e", "asyncio", "-n", "5", "-q",
        cwd=tmp_path, env={"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert "# running; + for a part of it; : ready" in ran.stdout


def test_colours_are_for_terminals_or_whoever_asks(tmp_path):
    arguments = ("sleep", "-e", "asyncio", "-n", "5", "-q")
    assert "\x1b[" not in trace(*arguments, cwd=tmp_path).stdout
    coloured = trace(*arguments, "--colour", cwd=tmp_path).stdout
    assert "\x1b[34m─" in coloured


def test_hidden_characters_in_a_label_are_shown_and_not_obeyed(tmp_path):
    path = Path(tmp_path / "odd_labels.py")
    path.write_text(
        "import asyncio\n"
        "from asyncbench import Workload\n"
        "class Odd(Workload):\n"
        "    tasks = concurrency = 2\n"
        "    def label(self, index):\n"
        "        return '\\x1b[31mred<b>'\n"
        "    async def atask(self, lane, index):\n"
        "        await asyncio.sleep(0)\n"
        "        return index\n"
    )
    ran = trace(f"{path}:Odd", "-e", "asyncio", "-q", "-o", "t.json", cwd=tmp_path)
    assert ran.returncode == 0
    assert "\x1b" not in ran.stdout
    assert r"\x1b[31mred<b>" in ran.stdout
    assert "\x1b" not in (tmp_path / "t.json").read_text()


def test_it_writes_no_journal(tutorial):
    assert sorted(each.name for each in tutorial[1].iterdir()) == ["s.json", "t.json"]
