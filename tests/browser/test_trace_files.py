"""A real trace's files in the viewers they are for: chrome://tracing, Perfetto, speedscope."""

import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.browser import viewers

EXECUTORS = ("threads", "asyncio", "uvloop", "asyncio-blocking")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    subprocess.run(
        [
            *(sys.executable, "-m", "asyncbench", "trace", "waiter", "-n", "2", "-p", "unit=0.05"),
            *("-e", ",".join(EXECUTORS), "-q", "-o", "t.json", "--speedscope", "s.json"),
        ],
        cwd=folder, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return folder


@pytest.mark.parametrize("viewer", [viewers.chrome_tracing, viewers.perfetto])
def test_trace_events_open_with_lanes_tasks_and_counters(browser, files, viewer):
    found = viewer(browser, Path(files) / "t.json")
    assert found.warnings == []
    assert found.processes == [f"waiter under {name}" for name in EXECUTORS]
    for process in found.processes:
        tasks = [each for each in found.slices if each.process == process and each.depth == 0
                 and each.category == "task"]  # fmt: skip
        assert sorted(each.name for each in tasks) == ["bar", "foo"]
        parts = [each for each in found.slices if each.process == process and each.depth == 1]
        assert {each.parent for each in parts} - {"turn"} == {"bar", "foo"}
    names = {name for _, name in found.threads}
    assert any(name.startswith("lane 0, ") for name in names)
    assert "turns of the loop" in names
    counted = {name.split()[0] for process, name in found.counters if process.endswith("asyncio")}
    assert counted == {"loop", "runnable"}


@pytest.mark.parametrize("viewer", [viewers.chrome_tracing, viewers.perfetto])
def test_a_viewer_shows_each_hold_once_and_hand_overs_as_arrows(browser, files, viewer):
    found = viewer(browser, Path(files) / "t.json")
    blocking, cooperative = (f"waiter under {name}" for name in ("asyncio-blocking", "asyncio"))
    holds = [each for each in found.slices if each.category == "hold of the loop"]
    held = [each for each in holds if each.process == blocking]
    assert [each.name.partition(" (")[0] for each in held] == [
        "foo held the loop in Waiter.task", "bar held the loop in Waiter.task",
    ]  # fmt: skip
    assert {each.parent for each in held} == {"turn"}
    assert "sleep" in held[0].args["code"]
    arrows = [each for each in found.flows if each[0] == blocking]
    assert arrows == [(blocking, "foo: running", "bar: running")]
    arrows = [(one, other) for process, one, other in found.flows if process == cooperative]
    assert len(arrows) >= 4
    assert {*arrows} == {("foo: running", "bar: running"), ("bar: running", "foo: running")}


def test_a_task_is_as_long_in_the_viewer_as_the_waits_that_it_is_made_of(browser, files):
    found = viewers.chrome_tracing(browser, Path(files) / "t.json")
    foo = next(each for each in found.slices
               if each.name == "foo" and each.process == "waiter under asyncio")  # fmt: skip
    waits = [each for each in found.slices
             if each.process == foo.process and each.thread == foo.thread
             and each.name.startswith("foo: waiting for sleep (waiting.py:")]  # fmt: skip
    assert len(waits) == 4
    assert 0.8 * foo.duration < sum(each.duration for each in waits) <= foo.duration


def test_speedscope_opens_a_profile_a_loop_and_one_a_thread(browser, files):
    import json

    path = Path(files) / "s.json"
    jsonschema.validate(json.loads(path.read_text()), viewers.speedscope_schema())
    found = viewers.speedscope(browser, path)
    assert found.warnings == []
    assert [each.name for each in found.profiles] == [
        "threads: lane 0", "threads: lane 1", "asyncio: the event loop", "uvloop: the event loop",
        "asyncio-blocking: the event loop",
    ]  # fmt: skip
    blocking = found.profiles[-1]
    tops = [call for call in blocking.calls if call.depth == 0]
    assert [call.name for call in tops] == ["foo", "bar"]
    assert sum(call.end - call.start for call in tops) > 0.9 * blocking.weight
