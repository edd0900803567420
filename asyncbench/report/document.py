"""What a document says of a run, as titles, tables and sentences: mark-up is for others."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from asyncbench import units
from asyncbench.analysis import explain
from asyncbench.analysis.result import Result
from asyncbench.analysis.verdict import Judgement, Row
from asyncbench.report.columns import COLUMNS, usual
from asyncbench.report.terminal import run as table
from asyncbench.report.terminal import variants
from asyncbench.report.text import plain


@dataclass(frozen=True, slots=True)
class Section:
    """A table with a title above it and sentences below it; `right`: columns of numbers."""

    title: str
    headings: list[str]
    right: list[bool]
    rows: list[list[str]]
    notes: list[str]


# Where a page has no room for all columns, these go.
SPARE = ("cpu", "switches", "held", "rss", "startup")


def sections(result: Result, *, narrow: bool = False) -> list[Section]:
    """Give the answers first, then a section a work; texts are free of control characters."""
    run, judgements = result.run, result.judgements
    if run.plan.variants:
        first, *later = run.plan.variants
        found = [_variants(judgements, first.name, each.name) for each in later]
    else:
        found = [_contests(judgements)]
    found += [_work(judgement, narrow=narrow) for judgement in judgements]
    return [
        Section(
            plain(each.title),
            [plain(heading) for heading in each.headings],
            each.right,
            [[plain(text) for text in row] for row in each.rows],
            [plain(note) for note in each.notes],
        )
        for each in found
    ]


def trust(result: Result) -> list[str]:
    """Give sentences that say how far the run can be trusted, and what its variants were."""
    return [
        *table.trust(result, sys.maxsize).splitlines(),
        *(plain(variants.stated(variant)) for variant in result.run.plan.variants),
    ]


def _contests(judgements: Sequence[Judgement]) -> Section:
    rows, notes = [], []
    for judgement in judgements:
        contest = judgement.contest
        rows.append(
            [
                judgement.work.workload,
                contest.cooperative.cell.executor if contest.cooperative else "-",
                contest.preemptive.cell.executor if contest.preemptive else "-",
                units.times(contest.ratio) if contest.ratio else "-",
                contest.verdict or "-",
            ]
        )
        notes.append(f"{judgement.work.workload}: {explain.of_contest(judgement)}.")
    return Section(
        "Where cooperative multitasking wins or loses (the best of each side)",
        ["workload", "cooperative", "preemptive", "cooperative is", "verdict"],
        [False] * 5,
        rows,
        notes,
    )


def _variants(judgements: Sequence[Judgement], first: str, later: str) -> Section:
    rows = [
        [
            judgement.work.workload,
            row.cell.executor,
            _time(row.reference),
            _time(row),
            units.times(row.ratio) if row.ratio else "-",
            (row.verdict or "-") if row.ok else row.status,
        ]
        for judgement in judgements
        for row in judgement.rows
        if row.cell.variant == later
    ]
    return Section(
        f"{later} beside {first}: time a batch",
        ["workload", "executor", first, later, "it is", "verdict"],
        [False, False, True, True, False, False],
        rows,
        [],
    )


def _work(judgement: Judgement, *, narrow: bool) -> Section:
    columns = [COLUMNS[name] for name in usual(judgement) if not (narrow and name in SPARE)]
    return Section(
        table.title(judgement),
        [
            f"vs {table.reference(judgement)}" if each.name == "ratio" else each.heading
            for each in columns
        ],
        [column.right for column in columns],
        [[column.text(judgement, row) for column in columns] for row in judgement.rows],
        notes(judgement),
    )


def notes(judgement: Judgement) -> list[str]:
    """Say why each row came out as it did; rows with the same to say share a sentence."""
    told = table.explanations(judgement, judgement.rows)
    told += [f"{trouble}." for trouble in table.troubles(judgement.rows)]
    if judgement.target:
        facts = ", ".join(f"{name} {value}" for name, value in judgement.target.facts.items())
        told.append(f"server: {facts.removeprefix('server ')}.")
    return told


def _time(row: Row | None) -> str:
    return units.spread(row.figures.time) if row and row.figures else "-"
