"""What a run tells of event loops: the column, the flag and the reasons, from looks of any kind."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from msgspec import structs

from asyncbench.analysis.result import Result
from asyncbench.record.lines import LoopObservation
from asyncbench.report import why as reasons_of
from asyncbench.report.export import json as as_json
from asyncbench.report.export.csv import cells
from asyncbench.report.terminal import run as table
from tests.support.fakes import measured, plan, steady

MS = 1_000_000
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "run.schema.json").read_text())
CALM = LoopObservation(2, 100 * MS, 10 * MS, 1 * MS, 50, 40, "Wait.atask (fake.py:1)", jain=1.0)


def looked(**changes):
    run = measured(
        plan("sequential", "threads", "asyncio"),
        steady(sequential=0.04, threads=0.02, asyncio=0.01),
    )
    run.observations = [structs.replace(CALM, **changes)]
    return run


def line(run, name="asyncio"):
    lines = table.tables(Result(run), 200).splitlines()
    return next(each for each in lines if each.startswith(f"{name} "))


def why(run):
    lines = table.tables(Result(run), 400).splitlines()
    return next(each for each in lines if each.startswith("asyncio: "))


def test_the_column_tells_how_much_and_how_long_and_is_empty_without_a_loop():
    run = looked()
    assert "10%, max 1.00 ms" in line(run)
    assert "max" not in line(run, "threads")


def test_a_run_without_loops_has_no_such_column():
    run = measured(plan("sequential", "threads"), steady(sequential=0.04, threads=0.02))
    assert "loop held" not in table.tables(Result(run), 200)
    assert "loop held" in table.tables(Result(looked()), 200)


@pytest.mark.parametrize(("queued", "told"), [(60, True), (40, False)])
def test_a_lock_at_which_tasks_mostly_wait_is_told(queued, told):
    run = looked(waited_ns=100 * MS, queued_ns=queued * MS, queued="Lock.acquire (app.py:7)")
    said = "mostly wait for one another (60% of all their waiting) at Lock.acquire (app.py:7)"
    result = Result(run)
    reasons = reasons_of.labelled(result, result.judgements[0], rows=True)
    assert any(said in each for _, each in reasons) == told


def test_a_calm_loop_is_no_reason():
    assert "held" not in why(looked())


def test_one_long_step_is_a_reason_even_where_the_loop_had_time():
    run = looked(longest_ns=50 * MS, held_ns=52 * MS, by="fetch (app.py:7)")
    assert "held 52% of the time, up to 50.0 ms at once, by fetch (app.py:7)" in why(run)


def test_many_short_steps_that_kept_somebody_waiting_are_a_reason():
    run = looked(held_ns=95 * MS, longest_ns=6 * MS, lag_max_ns=80 * MS)
    assert (
        "held 95% of the time by steps of up to 6.00 ms, the longest in Wait.atask (fake.py:1), "
        "which together kept a task that was ready waiting for up to 80.0 ms"
    ) in why(run)


def test_a_loop_that_is_busy_and_goes_round_is_no_reason():
    assert "held" not in why(looked(held_ns=95 * MS, lag_max_ns=2 * MS))


def test_starved_lanes_are_flagged_with_the_verdict_and_told():
    run = looked(starved=2, jain=0.71)
    assert line(run).endswith("wins, starved")
    assert "starved: 2 of its lanes got less than half of their share (Jain's index 0.71)" in why(
        run
    )


def test_they_are_flagged_of_a_baseline_too():
    run = looked(starved=2, jain=0.71)
    run.plan = replace(run.plan, baseline="asyncio")
    assert line(run).endswith("baseline, starved")


def test_exports_have_it():
    run = looked(lag_p99_ns=3 * MS, lag_max_ns=4 * MS, starved=1)
    rows = {
        row["executor"]: row for row in csv.DictReader(io.StringIO(cells(Result(run)), newline=""))
    }
    assert float(rows["asyncio"]["loop_held_share"]) == 0.1
    assert float(rows["asyncio"]["loop_longest_hold_s"]) == 0.001
    assert rows["threads"]["loop_held_share"] == ""
    document = json.loads(as_json.text(Result(run)))
    jsonschema.validate(document, SCHEMA)
    loops = [row["loop"] for row in document["works"][0]["rows"]]
    assert loops[:2] == [None, None]
    assert loops[2]["starved_lanes"] == 1


@pytest.mark.parametrize("held", [150, 100])
def test_a_share_is_never_more_than_all(held):
    assert "100%, max" in line(looked(held_ns=held * MS))


def waiting_for_the_gil(**changes):
    run = looked()
    run.observations = [structs.replace(CALM, cell=1, **changes)]
    return table.tables(Result(run), 400)


def test_threads_that_wait_for_the_gil_are_told_with_how_long_they_wait():
    said = waiting_for_the_gil(gil_ns=160 * MS, gil_longest_ns=5 * MS)
    assert (
        "its threads could go on but waited for the GIL for 40% of the time, up to 5.00 ms at once"
        in said
    )
    assert "waited for the GIL" not in waiting_for_the_gil(gil_ns=5 * MS, gil_longest_ns=5 * MS)
