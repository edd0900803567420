"""What the HTML report says of one run, in the order it says it: plain data for a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from asyncbench import units
from asyncbench.analysis import explain
from asyncbench.analysis.judgement import Judgement, Row, Verdict
from asyncbench.analysis.result import Result
from asyncbench.record.run import Run
from asyncbench.report import document, trust
from asyncbench.report.document import Table
from asyncbench.report.html import charts, costs, distribution, method, overview, tables
from asyncbench.report.html.overview import Overview
from asyncbench.report.text import plain


@dataclass(frozen=True, slots=True)
class Chart:
    """A Plotly figure with the words that stand for it where it is not seen."""

    kind: str
    title: str
    words: str
    figure: dict[str, Any]
    legend: str = ""


@dataclass(frozen=True, slots=True)
class WorkSection:
    """One workload: what ran, its charts, their numbers, and why they came out so."""

    title: str
    stated: str
    charts: Sequence[Chart]
    table: Table
    spread: Table
    why: Sequence[str]
    families: Sequence[str]


@dataclass(frozen=True, slots=True)
class RunSection:
    """Everything that the report says of one run."""

    title: str
    facts: Sequence[str]
    answers: Sequence[tuple[str, str, str]]
    overview: Overview | None
    tables: Sequence[Table]
    works: Sequence[WorkSection]
    method: Sequence[str]
    environment: Sequence[tuple[str, str]]
    warnings: Sequence[str]
    raw: Table


def of_run(result: Result) -> RunSection:
    """Return what there is to say of a run."""
    run, judgements = result.run, result.judgements
    names = document.names(run.plan.works)
    points = max(2, distribution.MOST_POINTS // max(1, sum(len(each.rows) for each in judgements)))
    return RunSection(
        title=named(run),
        facts=_facts(run),
        answers=[
            answer
            for judgement, name in zip(judgements, names, strict=True)
            for answer in _answers(judgement, name, run.plan.margin)
        ],
        overview=overview.of_contests(judgements, names, run.plan.margin),
        tables=document.answers(result),
        works=[
            _work(result, judgement, table, name, points)
            for judgement, table, name in zip(
                judgements, document.works(result), names, strict=True
            )
        ],
        method=method.paragraphs(result),
        environment=method.environment(run),
        warnings=trust.warnings(result, names),
        raw=tables.raw(result),
    )


def named(run: Run) -> str:
    """Return what a run is called: by the name it was given, or the file it is in."""
    return plain(run.name or (run.path.name if run.path else "") or "a run that was not saved")


def _facts(run: Run) -> list[str]:
    python = " ".join(
        str(run.environment[name])
        for name in ("implementation", "python")
        if name in run.environment
    )
    parts = [
        f"started {run.started}",
        f"took {units.seconds(run.end.wall_ns / 1e9)}" if run.end else "",
        python,
        str(run.environment.get("cpu_model") or ""),
        f"{run.environment['cpus']} CPUs" if "cpus" in run.environment else "",
        f"journal {run.path}" if run.path else "",
    ]
    return [plain(part) for part in parts if part]


def _answers(judgement: Judgement, name: str, margin: float) -> list[tuple[str, str, str]]:
    """Return (workload, sentence, verdict): one for a work, or one for each of its variants."""
    if judgement.variants:
        return [(name, _changed(judgement, variant), "") for variant in judgement.variants[1:]]
    contest = judgement.contest
    why = plain(explain.of_contest(judgement))
    if not (contest.cooperative and contest.preemptive and contest.ratio):
        return [(name, f"{why[:1].upper()}{why[1:]}.", "inconclusive")]
    mine, its = (plain(charts.label(each)) for each in (contest.cooperative, contest.preemptive))
    beside = f"{mine} is {units.times(contest.ratio)} than {its}, the best preemptive executor"
    told = {
        Verdict.WINS: f"Cooperative multitasking wins: {beside}",
        Verdict.LOSES: f"Cooperative multitasking loses: {beside}",
        Verdict.TIES: f"It makes no difference: {mine} and {its} tie within {margin:.0%}",
    }
    sentence = told.get(contest.verdict) if contest.verdict else None
    if sentence is None:
        sentence = f"Cannot tell: {mine} came out {units.times(contest.ratio)} than {its}"
    return [(name, f"{sentence}; {why}.", str(contest.verdict or ""))]


def _changed(judgement: Judgement, variant: str) -> str:
    rows = [row for row in judgement.rows if row.cell.variant == variant]
    words = {"wins": "is", "loses": "is", "ties": "ties:"}
    parts = [
        f"{plain(row.cell.executor)} {words.get(str(row.verdict), 'cannot be told:')} "
        f"{units.times(row.ratio)}"
        if row.ratio
        else f"{plain(row.cell.executor)} was not compared"
        for row in rows
    ]
    return f"{plain(variant)} beside {plain(judgement.variants[0])}: {'; '.join(parts)}."


def _work(
    result: Result, judgement: Judgement, table: Table, name: str, points: int
) -> WorkSection:
    reference = document.reference(judgement)
    if judgement.variants:
        reference += " of the same executor"
    return WorkSection(
        title=name,
        stated=table.caption,
        charts=_charts(result.run, judgement, reference, points),
        table=replace(table, caption="Times, ratios and costs in numbers"),
        spread=tables.spread(result, judgement),
        why=table.notes,
        families=list(dict.fromkeys(row.cell.family for row in judgement.rows if row.figures)),
    )


def _charts(run: Run, judgement: Judgement, reference: str, points: int) -> list[Chart]:
    lines = charts.dots(judgement.rows, judgement.ideal)
    measured = [row for row in judgement.rows if row.figures]
    found = []
    if lines:
        told = [f"{plain(dot.label)} {dot.words}" for dot in lines if not dot.is_reference]
        found.append(
            Chart(
                "ratios",
                "Ratios of times with their intervals",
                f"Dot chart of times relative to {plain(reference)}: {'; '.join(told)}.",
                charts.ratios(lines, run.plan.margin, reference),
                f"The line at 1 is {plain(reference)}, the band about it the margin of "
                f"{run.plan.margin:.0%}; an upright stroke marks the ideal, which no executor can "
                "beat. Hollow: too few rounds for an interval.",
            )
        )
    if measured:
        found += [
            Chart(
                "samples",
                "Distribution of the samples",
                "Box and strip chart: every cell's samples beside their median. Quartiles and "
                "extremes stand in the table of samples.",
                distribution.samples(run, measured, points),
                "A box holds the middle half of a cell's samples; below it is every sample"
                f"{_thinned(run, measured, points)}, the first round uppermost. Two clouds are two "
                "modes; clouds that wander are drift.",
            ),
            Chart(
                "costs",
                "Cost a batch",
                "Bar charts of CPU time, context switches, peak memory and start-up: "
                f"{'; '.join(_spent(row) for row in measured)}.",
                costs.costs(measured),
                "Context switches are voluntary + involuntary (hatched). Start-up is that of the "
                "pool or loop with its lanes.",
            ),
        ]
    return found


def _thinned(run: Run, rows: Sequence[Row], points: int) -> str:
    most = max(row.figures.samples for row in rows if row.figures)
    return (
        f" (of the larger cells {points}, from the fastest to the slowest)" if most > points else ""
    )


def _spent(row: Row) -> str:
    parts = [f"{panel.title} {panel.text(row.figures)}" for panel in costs.PANELS if row.figures]
    return f"{plain(charts.label(row))} {', '.join(parts)}"
