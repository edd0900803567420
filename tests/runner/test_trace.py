"""Whole traces: tasks, and what they start, are watched from their first moment to their last."""

from pathlib import Path

import pytest

from asyncbench.analysis.trace.model import Doing
from asyncbench.analysis.trace.summary import summarise
from asyncbench.runner import trace as tracer
from asyncbench.runner.planning import plan
from asyncbench.runner.planning.options import LONGEST_S, RunOptions
from tests.support.traced import APP, LINUX, MS, line_of, taken_apart, traced


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    path = tmp_path_factory.mktemp("traced") / "traced_app.py"
    path.write_text(APP)
    return str(path)


@pytest.mark.parametrize("executor", ["asyncio", "uvloop"])
def test_one_blocking_call_among_a_thousand_coroutines_is_named(tmp_path, app, executor):
    traces = traced(tmp_path, f"{app}:planted", executors=[executor], tasks=1000, concurrency=1000)
    held = taken_apart(traces)[executor].loop.culprits  # others may have lost their CPU, too
    worst = max(held, key=lambda each: each.held_ns)
    assert worst.tasks == ["37"]
    assert (Path(worst.text.file).name, worst.text.line) == ("traced_app.py", line_of("planted"))
    assert worst.held_ns >= 50 * MS
    assert worst.waited > 100


@pytest.mark.parametrize(
    ("function", "executor", "mark"),
    [
        ("hangs", "asyncio", "hangs"),
        ("hangs", "uvloop", "hangs"),
        ("spins", "threads", "spins"),
        ("spins", "processes", "spins"),
        ("spins", "sequential", "spins"),
    ],
)
def test_what_hangs_is_stopped_and_told_with_its_stack(tmp_path, app, function, executor, mark):
    [trace] = traced(
        tmp_path, f"{app}:{function}", executors=[executor], tasks=5, concurrency=5, timeout_s=1.0
    )
    assert (trace.status, trace.why) == ("timed out", "timed out after 1 s")
    assert f"traced_app.py, line {line_of(mark)}" in trace.stack or (
        # A loop of two lines is seen on either.
        f"traced_app.py, line {line_of(mark) - 1}" in trace.stack
    )
    [found] = summarise([trace], 2)
    running = {each.row: each for each in found.timeline.slices() if each.doing == Doing.RUNNING}
    assert running[2].end > 0.3 * trace.wall_ns


def test_coroutines_threads_and_processes_that_tasks_start_get_rows(tmp_path, app):
    [trace] = traced(tmp_path, f"{app}:spawns", executors=["asyncio"], tasks=2, concurrency=2)
    timeline = summarise([trace], 2)[0].timeline
    spawned = [timeline.row(row) for row in range(2, timeline.rows)]
    assert sorted((row.label, row.kind) for row in spawned) == [
        ("0>child", "coroutine"), ("0>child", "coroutine"), ("1>child", "coroutine"),
        ("1>child", "coroutine"),
    ]  # fmt: skip


@LINUX
@pytest.mark.parametrize("executor", ["threads", "processes", "asyncio-blocking"])
def test_threads_and_processes_that_tasks_start_get_rows(tmp_path, app, executor):
    [trace] = traced(tmp_path, f"{app}:starts", executors=[executor], tasks=2, concurrency=2)
    timeline = summarise([trace], 2)[0].timeline
    spawned = [timeline.row(row) for row in range(2, timeline.rows)]
    assert {row.label for row in spawned if row.kind == "thread"} == {"0>helper-0", "1>helper-1"}
    assert sum(row.kind == "process" for row in spawned) == 2


@LINUX
def test_two_threads_that_compute_take_turns_at_the_switch_interval(tmp_path):
    [trace] = traced(
        tmp_path, "cpu", executors=["threads"], tasks=2, concurrency=2,
        params={"iterations": "600000"},
    )  # fmt: skip
    assert trace.resolution_ns
    timeline = summarise([trace], 2)[0].timeline
    assert len(timeline.hand_overs) >= 3
    queued = [
        each.end - each.start
        for each in timeline.slices()
        if each.doing == Doing.QUEUED and each.start >= timeline.began[each.row]
    ]
    # While one computes the other waits for the GIL, which it asks for after 5 ms.
    assert sum(each > 3_000_000 for each in queued) >= 3


@LINUX
def test_processes_run_side_by_side(tmp_path):
    traces = traced(
        tmp_path, "cpu", executors=["processes", "asyncio"], tasks=2, concurrency=2,
        params={"iterations": "600000"}, processes=2,
    )  # fmt: skip
    found = taken_apart(traces)
    assert (found["processes"].at_once, found["asyncio"].at_once) == (2, 1)


def test_a_failure_keeps_what_was_traced_and_the_others_go_on(tmp_path, app):
    failed, fine = traced(
        tmp_path, f"{app}:fails", executors=["asyncio", "uvloop@again"], tasks=5, concurrency=5
    )
    assert (failed.status, failed.why) == ("failed", "ValueError: planted")
    assert 'raise ValueError("planted")' in failed.traceback
    assert failed.traced
    assert fine.status == "failed"


@pytest.mark.parametrize("executor", ["threads", "asyncio", "processes", "sequential"])
def test_a_fixed_rate_is_kept_where_lanes_keep_up(tmp_path, executor):
    traces = traced(
        tmp_path, "sleep", executors=[executor], params={"seconds": "0.001"}, tasks=40, rate=200.0
    )
    [found] = taken_apart(traces).values()
    # The last of forty is due after 195 ms.
    assert found.trace.wall_ns >= 195 * MS
    assert min(
        began - submitted
        for began, submitted in zip(found.timeline.began, found.timeline.submitted, strict=True)
    ) >= 0  # fmt: skip
    assert found.parts is None


def test_all_executors_of_a_trace_do_the_same_work(tmp_path):
    traces = traced(tmp_path, "tcp-echo", executors=[
        "sequential", "threads", "processes", "asyncio", "uvloop", "asyncio-blocking",
        "asyncio-to-thread",
    ])  # fmt: skip
    assert [trace.status for trace in traces] == ["complete"] * 7
    assert len({(trace.count, trace.checksum) for trace in traces}) == 1


def test_a_fixed_rate_is_refused_where_its_pauses_would_hold_the_loop(tmp_path):
    [trace] = traced(tmp_path, "sleep", executors=["asyncio-blocking"], rate=100.0)
    assert trace.status == "unavailable"
    assert "hold the loop" in trace.why


def test_a_batch_is_waited_for_no_longer_than_a_system_can():
    sleepers = RunOptions(["sleep"], ["asyncio"], 1_000_000, params={"seconds": "1.2"})
    planned = plan.build(sleepers)
    assert tracer.timeout_s(planned, planned.works[0], None) == LONGEST_S
