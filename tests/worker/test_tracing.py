"""Watching what really runs: event loops, threads, processes, and code of a user's that hangs."""

import asyncio
import contextvars
import os
import time
from pathlib import Path

import pytest
import uvloop

from asyncbench.analysis.trace.model import Doing
from asyncbench.analysis.trace.summary import summarise
from asyncbench.record import events as spool
from asyncbench.record.events import EventKind, EventLog
from asyncbench.runner import trace as tracer
from asyncbench.runner.planning import plan
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.processes.launcher import ProcessLauncher
from asyncbench.worker.instrument import loop as stepping
from asyncbench.worker.instrument import watchdog

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]
MS = 1_000_000
LINUX = pytest.mark.skipif(not Path("/proc/self/syscall").exists(), reason="needs Linux's /proc")


# A loop that is watched does what it did before.


@pytest.fixture(params=LOOPS, ids=["asyncio", "uvloop"])
def loop(request):
    made = request.param()
    yield made
    made.close()


@pytest.fixture
def sink(tmp_path):
    return EventLog(str(tmp_path))


def events(sink):
    [found] = spool.processes(Path(sink.folder))
    return [
        (EventKind(kind).name, subject, found.texts.get(numbers[2], {}).get("name"))
        for kind, subject, *numbers in found
        if kind in (EventKind.CREATED, EventKind.STEP, EventKind.LAST_STEP, EventKind.NESTED)
    ]


def test_values_errors_and_cancellation_pass_through_a_watched_task(loop, sink):
    stepping.watch(loop, sink)
    told = []

    async def fails():
        await asyncio.sleep(0)
        raise LookupError("here")

    async def waits():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    async def main():
        waiting = asyncio.create_task(waits(), name="waiter")
        assert waiting.get_name() == "waiter"
        assert await asyncio.create_task(asyncio.sleep(0, "value")) == "value"
        with pytest.raises(LookupError, match="here"):
            await asyncio.create_task(fails())
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(10), 0.01)

    loop.run_until_complete(main())
    assert told == ["cancelled"]


def test_contexts_current_tasks_and_reprs_are_a_tasks_own(loop, sink):
    stepping.watch(loop, sink)
    variable = contextvars.ContextVar("variable", default="outer")

    async def child():
        variable.set("inner")
        await asyncio.sleep(0)
        assert "child" in repr(asyncio.current_task())
        return variable.get()

    async def main():
        found = await asyncio.gather(child(), child())
        return found, variable.get()

    assert loop.run_until_complete(main()) == (["inner", "inner"], "outer")


def test_a_task_that_is_cancelled_before_it_begins_leaves_no_coroutine_behind(loop, sink):
    control = stepping.watch(loop, sink)

    async def main():
        task = asyncio.create_task(asyncio.sleep(1))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    loop.run_until_complete(main())
    control.close()  # else Python warns of a coroutine that was never awaited


def test_every_step_of_every_task_is_an_event(loop, sink):
    stepping.watch(loop, sink)

    async def twice():
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def main():
        await asyncio.gather(twice(), twice())

    loop.run_until_complete(main())
    kinds = [(kind, task) for kind, task, name in events(sink)]
    for task in (1, 2):
        mine = [kind for kind, its in kinds if its == task]
        assert mine == ["CREATED", "STEP", "STEP", "LAST_STEP"]


def test_a_callback_of_the_users_is_a_step_too(loop, sink):
    stepping.watch(loop, sink)

    async def main():
        done = loop.create_future()

        def settle():
            done.set_result(None)

        loop.call_soon(settle)
        await done
        done = loop.create_future()
        loop.call_later(0.001, settle)
        await done

    loop.run_until_complete(main())
    names = [name for kind, _, name in events(sink) if kind == "CREATED"]
    assert len([name for name in names if name.endswith("settle")]) == 2


@pytest.mark.skipif(not hasattr(asyncio, "eager_task_factory"), reason="Python 3.12")
def test_a_task_that_starts_eagerly_is_a_step_within_a_step(sink):
    loop = asyncio.new_event_loop()
    loop.set_task_factory(asyncio.eager_task_factory)
    stepping.watch(loop, sink)

    async def child():
        await asyncio.sleep(0)

    async def parent():
        await asyncio.create_task(child())

    async def main():
        await asyncio.create_task(parent())

    loop.run_until_complete(main())
    loop.close()
    assert "NESTED" in {kind for kind, _, _ in events(sink)}


def test_a_loop_that_lets_nobody_watch_it_is_told():
    class Closed:
        __slots__ = ()
        create_task = call_soon = call_later = call_at = None

    with pytest.raises(TypeError, match="Closed lets nobody watch it"):
        stepping.watch(Closed(), None)


def test_the_watchdog_tells_the_line_that_blocks(loop, sink):
    control = stepping.watch(loop, sink)

    async def blocks():
        time.sleep(0.06)  # the line

    async def main():
        await asyncio.create_task(blocks())

    with watchdog.watching(control, sink, 10 * MS):
        loop.run_until_complete(main())
    [found] = spool.processes(Path(sink.folder))
    texts = [found.texts[numbers[2]] for kind, _, *numbers in found if kind == EventKind.HOLD]
    assert len(texts) > 3
    [text] = {each["number"]: each for each in texts}.values()
    assert text["code"] == "time.sleep(0.06)  # the line"
    assert Path(text["file"]) == Path(__file__)


def test_what_a_process_has_written_outlives_it(tmp_path):
    child = os.fork()
    if not child:
        made = EventLog(str(tmp_path))
        made.batch(5)
        made.event(EventKind.CREATED, 1, 2, 0, made.number("x", name="x"), 0)
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    [found] = spool.processes(tmp_path)
    [batch, created] = found
    assert batch[:4] == (EventKind.BATCH, 0, 5, 0)
    assert created == (EventKind.CREATED, 1, 2, 0, 1, 0)
    assert found.texts[1]["name"] == "x"
    assert spool.batch_began(str(tmp_path), child) == 5


def test_a_spool_that_is_full_takes_no_more_and_breaks_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "MOST_BYTES", spool.LEAST_BYTES)
    made = EventLog(str(tmp_path))
    for number in range(40_000):
        made.event(EventKind.CREATED, number, 1, 0, 0, 0)
    [found] = spool.processes(tmp_path)
    assert len(list(found)) < 40_000


# Whole traces.


def traced(folder, *workloads, rate=None, threshold_ms=10, **wishes):
    planned = plan.build(RunOptions(list(workloads), **wishes))
    manner = tracer.Manner(threshold_ms * MS, rate)
    folder = folder / str(len(list(folder.iterdir())))
    folder.mkdir()
    return tracer.trace(planned, ProcessLauncher(), manner, folder)


def taken_apart(traces):
    return {each.trace.cell.executor: each for each in summarise(traces, 2)}


APP = """
import asyncio, subprocess, threading, time

async def planted(index: int):
    await asyncio.sleep(0.001)
    if index == 37:
        time.sleep(0.05)  # planted
    await asyncio.sleep(0.001)
    return index

async def hangs(index: int):
    await asyncio.sleep(0.001)
    while index == 2:
        time.sleep(0.05)  # hangs
    return index

def spins(index: int):
    while index == 2:
        pass  # spins
    return index

async def child(seconds):
    await asyncio.sleep(seconds)

async def spawns(index: int):
    async with asyncio.TaskGroup() as group:
        for number in range(2):
            group.create_task(child(0.002 * number))
    return index

def starts(index: int):
    thread = threading.Thread(target=time.sleep, args=(0.03,), name=f"helper-{index}")
    thread.start()
    subprocess.run(["sleep", "0.02"])
    thread.join()
    return index

async def fails(index: int):
    await asyncio.sleep(0.001)
    if index == 3:
        raise ValueError("planted")
    return index
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    path = tmp_path_factory.mktemp("traced") / "traced_app.py"
    path.write_text(APP)
    return str(path)


def line_of(mark):
    return next(n for n, line in enumerate(APP.splitlines(), 1) if line.endswith(f"# {mark}"))


@pytest.mark.parametrize("executor", ["asyncio", "uvloop"])
def test_one_blocking_call_among_a_thousand_coroutines_is_named(tmp_path, app, executor):
    traces = traced(tmp_path, f"{app}:planted", executors=[executor], tasks=1000, concurrency=1000)
    worst = taken_apart(traces)[executor].loop.culprits[0]
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
        tmp_path, f"{app}:{function}", executors=[executor], tasks=5, concurrency=5, timeout_s=1.5
    )
    assert (trace.status, trace.why) == ("timed out", "timed out after 1.5 s")
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
    # While one computes the other waits for the GIL, for about 5 ms at once.
    assert sum(queued) > 0.2 * trace.wall_ns


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


class Starved:
    """Ten lanes, of which one takes ten times as long for each task."""

    SOURCE = """
import asyncio, itertools, time
from dataclasses import dataclass
from asyncbench import Workload

@dataclass
class Lanes(Workload):
    slow: int = 0
    tasks, concurrency = 600, 10

    def __post_init__(self):
        self.numbers = itertools.count()

    async def aopen(self):
        return next(self.numbers)

    async def atask(self, lane, index):
        await asyncio.sleep(0.01 if self.slow and lane == 3 else 0.001)
        return index
"""


@pytest.mark.parametrize("executor", ["asyncio", "uvloop"])
def test_a_lane_at_a_tenth_of_the_others_is_starved_and_equals_are_not(tmp_path, executor):
    path = tmp_path / f"{executor}_lanes.py"
    path.write_text(Starved.SOURCE)
    (tmp_path / "traces").mkdir()
    for slow, starved in (("1", 1), ("0", 0)):
        traces = traced(
            tmp_path / "traces", f"{path}:Lanes", executors=[executor], params={"slow": slow}
        )
        lanes = taken_apart(traces)[executor].lanes
        assert (lanes.lanes, len(lanes.starved)) == (10, starved)


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


def test_a_rate_that_is_too_high_shows_in_the_latency(tmp_path):
    traces = traced(
        tmp_path, "sleep", executors=["sequential"], params={"seconds": "0.005"}, tasks=40,
        rate=1000.0,
    )  # fmt: skip
    [found] = taken_apart(traces).values()
    # Each takes 5 ms and comes 1 ms after the last: the fortieth is 156 ms late at the least.
    assert found.latency.whole.longest >= 156 * MS


@pytest.mark.parametrize("workload", ["sleep", "tcp-echo", "cpu"])
def test_the_parts_of_the_time_add_up_under_every_executor(tmp_path, workload):
    traces = traced(tmp_path, workload)
    for executor, found in taken_apart(traces).items():
        parts = found.parts
        assert parts.whole == found.trace.startup_ns + found.trace.wall_ns, executor


def test_all_executors_of_a_trace_do_the_same_work(tmp_path):
    traces = traced(tmp_path, "tcp-echo", executors=[
        "sequential", "threads", "processes", "asyncio", "uvloop", "asyncio-blocking",
        "asyncio-to-thread",
    ])  # fmt: skip
    assert [trace.status for trace in traces] == ["complete"] * 7
    assert len({(trace.count, trace.checksum) for trace in traces}) == 1


# Where it is easy to be wrong.

MORE = """
import asyncio, socket, threading, time

async def two_calls(index: int):
    time.sleep(0.02)
    time.sleep(0.2)  # the longer
    return index

class Blocks(asyncio.Protocol):
    def data_received(self, data):
        time.sleep(0.06)  # in a protocol

async def protocol(index: int):
    mine, its = socket.socketpair()
    transport, _ = await asyncio.get_running_loop().create_connection(Blocks, sock=its)
    mine.send(b"x")
    await asyncio.sleep(0.03)
    transport.close()
    mine.close()
    return index

def events(index: int):
    threading.Event().wait(0.03)
    return index
"""


@pytest.fixture(scope="module")
def more(tmp_path_factory):
    path = tmp_path_factory.mktemp("more") / "more_app.py"
    path.write_text(MORE)
    return str(path)


def more_line(mark):
    return next(n for n, line in enumerate(MORE.splitlines(), 1) if line.endswith(f"# {mark}"))


def test_the_line_that_took_longest_is_blamed_and_not_the_first(tmp_path, more):
    traces = traced(tmp_path, f"{more}:two_calls", executors=["asyncio"], tasks=1)
    [culprit] = taken_apart(traces)["asyncio"].loop.culprits
    assert culprit.text.line == more_line("the longer")
    assert 0.6 < culprit.share < 1


@pytest.mark.parametrize("executor", ["asyncio", "uvloop"])
def test_a_protocol_that_blocks_is_seen_though_it_is_no_step(tmp_path, more, executor):
    traces = traced(tmp_path, f"{more}:protocol", executors=[executor], tasks=1)
    found = taken_apart(traces)[executor]
    [culprit] = found.loop.culprits
    assert culprit.text.line == more_line("in a protocol")
    assert culprit.held_ns > 30 * MS
    rows = [found.timeline.row(row) for row in range(found.timeline.rows)]
    assert ("Blocks.data_received", "callback") in [(row.label, row.kind) for row in rows]


@LINUX
def test_a_lock_with_a_time_limit_is_not_taken_for_the_gil(tmp_path, more):
    traces = traced(tmp_path, f"{more}:events", executors=["threads"], tasks=3, concurrency=3)
    found = taken_apart(traces)["threads"]
    assert sum(found.timeline.waiting) > 5 * sum(found.timeline.queued)


def test_tasks_without_a_lane_are_told_from_tasks_that_are_ready(tmp_path):
    traces = traced(tmp_path, "sleep", executors=["asyncio"], tasks=4, concurrency=2)
    timeline = taken_apart(traces)["asyncio"].timeline
    pending = {each.row for each in timeline.slices() if each.doing == Doing.PENDING}
    assert pending == {2, 3}


def test_a_fixed_rate_is_refused_where_its_pauses_would_hold_the_loop(tmp_path):
    [trace] = traced(tmp_path, "sleep", executors=["asyncio-blocking"], rate=100.0)
    assert trace.status == "unavailable"
    assert "hold the loop" in trace.why


def test_events_without_room_are_told_and_there_are_no_figures(tmp_path, monkeypatch):
    from asyncbench.workloads.waiting import Yield

    from asyncbench.analysis.trace.explain import explain
    from asyncbench.executors.registry import find
    from asyncbench.record.plan import Cell, Work
    from asyncbench.record.trace import Trace
    from asyncbench.worker.instrument.passes import trace as look_at

    monkeypatch.setattr(spool, "MOST_BYTES", spool.LEAST_BYTES)
    work = Yield(times=1000)
    look_at(find("asyncio")[1](), work, 50, 50, str(tmp_path), None, 10 * MS)
    began = spool.batch_began(str(tmp_path), os.getpid())
    trace = Trace(
        Work("yield", "x", {}, 50, 50), Cell(0, 0, "asyncio", "asyncio", "cooperative"), tmp_path,
        10 * MS, began_ns=began, ended_ns=began + 1000 * MS,
    )  # fmt: skip
    [found] = summarise([trace], 2)
    assert found.timeline.missing > 1000
    assert (found.loop, found.latency, found.parts) == (None, None, None)
    assert explain(found)[0].startswith("CUT: ")
