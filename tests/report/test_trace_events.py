"""The file of trace events: one mark a hold, slices named after tasks, flows for hand-overs."""

import json
from dataclasses import replace

import pytest

from asyncbench.report.export import trace_events
from tests.report.test_trace_html import a_held_one, summaries_of
from tests.support.traces import Script


def events_of(*traces):
    return json.loads("".join(trace_events.texts(summaries_of(*traces))))["traceEvents"]


@pytest.fixture
def held(tmp_path):
    return events_of(a_held_one(tmp_path, looks=1699, held=4300))


def of_cat(events, cat):
    return [event for event in events if event.get("cat") == cat]


def test_a_hold_is_one_slice_however_often_it_was_looked_into(held):
    [hold] = of_cat(held, "hold of the loop")
    assert (hold["ph"], hold["ts"], hold["dur"]) == ("X", 1_000, 4_300_000)
    assert hold["name"] == "t1 held the loop in fetch (app.py:40)"
    assert hold["args"]["code"] == "time.sleep(0.05)  # <b>"
    assert [event for event in held if event["ph"] == "i"] == []


def test_a_hold_lies_within_a_turn_of_the_loop(held):
    [hold] = of_cat(held, "hold of the loop")
    assert any(
        turn["tid"] == hold["tid"] and turn["ts"] <= hold["ts"]
        and hold["ts"] + hold["dur"] <= turn["ts"] + turn["dur"]
        for turn in of_cat(held, "loop")
    )  # fmt: skip


def test_a_hold_that_nobody_could_look_into_is_marked_too(tmp_path):
    [hold] = of_cat(events_of(a_held_one(tmp_path, looks=0)), "hold of the loop")
    assert hold["name"] == "t1 held the loop in Wait.atask (fake.py:7)"
    assert (hold["args"]["seen"], hold["args"]["stack"]) == (False, [])


def test_a_hold_that_never_ended_is_marked_until_the_batch_is_given_up(tmp_path):
    script = Script(tmp_path)
    script.made(1)
    script.begin(0, 1, 0)
    for look in range(20):
        script.hold(1, 0, 11 + look, line=3)
    [hold] = of_cat(events_of(script.trace(50, status="timed out")), "hold of the loop")
    assert (hold["ts"], hold["dur"]) == (0, 50_000)


def test_tasks_that_held_a_loop_together_are_one_hold(tmp_path):
    script = Script(tmp_path, 3)
    script.made(1)
    for index in range(3):
        script.begin(index, 1, 6 * index)
        script.end(index, 1, 6 * index + 6)
    script.step(1, 0, 0, 18, last=True)
    [hold] = of_cat(events_of(script.trace(18)), "hold of the loop")
    assert hold["name"].startswith("t0 and 2 more held the loop in ")


def test_slices_are_named_after_tasks(held):
    assert [event["name"] for event in of_cat(held, "task")] == ["t0", "t1", "t2"]
    names = {
        event["name"] for cat in ("running", "queued", "waiting") for event in of_cat(held, cat)
    }
    assert {name.partition(": ")[0] for name in names} == {"t0", "t1", "t2"}
    assert "t1: running" in names


def test_a_task_without_a_name_is_told_by_its_number(tmp_path):
    found = summaries_of(a_held_one(tmp_path))[0]
    found = replace(found, timeline=replace(found.timeline, labels=["0"]))
    events = json.loads("".join(trace_events.texts([found])))["traceEvents"]
    assert [event["name"] for event in of_cat(events, "task")] == ["task 0", "task 1", "task 2"]


def test_hand_overs_are_flows_from_slice_to_slice(tmp_path):
    events = events_of(a_held_one(tmp_path / "a"), a_held_one(tmp_path / "b"))
    flows = of_cat(events, "hand-over")
    starts = [flow for flow in flows if flow["ph"] == "s"]
    ends = [flow for flow in flows if flow["ph"] == "f"]
    assert [flow["id"] for flow in starts] == [flow["id"] for flow in ends] == [1, 2, 3, 4]
    assert [flow["pid"] for flow in starts] == [1, 1, 2, 2]
    for start, end in zip(starts, ends, strict=True):
        assert start["ts"] < end["ts"]
        assert running_at(events, start) != running_at(events, end)
        assert end["bp"] == "e"
    assert [running_at(events, flow) for flow in starts[:2]] == ["t0: running", "t1: running"]
    assert [running_at(events, flow) for flow in ends[:2]] == ["t1: running", "t2: running"]


def running_at(events, flow):
    [found] = [
        each["name"]
        for each in of_cat(events, "running")
        if (each["pid"], each["tid"]) == (flow["pid"], flow["tid"])
        and each["ts"] <= flow["ts"] < each["ts"] + each["dur"]
    ]
    return found


def test_a_flow_stands_after_the_slices_that_it_binds_to(held):
    kinds = [event["ph"] for event in held if event["ph"] in "Xsf"]
    assert kinds.index("s") == kinds.count("X")


def test_threads_that_run_side_by_side_hand_nothing_over(tmp_path):
    script = Script(tmp_path)
    for index in range(2):
        script.begin(index, 70 + index, index, cpu=1)
        script.end(index, 70 + index, 30 + index, cpu=31)
    assert of_cat(events_of(script.trace(40, family="preemptive")), "hand-over") == []
