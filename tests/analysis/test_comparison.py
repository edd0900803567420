"""Two saved runs whose every number is known: what is matched, what is claimed, what is told."""

import csv
import io
import itertools
import json
from dataclasses import replace
from math import exp, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from asyncbench.analysis import gate
from asyncbench.analysis.comparison import compare, hold
from asyncbench.analysis.judgement import Verdict
from asyncbench.analysis.result import Result
from asyncbench.record.lines import End, Failure, RoundVisit, Sample, WorkerLife
from asyncbench.record.plan import Cell
from asyncbench.record.run import Run
from asyncbench.record.samples import Samples
from asyncbench.report.export import comparison as comparison_data
from asyncbench.report.terminal import comparison as report
from asyncbench.stats import student
from tests.support.fakes import ENVIRONMENT, plan

ROUNDS = 8
EXECUTORS = ("sequential", "threads", "processes", "asyncio", "uvloop")
BOUND = gate.Bound(0.05)
TIMES = itertools.cycle(range(60))
EVIL = "=cmd|' /C calc'!A0\x1b[31m<b>"


def made(times=None, *, executors=EXECUTORS, rounds=ROUNDS, pace=1000, **changes):
    """Make a run; `times` gives seconds a batch for some executors, or a list of one a round."""
    times = dict.fromkeys(executors, 0.1) | (times or {})
    started = changes.pop("started", None) or f"2026-11-22T12:00:{next(TIMES):02}+00:00"
    run = Run(plan(*times, **changes), dict(ENVIRONMENT), started)
    for cell, each in enumerate(times.values()):
        seconds = each if isinstance(each, list) else [each] * rounds
        for number, value in enumerate(seconds):
            run.add(sample(cell, number, value))
        run.add(WorkerLife(cell, 0, 4, 1, 1, 8_000_000, {"python": "cpython 3.11.0"}))
    for number in range(rounds):
        run.add(RoundVisit(0, number, 10**9, pace_ns=pace))
    run.add(End("complete", 10**10))
    return run


def sample(cell, number, seconds, checksum=6):
    wall = round(seconds * 1e9)
    return Sample(cell, number, 0, 0, False, 1, wall, wall, 0, 0, 0, 4, checksum)


def with_control(run, cell, seconds):
    twin = replace(run.plan.cells[cell], id=90, control_of=cell, executor="x (control)")
    run.controls.append(twin)
    for number in range(ROUNDS):
        run.samples.append(sample(90, number, seconds))
    return run


def by_executor(comparison):
    return {row.executor: row for row in comparison.rows}


def test_the_one_cell_that_became_slower_is_told():
    found = by_executor(compare(Result(made()), Result(made({"threads": 0.2}))))
    assert found["threads"].verdict is Verdict.LOSES
    assert found["threads"].ratio.estimate == pytest.approx(2)
    assert {found[name].verdict for name in found if name != "threads"} == {Verdict.INCONCLUSIVE}


def test_the_interval_allows_for_what_the_other_cells_and_the_pace_differ_by():
    other = made({"sequential": 0.2, "threads": 0.104, "processes": 0.097}, pace=1010)
    ratio = by_executor(compare(Result(made()), Result(other)))["sequential"].ratio
    values = [log(1.04), log(0.97), 0, 0, log(1.01)]
    drift = sqrt(sum(value**2 for value in values) / 5)
    half = student.student_quantile(0.05 / 5, 5) * drift
    assert ratio.level == 0.01
    assert (ratio.low, ratio.high) == pytest.approx((2 * exp(-half), 2 * exp(half)))


def test_the_interval_allows_for_what_rounds_of_a_run_differ_by():
    uneven = [0.1, 0.12] * 4
    ratio = by_executor(
        compare(Result(made({"asyncio": uneven})), Result(made({"asyncio": uneven})))
    )["asyncio"].ratio
    between = log(1.2) * sqrt(2 / 7)
    half = student.student_quantile(0.01, 5) * sqrt(between**2 + 2 * between**2 / 8)
    assert (ratio.estimate, ratio.high) == pytest.approx((1, exp(half)))


def test_a_work_that_drifts_more_than_others_is_judged_by_its_own():
    names = "abcdefgh"
    first_work = plan("a").works[0]
    rules = {
        "works": [first_work, replace(first_work, workload="other")],
        "cells": [Cell(number, number // 4, name, name, "x") for number, name in enumerate(names)],
        "executors": names,
    }
    found = compare(
        Result(made(**rules)), Result(made({"a": 0.11, "b": 0.12, "c": 0.09}, **rules))
    ).rows
    assert found[3].ratio.estimate == found[4].ratio.estimate == 1
    assert found[3].ratio.high > found[4].ratio.high + 0.1


def test_what_moves_every_cell_alike_is_not_called_slower_code():
    found = compare(Result(made()), Result(made(dict.fromkeys(EXECUTORS, 0.2))))
    assert {row.verdict for row in found.rows} == {Verdict.INCONCLUSIVE}
    assert "every cell of this work came out slower, by 100% or more" in found.rows[0].why
    assert "`run --variant`" in found.rows[0].why
    assert hold(BOUND, [found]).status == 0


def test_a_control_carries_what_changed_in_its_cell():
    first, other = made(), made({"threads": 0.2})
    found = compare(Result(with_control(first, 1, 0.1)), Result(with_control(other, 1, 0.2)))
    assert by_executor(found)["threads"].verdict is Verdict.LOSES


def test_a_machine_that_told_twins_apart_widens_the_interval():
    found = compare(Result(with_control(made(), 1, 0.15)), Result(made({"threads": 0.2})))
    assert by_executor(found)["threads"].verdict is Verdict.INCONCLUSIVE


def test_a_run_beside_itself_is_the_same():
    run = made({"asyncio": [0.1, 0.2] * 4})
    found = compare(Result(run), Result(replace(run)))
    assert {(row.ratio.low, row.ratio.estimate, row.ratio.high) for row in found.rows} == {
        (1, 1, 1)
    }
    assert "one and the same run" in report.tables(found, 80)
    assert hold(gate.Bound(0.0), [found]).status == 0


factors = st.lists(st.floats(0.5, 2), min_size=ROUNDS, max_size=ROUNDS)
noisy = st.lists(factors, min_size=3, max_size=3).map(
    lambda cells: made(
        {name: [0.1 * each for each in cell] for name, cell in zip("abc", cells, strict=True)},
        executors="abc",
    )
)


@settings(max_examples=40, deadline=None)
@given(noisy, st.floats(0, 0.1))
def test_no_run_differs_from_itself(run, bound):
    copy = replace(run, started="2026-11-23T12:00:00+00:00")
    found = compare(Result(run), Result(copy), margin=0.0)
    assert {row.ratio.estimate for row in found.rows} == {1}
    assert not {row.verdict for row in found.rows} & {Verdict.WINS, Verdict.LOSES}
    assert hold(gate.Bound(bound), [found]).status == 0


@settings(max_examples=40, deadline=None)
@given(noisy, noisy)
def test_there_and_back_give_inverse_ratios(first, other):
    for there, back in zip(
        compare(Result(first), Result(other)).rows,
        compare(Result(other), Result(first)).rows,
        strict=True,
    ):
        mine, its = there.ratio, back.ratio
        assert mine.estimate == pytest.approx(1 / its.estimate)
        assert (mine.low, mine.high) == pytest.approx((1 / its.high, 1 / its.low))


def test_too_few_rounds_claim_nothing():
    [row, *_] = compare(Result(made()), Result(made({"sequential": 0.9}, rounds=5))).rows
    assert (row.ratio.low, row.verdict) == (0, Verdict.INCONCLUSIVE)
    assert row.why.startswith("indicative only: a claim takes 6 rounds in both runs")
    assert "8 and 5" in row.why


def test_nothing_is_claimed_where_nothing_else_is_shared():
    runs = [with_control(made(executors=["asyncio"], pace=None), 0, 0.1) for _ in range(2)]
    runs[1].started = "later"
    [row] = compare(*map(Result, runs)).rows
    assert (row.ratio.low, row.verdict) == (0, Verdict.INCONCLUSIVE)
    assert "share nothing else" in row.why


def test_what_only_one_run_has_is_listed():
    found = compare(
        Result(made(executors=["threads", "asyncio"])),
        Result(made(executors=["asyncio", "uvloop"])),
    )
    assert [row.executor for row in found.rows] == ["asyncio"]
    assert [row.executor for row in found.only_first] == ["threads"]
    assert [row.executor for row in found.only_other] == ["uvloop"]
    assert "Only in the first: wait under threads" in report.tables(found, 80)


def changed_work(**changes):
    run = made(executors=["asyncio"])
    run.plan.works[0] = replace(run.plan.works[0], **changes)
    return run


@pytest.mark.parametrize(
    "changes",
    [{"workload": "x"}, {"params": {"seconds": 1}}, {"tasks": 5}, {"concurrency": 5}],
)
def test_other_work_is_another_cell(changes):
    found = compare(Result(made(executors=["asyncio"])), Result(changed_work(**changes)))
    assert (len(found.rows), len(found.only_first), len(found.only_other)) == (0, 1, 1)


def test_a_file_in_another_folder_is_the_same_workload_and_another_object_is_told():
    runs = [changed_work(reference=where) for where in ("/a/b.py:W", "/c/b.py:W", "/c/b.py:V")]
    assert compare(Result(runs[0]), Result(runs[1])).notes == []
    assert compare(Result(runs[0]), Result(runs[2])).notes == [
        "wait is /a/b.py:W in the first and /c/b.py:V in the other"
    ]


def test_cells_that_share_a_name_are_matched_in_order():
    works = [plan("a").works[0]] * 2
    cells = [Cell(0, 0, "a", "a", "x"), Cell(1, 1, "a", "a", "x")]
    runs = [
        made({"first": 0.1, "second": time}, executors=[], works=works, cells=cells)
        for time in (0.1, 0.3)
    ]
    assert [row.ratio.estimate for row in compare(*map(Result, runs)).rows] == pytest.approx([1, 3])


def test_a_cell_that_failed_in_one_run_is_not_compared():
    other = made()
    other.add(Failure(1, 3, "it raised"))
    row = by_executor(compare(Result(made()), Result(other)))["threads"]
    assert (row.ratio, row.verdict, row.why) == (None, None, "failed in the other: it raised")


def test_cells_that_did_other_work_are_not_compared():
    other = made()
    other.samples = Samples(structs.replace(each, checksum=7) for each in other.samples)
    assert {row.ratio for row in compare(Result(made()), Result(other)).rows} == {None}
    assert compare(Result(made()), Result(other)).rows[0].why == (
        "what 4 tasks returned adds up to 6 in the first, what 4 tasks returned adds up to 7 in "
        "the other"
    )


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("cpu_model", "Z80", "CPU model not stated / Z80"),
        ("cpus", 4, "CPUs 2 / 4"),
        ("python", "3.12.1", "Python 3.11.0 / 3.12.1"),
        ("gc", "off", "garbage collection not stated / off"),
        ("gil", False, "GIL not stated / off"),
        ("packages", {"asyncbench": "9"}, "asyncbench not stated / 9"),
    ],
)
def test_differences_of_machine_and_interpreter_are_named(key, value, told):
    other = made()
    other.environment[key] = value
    assert compare(Result(made()), Result(other)).warnings == [told]
    assert told in " ".join(report.tables(compare(Result(made()), Result(other)), 80).split())


def test_what_executors_state_differently_is_named():
    other = made()
    other.lives[4] = structs.replace(
        other.lives[4], facts={"python": "cpython 3.11.0", "uvloop": "0.22"}
    )
    assert compare(Result(made()), Result(other)).warnings == ["uvloop not stated / 0.22 (uvloop)"]


def unfinished():
    run = made()
    run.end = None
    return run


def failed_in_both():
    runs = made(), made()
    for run in runs:
        run.add(Failure(0, 0, "it raised"))
    return runs


def unavailable_in_both():
    cells = [
        replace(cell, unavailable="no uvloop here" if cell.executor == "uvloop" else None)
        for cell in plan(*EXECUTORS).cells
    ]
    runs = [made(cells=cells) for _ in range(2)]
    for run in runs:
        run.samples = Samples(each for each in run.samples if each.cell != 4)
    runs[1].started = "2026-11-23T12:00:00+00:00"
    return runs


@pytest.mark.parametrize(
    ("runs", "status", "line"),
    [
        ((made(), made({"asyncio": 0.2})), 1, "slower than 5 % allow: wait under asyncio"),
        ((made(), made({"asyncio": 0.05})), 0, "gate: passed"),
        ((made(), made({"asyncio": 0.104})), 0, "gate: passed"),
        ((made(), unfinished()), 4, "incomplete: the other run is unfinished"),
        ((unfinished(), made()), 4, "incomplete: the first run is unfinished"),
        ((made(), made(executors=["asyncio"])), 4, "only the first run has it"),
        ((made(rounds=5), made(rounds=5, pace=7)), 4, "indicative only"),
        (failed_in_both(), 4, "failed in the first: it raised"),
        (unavailable_in_both(), 0, "gate: passed"),
        ((changed_work(tasks=9), made()), 4, "there was nothing to compare"),
    ],
)
def test_a_gate_trips_on_whole_intervals_and_passes_on_nothing_missing(runs, status, line):
    outcome = hold(BOUND, [compare(*map(Result, runs))])
    assert outcome.status == status
    assert line in "\n".join(outcome.lines)


@pytest.mark.parametrize("width", [80, 100])
def test_the_tables_fit_the_width(width):
    names = ["asyncio", "asyncio-to-thread@with a label", "threads"]
    found = compare(
        Result(made(executors=names[:2])), Result(made({"asyncio": 0.2}, executors=names))
    )
    text = report.tables(found, width)
    assert max(map(len, text.splitlines())) <= width
    assert ("200 ms  2.00x" in text) == (width > 80)


def test_the_table_is_exact():
    text = report.tables(
        compare(
            Result(made(started="2026-11-22T12:00:00+00:00")),
            Result(made({"threads": 0.2}, started="2026-11-22T15:00:00+00:00")),
        ),
        80,
    )
    assert "wait: seconds=0.01; 4 tasks a batch; up to 4 at once\n" in text
    assert "\nthreads     100 ms  200 ms  2.00x slower (2.00-2.00)  loses\n" in text
    assert "made 3 hours apart" in text
    assert "The 5 cells and controls that both have differ by" in " ".join(text.split())


def test_a_cell_of_one_task_is_told_as_one():
    run = made()
    one = replace(run.plan.works[0], tasks=1, concurrency=1)
    run.plan = replace(run.plan, works=[one])
    row = compare(Result(run), Result(run)).rows[0]
    assert row.name.endswith("(1 task, 1 at once, seconds=0.01)")
    assert one.size == "1 task a batch; up to 1 at once"


def test_runs_without_a_common_cell_claim_no_drift():
    found = compare(Result(made(executors=["asyncio"])), Result(made(executors=["threads"])))
    text = " ".join(report.tables(found, 80).split())
    assert "The two runs have no cell in common." in text
    assert text.endswith("apart, and they share no cell that could be compared.")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5, "5 s"), (150, "2 minutes"), (7200, "2 hours"), (180_000, "2 days")],
)
def test_the_time_between_runs_has_the_unit_that_fits(seconds, text):
    assert report.span(seconds) == text


def test_names_are_data():
    run = changed_work(workload=EVIL, params={EVIL: EVIL})
    run.name = run.started = run.environment["python"] = EVIL
    found = compare(Result(changed_work(workload=EVIL, params={EVIL: EVIL})), Result(run))
    assert "\x1b" not in report.tables(found, 80)
    rows = list(csv.DictReader(io.StringIO(comparison_data.cells([found]), newline="")))
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


def test_data_have_a_row_a_cell_and_tell_what_only_one_run_has():
    found = compare(
        Result(made(executors=["threads", "asyncio"])),
        Result(made({"asyncio": 0.2}, executors=["asyncio"])),
    )
    rows = list(csv.DictReader(io.StringIO(comparison_data.cells([found, found]), newline="")))
    assert list(rows[0]) == list(comparison_data.COLUMNS)
    assert [row["status"] for row in rows] == ["compared", "only in the first"] * 2
    assert float(rows[0]["ratio"]) == pytest.approx(2)
    [data] = json.loads(comparison_data.text([found]))
    assert [row["executor"] for row in data["cells"]] == ["asyncio", "threads"]
    assert data["cells"][0]["params"] == {"seconds": 0.01}


def test_times_past_all_sense_are_no_error():
    run = made({"asyncio": 9e9, "threads": 1e-9}, rounds=8)
    assert {row.verdict for row in compare(Result(made()), Result(run)).rows} == {
        Verdict.INCONCLUSIVE
    }
