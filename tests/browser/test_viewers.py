"""What reads a file in its real viewer: right on good files, and not deaf to bad ones."""

import copy
import json

import jsonschema
import pytest

from tests.browser import viewers
from tests.browser.viewers import Call, Profile, Slice, ViewerError

HOUR = 3_600_000_000_000  # in nanoseconds: times are as exact at a run's end as at its start


def metadata(pid, name, value, tid=0):
    return {"ph": "M", "pid": pid, "tid": tid, "name": name, "args": {"name": value}}


def complete(pid, name, start, end, category="step", **args):
    event = {"ph": "X", "pid": pid, "tid": 1, "name": name, "cat": category}
    event |= {"ts": start / 1000, "dur": (end - start) / 1000}
    return event | {"args": args} if args else event


def counter(pid, name, at, **series):
    return {"ph": "C", "pid": pid, "tid": 0, "name": name, "ts": at / 1000, "args": series}


def tracks(pid, name):
    """Two steps in a task, at an hour and 7 ns, on a process' first thread, and two counters."""
    start = HOUR + 7
    return [
        metadata(pid, "process_name", name),
        metadata(pid, "thread_name", "lane 1", tid=1),
        complete(pid, "task", start, start + 50_250, "task", sample=3, unit="µs"),
        complete(pid, "connect", start, start + 20_125),
        complete(pid, "read", start + 20_125, start + 50_250),
        counter(pid, "in flight", start, tasks=1),
        counter(pid, "in flight", start + 50_250, tasks=0),
        counter(pid, "CPU", start, user=0.5, system=0.25),
    ]


TRACE = {
    "displayTimeUnit": "ns",
    "otherData": {"asyncbench": "0.1.0"},
    "traceEvents": [*tracks(11, "asyncio"), *tracks(12, "threads")],
}
READ = next(place for place, event in enumerate(TRACE["traceEvents"]) if event["name"] == "read")
PROFILES = {
    "$schema": "https://www.speedscope.app/file-format-schema.json",
    "name": "tcp-echo",
    "exporter": "asyncbench 0.1.0",
    "activeProfileIndex": 1,
    "shared": {"frames": [{"name": "task"}, {"name": "connect"}, {"name": "read"}]},
    "profiles": [
        {
            "type": "evented",
            "name": name,
            "unit": "nanoseconds",
            "startValue": 0,
            "endValue": 60_000,
            "events": [
                {"type": "O", "frame": 0, "at": 5000},
                {"type": "O", "frame": 1, "at": 5000},
                {"type": "C", "frame": 1, "at": 25_125},
                {"type": "O", "frame": 2, "at": 25_125},
                {"type": "C", "frame": 2, "at": 55_250},
                {"type": "C", "frame": 0, "at": 55_250},
            ],
        }
        for name in ("asyncio", "threads")
    ],
}

of_traces = pytest.mark.parametrize("viewer", [viewers.chrome_tracing, viewers.perfetto])
of_all = pytest.mark.parametrize(
    "viewer", [viewers.chrome_tracing, viewers.perfetto, viewers.speedscope]
)


@pytest.fixture
def write(tmp_path):
    """Write a file, whose last characters may get lost."""

    def write(content, lost=0):
        path = tmp_path / "file.json"
        text = json.dumps(content, ensure_ascii=False)  # Perfetto leaves some \\u00b5 as they are
        path.write_text(text[: len(text) - lost], encoding="utf-8")
        return path

    return write


@of_traces
def test_a_trace_is_what_it_says(browser, write, viewer):
    trace = viewer(browser, write(TRACE))
    start = HOUR + 7
    assert trace.processes == ["asyncio", "threads"]
    assert trace.threads == [("asyncio", "lane 1"), ("threads", "lane 1")]
    args = {"sample": 3, "unit": "µs"}
    assert trace.slices == [
        bar
        for process in trace.processes
        for bar in (
            Slice(process, "lane 1", "task", start, 50_250, 0, None, "task", args),
            Slice(process, "lane 1", "connect", start, 20_125, 1, "task", "step"),
            Slice(process, "lane 1", "read", start + 20_125, 30_125, 1, "task", "step"),
        )
    ]
    for process in trace.processes:
        assert trace.counters[process, "in flight tasks"] == [(start, 1), (start + 50_250, 0)]
        assert trace.counters[process, "CPU user"] == [(start, 0.5)]
        assert trace.counters[process, "CPU system"] == [(start, 0.25)]
    assert len(trace.counters) == 6
    assert trace.warnings == []


def test_speedscope_reads_a_trace_too(browser, write):
    read = viewers.speedscope(browser, write(TRACE))
    assert read.warnings == []
    assert [(each.name, each.unit) for each in read.profiles] == [
        ("asyncio (pid 11), lane 1 (tid 1)", "microseconds"),
        ("threads (pid 12), lane 1 (tid 1)", "microseconds"),
    ]
    for profile in read.profiles:
        assert profile.weight == pytest.approx(50.25, abs=0.001)
        assert [(call.name, call.depth) for call in profile.calls] == [
            ('task {"sample":3,"unit":"µs"}', 0),
            ("connect", 1),
            ("read", 1),
        ]


def test_profiles_are_what_they_say(browser, write):
    jsonschema.validate(PROFILES, viewers.speedscope_schema())
    read = viewers.speedscope(browser, write(PROFILES))
    assert (read.name, read.active, read.warnings) == ("tcp-echo", 1, [])
    calls = [
        Call("task", 5000, 55_250, 0),
        Call("connect", 5000, 25_125, 1),
        Call("read", 25_125, 55_250, 1),
    ]
    assert read.profiles == [
        Profile(name, "nanoseconds", 60_000, "60.00µs", calls) for name in ("asyncio", "threads")
    ]


@of_all
def test_a_trace_that_was_cut_off_is_refused(browser, write, viewer):
    with pytest.raises(ViewerError, match=r"Unterminated|Expected|incomplete|Unrecognized"):
        viewer(browser, write(TRACE, lost=100))


def test_profiles_that_were_cut_off_are_refused(browser, write):
    with pytest.raises(ViewerError, match="Unrecognized format"):
        viewers.speedscope(browser, write(PROFILES, lost=100))


def test_perfetto_drops_a_step_that_outlives_its_task_by_a_nanosecond(browser, write):
    trace = copy.deepcopy(TRACE)
    trace["traceEvents"][READ]["dur"] += 0.001
    trace["traceEvents"].append(counter(11, "wrong", HOUR, tasks="many"))
    read = viewers.perfetto(browser, write(trace))
    assert ("asyncio", "read") not in [(bar.process, bar.name) for bar in read.slices]
    counted = sorted(warning.split(".")[0] for warning in read.warnings)
    assert counted == ["json_parser_failure: 1", "slice_drop_overlapping_complete_event: 1"]


def test_chrome_tracing_takes_a_step_that_outlives_its_task_out_of_it(browser, write):
    trace = copy.deepcopy(TRACE)
    trace["traceEvents"][READ]["dur"] += 5
    trace["traceEvents"].append(counter(11, "wrong", HOUR))
    read = viewers.chrome_tracing(browser, write(trace))
    steps = [(bar.process, bar.depth, bar.parent) for bar in read.slices if bar.name == "read"]
    assert steps == [("asyncio", 0, None), ("threads", 1, "task")]
    assert [warning.split(":")[0] for warning in read.warnings] == ["counter_parse_error"]


def test_speedscope_warns_of_a_step_that_outlives_its_task(browser, write):
    trace = copy.deepcopy(TRACE)
    trace["traceEvents"][READ]["dur"] += 5
    assert "Tried to end" in viewers.speedscope(browser, write(trace)).warnings[0]


@pytest.mark.parametrize(
    ("place", "change", "reason"),
    [
        (2, {"frame": 2}, 'Tried to leave frame "read" while frame "connect" was at the top'),
        (3, {"at": 0}, "must be provided in increasing order"),
        (5, {"type": "O"}, "non-empty stack"),
    ],
)
def test_profiles_that_do_not_nest_are_refused(browser, write, place, change, reason):
    profiles = copy.deepcopy(PROFILES)
    profiles["profiles"][0]["events"][place] |= change
    with pytest.raises(ViewerError, match=reason):
        viewers.speedscope(browser, write(profiles))
