"""The first screen: the answer first, in plain words, on one screen of a terminal."""

from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from asyncbench import load
from asyncbench.analysis.judgement import Lead, Rival, Verdict
from asyncbench.analysis.result import Result
from asyncbench.record.lines import Failure
from asyncbench.record.samples import Samples
from asyncbench.report import again, answers
from asyncbench.report.answers import Tone
from asyncbench.report.terminal import answer, bars
from asyncbench.report.text import cells
from asyncbench.stats.intervals import Interval
from tests.support.fakes import FakeLauncher, measured, plan, steady

REFERENCE = Path(__file__).parents[2] / "results" / "reference-default.jsonl"
# Words that nobody knows who has not read a manual.
JARGON = ("twin", "lanes", "ideal", "margin", "inconclusive", "batch", "preemptive")


def judged(**times):
    return Result(measured(plan(*times, margin=0.05, until_decided=True), steady(**times)))


@pytest.fixture(scope="module")
def reference():
    return load(REFERENCE)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_default_run_fits_on_one_screen(reference, width):
    lines = answer.screen(reference, width).splitlines()
    assert max(cells(line) for line in lines if "/" not in line) <= width  # a path stays whole
    if width >= 80:
        assert len(lines) <= 24


@pytest.mark.parametrize("word", JARGON)
def test_the_default_run_uses_no_word_that_needs_a_manual(reference, word):
    assert word not in answer.screen(reference, 80)


def test_where_cooperative_multitasking_wins_comes_first(reference):
    first = answer.screen(reference, 80).splitlines()[0]
    assert first.startswith("Cooperative multitasking wins on ")


def test_the_best_stands_first_and_bars_are_to_scale():
    screen = answer.screen(judged(sequential=0.04, threads=0.02, asyncio=0.01), 80)
    [one, two, three] = [line for line in screen.splitlines() if "█" in line]
    assert one.startswith("▶ asyncio ")
    assert two.count("█") == pytest.approx(2 * one.count("█"), abs=1)
    assert three.count("█") == pytest.approx(4 * one.count("█"), abs=2)
    for line, told in zip(
        (one, two, three), ("4.00x faster", "2.00x faster", "the baseline"), strict=True
    ):
        assert told in line


@pytest.mark.parametrize(
    ("times", "text", "tone"),
    [
        ({"asyncio": 0.02, "uvloop": 0.01}, "uvloop wins, 2.00x", Tone.SURE),
        ({"asyncio": 0.0101, "uvloop": 0.01}, "uvloop or asyncio: too close", Tone.LEVEL),
        (
            {"threads": 0.0101, "asyncio": 0.0102, "uvloop": 0.01},
            "uvloop, threads or asyncio: too close",
            Tone.LEVEL,
        ),
        ({"asyncio": 0.01}, "only asyncio ran", Tone.OPEN),
    ],
)
def test_the_answer_of_a_work_names_who_wins_and_who_is_as_quick(times, text, tone):
    [judgement] = judged(**times).judgements
    assert answers.of_work(judgement) == answers.Answer(text, tone)


def test_who_is_quicker_for_sure_but_perhaps_by_little_is_said_to_be():
    times = {"asyncio": lambda round_, _: 0.0102 if round_ % 3 else 0.02, "uvloop": lambda *_: 0.01}
    run = measured(plan(*times, margin=0.05, budget_s=60.0), FakeLauncher(times))
    result = Result(run)
    [judgement] = result.judgements
    [rival] = judgement.lead.rivals
    sure = replace(rival, ratio=Interval(1.5, 1.02, 2.0, 0.05), verdict=Verdict.INCONCLUSIVE)
    judgement.lead = replace(judgement.lead, rivals=[sure])
    assert answers.of_work(judgement).text == "uvloop wins, 1.50x (at least 1.02x)"
    near = replace(sure, ratio=Interval(1.06, 1.02, 1.1, 0.05))
    judgement.lead = replace(judgement.lead, rivals=[near])
    assert answers.of_work(judgement).text == "uvloop narrowly wins, 1.06x"


@pytest.mark.parametrize(
    ("quicker", "text", "marks"),
    [("uvloop", "uvloop leads by 1.20x, not yet sure", 1),
     ("asyncio", "not yet sure who is quickest", 0)],
)  # fmt: skip
def test_nobody_leads_whose_time_beside_it_is_the_longer(quicker, text, marks):
    result = judged(**({"asyncio": 0.02, "uvloop": 0.02} | {quicker: 0.015}))
    [judgement] = result.judgements
    rows = {row.name: row for row in judgement.rows}
    beside = Rival(rows["asyncio"], Interval(1.2, 0.8, 1.5, 0.05), Verdict.INCONCLUSIVE)
    judgement.lead = Lead(rows["uvloop"], [beside])
    assert answers.of_work(judgement).text == text
    assert answer.screen(result, 80).count(bars.UNICODE.best) == marks


def test_cells_that_did_different_work_are_said_to_and_how_to_compare_them():
    launcher = steady(threads=0.02, asyncio=0.01)
    launcher.proofs = {"threads": (4, 1), "asyncio": (4, 2)}
    [judgement] = Result(measured(plan(*launcher.times), launcher)).judgements
    said = answers.of_work(judgement).text
    assert said == "results differ: not compared (--proof none does)"


def test_all_reasons_of_one_work_stand_on_its_screen_once():
    result = judged(sequential=0.04, threads=0.02, asyncio=0.01)
    screen = answer.screen(result, 100, explained=True)
    assert screen.count("How sure") == screen.count("Why  ") == 1
    assert len(screen) > len(answer.screen(result, 100))


def test_where_a_cell_differs_from_itself_nothing_is_claimed():
    times = {"threads": 0.02, "asyncio": 0.01}
    run = measured(plan(*times, until_decided=True), steady(**times))
    [control] = run.controls
    run.samples = Samples(
        structs.replace(each, wall_ns=each.wall_ns * 2) if each.cell == control.id else each
        for each in run.samples
    )
    result = Result(run)
    [judgement] = result.judgements
    assert not judgement.is_decided
    assert answers.of_cooperative([judgement], 0.05).endswith("may win or lose on wait.")
    told = answer.screen(result, 100)
    assert "wins" not in told
    assert "2.00x faster?" in told
    assert "measure again when it is quieter" in answers.surer(result)
    assert "Quiet" not in told


@pytest.mark.parametrize(
    ("saved", "reference", "told"),
    [
        ("results/a.jsonl", "", "export @ -o table.md"),
        ("results/a.jsonl", "main", "export main -o table.md"),
        ("my runs/a.jsonl", "my runs/a.jsonl", "export 'my runs/a.jsonl' -o table.md"),
        (None, "", "nowhere (--no-save)"),
    ],
)
def test_what_is_typed_next_is_about_the_run_that_is_shown(saved, reference, told):
    result = judged(threads=0.02, asyncio=0.01)
    result.run.path = saved and Path(saved)
    screen = answer.screen(result, 200, reference=reference)
    assert told in screen
    assert ("asyncbench export" in screen) == bool(saved)
    # In Python nobody types commands.
    assert "asyncbench" not in answer.screen(result, 200, reference=None)


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({"reference": "app.py:get", "tasks": 2}, "app.py:get -n 2"),
        ({"reference": "my app.py:get", "params": {"a": "b c"}}, "'my app.py:get' -n 4 -p 'a=b c'"),
        (
            {"reference": "a b.py:f|app.py:g", "concurrency": 1},
            "--sync 'a b.py:f' --async app.py:g -n 4 -c 1",
        ),
    ],
)
def test_the_command_that_looks_closer_can_be_pasted(changes, command):
    result = judged(threads=0.02, asyncio=0.01)
    [judgement] = result.judgements
    usual = {"params": {}, "tasks": 24, "concurrency": 24}
    judgement.work = replace(judgement.work, **(usual | changes))
    assert again.trace(judgement, result.run.plan) == f"asyncbench trace {command}"


def test_an_answer_of_rounds_too_few_for_an_interval_claims_none():
    result = judged(threads=0.02, asyncio=0.01)
    first = result.run.samples
    result.run.samples = Samples(each for each in first if each.round < 3)
    assert "intervals" not in answer.screen(result, 200)


def test_what_is_not_told_yet_says_what_would_tell():
    times = {"asyncio": 0.02, "uvloop": 0.01}
    run = measured(plan(*times, budget_s=2.0, until_decided=True), steady(**times))
    short = replace(run, samples=type(run.samples)(s for s in run.samples if s.round < 4))
    result = Result(short)
    assert "not yet sure" in answers.of_work(result.judgements[0]).text
    assert "more seconds would tell (--budget " in answers.surer(result)


def test_cells_that_could_not_run_are_one_line_with_the_reason():
    times = {"sequential": 0.02, "threads": 0.01, "asyncio": 0.01}
    run = measured(plan(*times), steady(**times))
    run.failures += [Failure(1, 1, "ValueError: no"), Failure(2, 1, "ValueError: no")]
    screen = " ".join(answer.screen(Result(run), 200).split())
    assert screen.count("ValueError: no") == 1
    assert "threads, asyncio (failed: ValueError: no)" in screen


def test_who_cannot_run_in_any_interpreter_is_named_once_and_without_them():
    planned = plan("sequential", "interpreters", "uvloop", variants=("old", "new"))
    why = {"uvloop": "no uvloop", "interpreters old": "too old"}
    cells = [
        replace(
            each, unavailable=why.get(each.executor) or why.get(f"{each.executor} {each.variant}")
        )
        for each in planned.cells
    ]
    times = {"sequential old": 0.02, "sequential new": 0.02, "interpreters new": 0.01}
    launcher = FakeLauncher({name: lambda *_, s=each: s for name, each in times.items()})
    run = measured(replace(planned, cells=cells), launcher)
    screen = " ".join(answer.screen(Result(run), 200).split())
    assert "Not run interpreters in old (too old); uvloop (no uvloop)" in screen


def test_letters_are_the_same_with_colour_and_without(reference):
    painted = answer.screen(reference, 80, paint=lambda text, role: f"<{role}>{text}</>")
    bare = answer.screen(reference, 80)
    stripped = painted.replace("</>", "")
    for role in ("sure", "level", "open", "noisy", "headline", "work", "dim", "bar", ""):
        stripped = stripped.replace(f"<{role}>", "")
    assert stripped == bare


def test_a_terminal_without_blocks_gets_ascii(reference):
    signs = {*answer.screen(reference, 80, bars=bars.ASCII)}
    assert {sign for sign in signs if not sign.isascii()} <= {"±", "…"}  # as in tables
    assert {"#", ">"} <= signs


def test_many_works_get_a_line_each(reference):
    run = reference.run
    many = replace(run.plan, works=run.plan.works * 3, cells=[
        replace(cell, id=cell.id + 100 * turn, work=cell.work + 3 * turn)
        for turn in range(3) for cell in run.plan.cells
    ])  # fmt: skip
    lines = answer.screen(Result(replace(run, plan=many)), 80).splitlines()
    assert len(lines) <= 24


def test_the_reasons_name_each_work_and_what_was_measured(reference):
    told = answer.reasons(reference, 100)
    assert told.count("\nWhy ") == 3
    assert "of CPU time under" in told
