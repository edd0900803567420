"""What an analysis says of real batches, where it is easy to be wrong."""

import functools
import os

import pytest
from asyncbench.workloads.waiting import Yield

from asyncbench.analysis.trace.explain import explain
from asyncbench.analysis.trace.model import Doing
from asyncbench.analysis.trace.summary import summarise
from asyncbench.executors.registry import find
from asyncbench.record.event_reader import batch_began
from asyncbench.record.events import LEAST_BYTES, EventLog
from asyncbench.record.plan import Cell, Work
from asyncbench.record.trace import Trace
from asyncbench.worker.instrument import passes
from tests.support.traced import LINUX, MS, taken_apart, traced

MORE = """
import asyncio, socket, threading, time

async def two_calls(index: int):
    time.sleep(0.02)
    time.sleep(0.2)  # the longer
    return index

class Blocks(asyncio.Protocol):
    def __init__(self):
        self.received = asyncio.get_running_loop().create_future()

    def data_received(self, data):
        time.sleep(0.06)  # in a protocol
        self.received.set_result(None)

async def protocol(index: int):
    mine, its = socket.socketpair()
    transport, protocol = await asyncio.get_running_loop().create_connection(Blocks, sock=its)
    mine.send(b"x")
    await protocol.received
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


def test_events_without_room_are_told_and_there_are_no_figures(tmp_path, monkeypatch):
    work = Yield(times=1000)
    monkeypatch.setattr(passes, "EventLog", functools.partial(EventLog, most_bytes=LEAST_BYTES))
    passes.trace(find("asyncio")[1](), work, 50, 50, str(tmp_path), None, 10 * MS)
    began = batch_began(str(tmp_path), os.getpid())
    trace = Trace(
        Work("yield", "x", {}, 50, 50), Cell(0, 0, "asyncio", "asyncio", "cooperative"), tmp_path,
        10 * MS, began_ns=began, ended_ns=began + 1000 * MS,
    )  # fmt: skip
    [found] = summarise([trace], 2)
    assert found.timeline.missing > 1000
    assert (found.loop, found.latency, found.parts) == (None, None, None)
    assert explain(found)[0].startswith("CUT: ")
