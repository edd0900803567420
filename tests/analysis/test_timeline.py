"""Slices, steps and what they come to, from events at times that are known to the millisecond."""

import os
from dataclasses import FrozenInstanceError

import pytest

from asyncbench.analysis.trace.explain import explain
from asyncbench.analysis.trace.model import Doing
from asyncbench.analysis.trace.summary import summarise
from asyncbench.record.event_reader import EventReader
from asyncbench.record.trace import ThreadState
from asyncbench.report.export import speedscope, trace_events
from asyncbench.report.html import trace as page
from asyncbench.report.terminal import timeline as picture
from asyncbench.report.terminal import trace as text
from tests.support.traces import MS, Script, timeline_of

RUNNING, QUEUED, WAITING = Doing.RUNNING, Doing.QUEUED, Doing.WAITING


@pytest.fixture
def script(tmp_path):
    return Script(tmp_path)


def slices(trace):
    found = {}
    for row, doing, start, end, _ in timeline_of(trace).slices():
        found.setdefault(row, []).append((doing, start / MS, end / MS))
    return found


def two_that_take_turns(script):
    """t0 runs 0-1, waits to 10, is ready and has its turn at 12; t1 runs 1-2, waits, runs 9-12."""
    script.made(1)
    script.made(2)
    script.begin(0, 1, 0)
    script.step(1, 0, 0, 1)
    script.begin(1, 2, 1)
    script.step(2, 0, 1, 2)
    script.end(1, 2, 12)
    script.step(2, 9, 9, 12, last=True, awaited="sleep")
    script.end(0, 1, 13)
    script.step(1, 10, 12, 13, last=True, awaited="sleep")
    return script.trace(wall=14)


def test_a_task_of_a_loop_runs_from_await_to_await_and_queues_when_it_is_ready(script):
    assert slices(two_that_take_turns(script)) == {
        0: [(RUNNING, 0, 1), (WAITING, 1, 10), (QUEUED, 10, 12), (RUNNING, 12, 13)],
        1: [(QUEUED, 0, 1), (RUNNING, 1, 2), (WAITING, 2, 9), (RUNNING, 9, 12)],
    }


def test_what_it_waited_for_is_told(script):
    waits = [s for s in timeline_of(two_that_take_turns(script)).slices() if s.doing == WAITING]
    assert {each.text.place for each in waits} == {"sleep (fake.py:9)"}


def test_each_task_has_its_times(script):
    timeline = timeline_of(two_that_take_turns(script))
    for times, expected in (
        (timeline.began, [0, 1]), (timeline.ended, [13, 12]), (timeline.running, [2, 4]),
        (timeline.queued, [2, 0]), (timeline.waiting, [9, 7]),
    ):  # fmt: skip
        assert [each / MS for each in times] == expected


def test_a_lane_goes_from_one_task_to_the_next_within_a_step(script):
    script.made(1)
    for index in (0, 1):
        script.begin(index, 1, 2 * index)
        script.end(index, 1, 2 * index + 2)
    script.step(1, 0, 0, 4, last=True)
    assert slices(script.trace(wall=4)) == {
        0: [(RUNNING, 0, 2)],
        1: [(QUEUED, 0, 2), (RUNNING, 2, 4)],
    }


def test_what_a_task_spawns_gets_a_row_that_names_it(script):
    script.made(1)
    script.begin(0, 1, 0)
    script.made(2, at=1, parent=1, name="child", own=0)
    script.step(1, 0, 0, 2)
    script.step(2, 1, 2, 3, last=True)
    script.end(0, 1, 5)
    script.step(1, 4, 4, 5, last=True)
    trace = script.trace(wall=5)
    timeline = timeline_of(trace)
    assert timeline.rows == 3
    assert timeline.row(2).label == "t0>child"
    assert slices(trace)[2] == [(QUEUED, 1, 2), (RUNNING, 2, 3)]


def test_a_thread_runs_where_it_was_seen_to_and_queues_for_the_gil(script):
    script.seen(
        71, (0, ThreadState.LOCK), (2, ThreadState.RUNNING), (7, ThreadState.GIL),
        (12, ThreadState.RUNNING), (14, ThreadState.WAITING),
    )  # fmt: skip
    script.begin(0, 71, 2, cpu=1, delay=0)
    script.end(0, 71, 20, cpu=8, delay=1)
    trace = script.trace(wall=20, family="preemptive")
    assert slices(trace)[0] == [
        (QUEUED, 0, 2), (RUNNING, 2, 7), (QUEUED, 7, 12), (RUNNING, 12, 14), (WAITING, 14, 20)
    ]  # fmt: skip


def test_the_clocks_of_a_thread_outweigh_what_was_seen_of_it(script):
    script.seen(71, (0, ThreadState.RUNNING), (8, ThreadState.GIL), (12, ThreadState.WAITING))
    script.begin(0, 71, 0, cpu=1, delay=0)
    script.end(0, 71, 20, cpu=6, delay=3)
    timeline = timeline_of(script.trace(wall=20, family="preemptive"))
    # CPU time 5; queued the 4 that were seen and the 3 of run delay; the rest is waiting.
    assert [timeline.running[0] / MS, timeline.queued[0] / MS, timeline.waiting[0] / MS] == [
        5,
        7,
        8,
    ]


@pytest.mark.parametrize(("cpu", "doing"), [(0.4, RUNNING), (0.1, WAITING)])
def test_a_task_too_short_to_be_seen_is_what_its_cpu_time_says(script, cpu, doing):
    script.begin(0, 71, 1, cpu=1)
    script.end(0, 71, 1.5, cpu=1 + cpu)
    assert slices(script.trace(wall=2, family="preemptive"))[0][-1] == (doing, 1, 1.5)


def test_a_step_that_never_ended_goes_on_until_the_batch_is_given_up(script):
    script.made(1)
    script.made(2)
    script.begin(0, 1, 0)
    script.step(1, 0, 0, 1)
    script.begin(1, 2, 1)
    script.hold(2, since=1, seen=12, line=3)
    trace = script.trace(wall=50, status="timed out")
    assert slices(trace) == {
        0: [(RUNNING, 0, 1), (WAITING, 1, 50)],
        1: [(QUEUED, 0, 1), (RUNNING, 1, 50)],
    }
    [found] = summarise([trace], 2)
    [culprit] = found.loop.culprits
    assert (culprit.held_ns / MS, culprit.tasks, culprit.text.line) == (49, ["t1"], 3)


def test_a_timer_that_came_due_while_the_loop_was_held_was_ready_then(script):
    script.made(1)
    script.made(2)
    script.begin(0, 1, 0)
    script.step(1, 0, 0, 1)
    script.begin(1, 2, 1)
    script.step(2, 0, 1, 31)
    script.end(0, 1, 32)
    script.step(1, 31.2, 31.5, 32, last=True, due=6)
    lags = [step.lag / MS for step in timeline_of(script.trace(wall=32)).steps()]
    assert lags == [0, 1, 25.5]


def test_a_timer_that_was_late_by_itself_held_nobody_up(script):
    script.made(1)
    script.begin(0, 1, 0)
    script.step(1, 0, 0, 1)
    script.end(0, 1, 9)
    script.step(1, 8, 8.5, 9, last=True, due=6)
    lags = [step.lag / MS for step in timeline_of(script.trace(wall=9)).steps()]
    assert lags == [0, 0.5]


def test_holds_lags_and_turns_of_a_loop(script):
    loop = summarise([two_that_take_turns(script)], 2)[0].loop
    assert (loop.steps, loop.turns, loop.ready) == (4, 3, 2)
    assert (loop.held_ns / MS, loop.blocked_ns, loop.culprits) == (6, 0, [])
    assert (loop.holds.longest / MS, loop.lags.longest / MS) == (3, 2)


def held(script, milliseconds, line=40):
    script.made(1)
    script.made(2)
    script.begin(0, 1, 0)
    script.hold(1, since=0, seen=11, line=line, code="time.sleep(0.05)")
    script.step(1, 0, 0, milliseconds)
    script.begin(1, 2, milliseconds)
    script.end(1, 2, milliseconds + 1)
    script.step(2, 0, milliseconds, milliseconds + 1, last=True)
    script.end(0, 1, milliseconds + 2)
    script.step(1, milliseconds + 1, milliseconds + 1, milliseconds + 2, last=True)
    return script.trace(wall=milliseconds + 2)


def test_the_culprit_is_named_with_file_line_and_who_had_to_wait(script):
    [found] = summarise([held(script, 50)], 2)
    assert explain(found)[1] == (
        "Nobody else could run for 50.0 ms, from 0 ns on: t0 held the loop in fetch (app.py:40): "
        "time.sleep(0.05), and 1 task that was ready had to wait."
    )
    assert found.loop.blocked_ns / MS == 50


def test_a_step_below_the_threshold_is_no_culprit(script):
    [found] = summarise([held(script, 9)], 2)
    assert found.loop.culprits == []
    assert found.loop.blocked_ns == 0
    assert explain(found)[1].startswith("Nobody kept control for longer than 9.00 ms")


def test_many_short_steps_that_together_starve_the_loop_are_told(script):
    script.made(1)
    for number in range(100):
        script.step(1, 9 * number, 9 * number, 9 * number + 9)
    script.made(2)
    script.begin(0, 2, 900)
    script.end(0, 2, 901)
    script.step(2, 3, 900, 901, last=True)
    [found] = summarise([script.trace(wall=901)], 2)
    assert found.loop.culprits == []
    assert (found.loop.starving.steps, found.loop.starving.longest_lag_ns / MS) == (101, 897)
    assert "No step held the loop for longer than 10.0 ms, but 101 in a row" in explain(found)[1]


def test_latency_is_queueing_and_service_and_waiting(script):
    latency = summarise([two_that_take_turns(script)], 2)[0].latency
    assert (latency.whole.p50 / MS, latency.whole.longest / MS) == (12, 13)
    assert latency.mean_ns / MS == 12.5
    assert [latency.queueing_ns / MS, latency.service_ns / MS, latency.waiting_ns / MS] == [
        0.5, 3, 9
    ]  # fmt: skip


def test_at_a_fixed_rate_latency_counts_from_the_intended_start(script):
    for index, (began, ended) in enumerate([(0, 30), (30, 32)]):
        script.begin(index, 71, began, cpu=1)
        script.end(index, 71, ended, cpu=2)
    trace = script.trace(wall=40, family="sequential", rate=100.0)
    latency = summarise([trace], 2)[0].latency
    # The second was due after 10 ms, and had its result after 32.
    assert (latency.whole.longest / MS, latency.queueing_ns / MS) == (30, 10)


def test_the_parts_add_up_and_each_is_told_apart(tmp_path):
    script = Script(tmp_path, tasks=2, wait_s=0.005)
    script.made(1, at=0.5)
    script.made(2, at=0.5)
    script.begin(0, 1, 1)
    script.step(1, 0.5, 1, 1.5)
    script.begin(1, 2, 1.5)
    script.step(2, 0.5, 1.5, 2)
    script.end(0, 1, 7.5)
    script.step(1, 7, 7, 7.5, last=True)
    script.end(1, 2, 9)
    script.step(2, 7, 8, 9, last=True)
    parts = summarise([script.trace(wall=10, startup=3)], 2)[0].parts
    assert {name: getattr(parts, name) / MS for name in parts.__slots__} == {
        "startup": 3, "ideal": 5, "in_a_row": 0, "computing": 1.5, "queueing": 2, "over_sleep": 0,
        "dispatch": 1.5, "unexplained": 0,
    }  # fmt: skip
    assert parts.whole / MS == 13


def test_what_lies_in_a_row_in_one_lane_is_told_as_that(tmp_path):
    script = Script(tmp_path, tasks=3, wait_s=0.004)
    script.seen(71, (0, ThreadState.WAITING))
    for index in range(3):
        script.begin(index, 71, 5 * index, cpu=1)
        script.end(index, 71, 5 * index + 5, cpu=1)
    parts = summarise([script.trace(wall=15, family="sequential")], 2)[0].parts
    assert (parts.ideal / MS, parts.in_a_row / MS, parts.over_sleep / MS) == (4, 8, 3)


def test_time_in_which_a_thread_was_not_seen_is_unexplained(tmp_path):
    script = Script(tmp_path, tasks=1, wait_s=0.004)
    script.begin(0, 71, 0, cpu=1)
    script.end(0, 71, 10, cpu=2)
    parts = summarise([script.trace(wall=10, family="sequential")], 2)[0].parts
    assert parts.unexplained > 0
    assert parts.whole / MS == 10


def test_the_events_are_read_once_whatever_is_made_of_them(script, monkeypatch):
    trace, read, passes = held(script, 50), EventReader.__iter__, []

    def counted(events):
        passes.append(events.pid)
        return read(events)

    monkeypatch.setattr(EventReader, "__iter__", counted)
    summaries = summarise([trace], 2)
    for made in (
        text.text([trace], summaries, 80), page.report([([trace], summaries)]),
        "".join(trace_events.texts(summaries)), "".join(speedscope.texts(summaries)),
    ):  # fmt: skip
        assert "t0" in made
    assert passes == [os.getpid()]


def test_a_timeline_is_not_changed_once_it_is_built(script):
    timeline = timeline_of(two_that_take_turns(script))
    with pytest.raises(FrozenInstanceError):
        timeline.missing = 1
    assert list(timeline.slices()) == list(timeline.slices())


def test_slices_by_number_are_those_in_order_however_many(tmp_path):
    script = Script(tmp_path, tasks=1)
    script.made(1)
    script.begin(0, 1, 0)
    for number in range(5000):
        script.step(1, number + 0.5, number + 0.5, number + 1)
    timeline = timeline_of(script.trace(wall=5000))
    slices = list(timeline.slices())
    assert len(slices) == 9999
    assert [timeline.slice(number) for number in range(len(slices))] == slices
    assert timeline.slice(1) == slices[1]


def test_hidden_tasks_of_another_clock_are_left_out(script):
    script.spool.begin(7, 1, 5)  # before the batch, and no task of it
    assert slices(script.trace(wall=5)) == {}


def test_the_picture_is_exact(script):
    timeline = timeline_of(two_that_take_turns(script))
    assert picture.draw(timeline, 40) == "\n".join(
        [
            "t0          ██──────────────────░░░░██",
            "t1          ░░██──────────────██████",
            "hand-overs    1                     1",
            "            │                   │",
            "            0                   10.0 ms",
        ]
    )


def test_the_picture_has_a_form_for_terminals_that_can_write_little_else(script):
    drawn = picture.draw(timeline_of(two_that_take_turns(script)), 40, picture.ASCII)
    assert drawn.isascii()
    assert drawn.splitlines()[0] == "t0          ##------------------::::##"


def test_rows_that_do_not_fit_share_a_line(tmp_path):
    script = Script(tmp_path, tasks=10)
    for index in range(10):
        script.begin(index, 71, index, cpu=0.1)
        script.end(index, 71, index + 1, cpu=1)
    timeline = timeline_of(script.trace(wall=10, family="sequential"))
    lines = picture.draw(timeline, 60, most_lines=4).splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["t0-t2", "t3-t5", "t6-t8", "t9"]
    assert max(map(len, picture.draw(timeline, 60).splitlines())) <= 60


def test_a_painter_is_told_what_each_mark_means(script):
    painted = []
    timeline = timeline_of(two_that_take_turns(script))
    picture.draw(timeline, 40, paint=lambda text, name: painted.append((text[0], name)) or text)
    assert set(painted) == {("█", "running"), ("░", "queued"), ("─", "waiting")}
