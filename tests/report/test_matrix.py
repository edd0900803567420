"""Executors by interpreters: both ratios, the sentences that follow, the same in each format."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from msgspec import structs

from asyncbench.analysis.result import Result
from asyncbench.report import document, formats
from asyncbench.report.terminal import answer
from asyncbench.report.view import View
from tests.support.fakes import FakeLauncher, measured, plan
from tests.support.typed import typed

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "run.schema.json").read_text())
# What free threading is about, in seconds: threads gain and pass processes, asyncio loses a little.
TIMES = {
    "sequential": (0.040, 0.040),
    "threads": (0.041, 0.0205),
    "processes": (0.030, 0.030),
    "asyncio": (0.040, 0.0424),
}


def result(times=TIMES, names=("gil", "free"), free=("free",), gil_on=(), releases=None):
    """Measure under two interpreters; `gil_on` are executors whose GIL came back."""
    releases = releases or dict.fromkeys(names, "3.14.0")
    planned = plan(*times, variants=names, budget_s=20.0)
    variants = [
        replace(
            each,
            folder=None,
            python=each.name,
            facts={"free threaded": each.name in free, "python": releases[each.name]},
        )
        for each in planned.variants
    ]
    launcher = FakeLauncher(
        {
            f"{executor} {name}": lambda *_, s=seconds: s
            for executor, each in times.items()
            for name, seconds in zip(names, each, strict=True)
        }
    )
    run = measured(replace(planned, variants=variants), launcher)
    with_gil = {
        cell.id for cell in run.plan.cells if cell.variant not in free or cell.executor in gil_on
    }
    lives = [structs.replace(each, facts={"gil": each.cell in with_gil}) for each in run.lives]
    return Result(replace(run, lives=lives))


@pytest.fixture(scope="module")
def freed():
    return result()


def test_the_answer_says_who_gains_whom_it_overtakes_and_who_loses(freed):
    text = " ".join(answer.screen(freed, 100).split())
    assert (
        "Without the GIL (free), threads run 2 times faster than with it, and overtake processes; "
        "asyncio runs 6 % slower; nothing changes for sequential and processes. "
        "The quickest: processes under gil; threads under free."
    ) in text


def test_threads_with_parameters_compute_and_do_not_computes():
    times = {"sequential": (0.04, 0.04), "threads:workers=2": (0.04, 0.02)}
    text = " ".join(answer.screen(result(times), 100).split())
    assert "threads:workers=2 run 2 times faster than with it; nothing changes" in text


def test_releases_that_differ_beside_the_gil_are_named():
    releases = {"gil": "3.13.0", "free": "3.13.15"}
    text = " ".join(answer.screen(result(releases=releases), 100).split())
    assert "Python 3.13.0 and 3.13.15 differ in more than the GIL." in text
    assert "in more than the GIL" not in answer.screen(result(), 100)


def test_builds_that_both_have_the_gil_are_called_by_their_names():
    same = {"sequential": (0.04, 0.02), "threads": (0.04, 0.04)}
    text = " ".join(answer.screen(result(same, ("old", "new"), ()), 100).split())
    assert "Under new, sequential runs 2 times faster than under old, and overtakes" not in text
    assert "Under new, sequential runs 2 times faster than under old; nothing changes" in text


def test_each_row_has_a_ratio_to_its_interpreters_baseline_and_one_to_the_first(freed):
    [judgement] = freed.judgements
    rows = {(row.cell.executor, row.cell.variant): row for row in judgement.rows}
    threads = rows["threads", "free"]
    assert threads.ratio.estimate == pytest.approx(0.5)
    assert threads.within.reference is rows["sequential", "free"]
    assert threads.within.ratio.estimate == pytest.approx(0.5125)
    assert rows["threads", "gil"].within.ratio.estimate == pytest.approx(1.025)
    assert rows["sequential", "free"].within is None


@pytest.mark.parametrize(
    ("relative_to", "headings"),
    [
        ("", ["executor", "gil", "vs sequential", "free", "vs sequential", "vs gil"]),
        ("executor", ["executor", "gil", "vs sequential", "free", "vs sequential"]),
        ("python", ["executor", "gil", "free", "vs gil"]),
    ],
)
def test_the_table_has_both_ratios_or_the_one_that_is_asked_for(freed, relative_to, headings):
    [table] = document.answers(freed, View(relative_to=relative_to))
    assert [column.heading for column in table.columns] == headings
    assert {len(texts) for texts in table.texts} == {len(headings)}


@pytest.mark.parametrize("kind", ["markdown", "markdown-full", "latex", "html"])
def test_what_people_read_has_the_sentences_and_the_table(freed, kind):
    text = formats.FORMATS[kind].make(freed).replace("\\", "")
    assert "overtake processes" in text
    assert "vs sequential" in text
    assert "vs gil" in text


def test_what_programs_read_has_both_ratios(freed):
    rows = list(csv.DictReader(io.StringIO(formats.FORMATS["csv"].make(freed))))
    [threads] = [row for row in rows if (row["executor"], row["variant"]) == ("threads", "free")]
    assert float(threads["ratio"]) == pytest.approx(0.5)
    assert float(threads["within_ratio"]) == pytest.approx(0.5125)
    assert threads["within_verdict"] == "wins"
    told = json.loads(formats.FORMATS["json"].make(freed))
    jsonschema.validate(told, SCHEMA)
    [work] = told["works"]
    assert [(each["name"], each["best"]) for each in work["interpreters"]] == [
        ("gil", "processes"),
        ("free", "threads"),
    ]


def test_a_build_whose_gil_came_back_is_named_and_has_no_rank():
    found = result(gil_on=["threads"])
    text = " ".join(answer.screen(found, 100).split())
    assert "Not ranked: threads (free) had the GIL on again" in text
    assert "overtake" not in text
    [judgement] = found.judgements
    row = next(row for row in judgement.rows if row.name == "threads (free)")
    assert (row.ratio, row.within) == (None, None)
    jsonschema.validate(json.loads(formats.FORMATS["json"].make(found)), SCHEMA)


def test_asking_for_an_axis_that_a_run_has_not_is_one_line(tmp_path):
    told = typed("run", "sleep", "--relative-to", "python", cwd=tmp_path)
    assert told.returncode == 2
    assert told.stderr == (
        "asyncbench: --relative-to chooses between the two ratios of a run with two or more "
        "--python, and this run has none; leave it out\n"
    )
