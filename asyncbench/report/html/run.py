"""What the HTML report says of one run, in the order it says it: plain data for a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from asyncbench import units
from asyncbench.analysis.grid import Grid
from asyncbench.analysis.judgement import Judgement
from asyncbench.analysis.result import Result
from asyncbench.analysis.sweep import Sweep
from asyncbench.record.run import Run
from asyncbench.report import answers, axes, document, matrix, trust, why
from asyncbench.report.answers import Tone
from asyncbench.report.document import Table
from asyncbench.report.html import bars, charts, distribution, method, ratios, tables
from asyncbench.report.html.charts import Chart
from asyncbench.report.html.heat import Heat, of_grid
from asyncbench.report.html.lines import Lines, of_sweep
from asyncbench.report.text import as_sentence, listed, plain
from asyncbench.report.text import name as short

# So many works are named in a title.
NAMED = 4


@dataclass(frozen=True, slots=True)
class WorkSection:
    """One workload: its charts, its numbers, and why they came out so."""

    title: str
    times: Chart | None
    ratios: Chart | None
    costs: Sequence[Chart]
    samples: Chart | None
    thinned: str
    table: Table
    spread: Table
    why: Sequence[str]


@dataclass(frozen=True, slots=True)
class RunSection:
    """Everything that the report says of one run."""

    title: str
    asked: str
    facts: Sequence[str]
    answers: Sequence[tuple[str, str, str]]
    brief: str
    warnings: Sequence[str]
    families: Sequence[str]
    margin: str
    contests: Chart | None
    beside: Sequence[Table]
    works: Sequence[WorkSection]
    method: Sequence[str]
    environment: Sequence[tuple[str, str]]
    raw: Table
    lines: Lines | None = None
    heat: Heat | None = None


def of_run(result: Result, runs: int = 1) -> RunSection:
    """Return what there is to say of a run, one of so many on a page."""
    run, judgements = result.run, result.judgements
    names = document.names(run.plan.works)
    cells = max(1, sum(len(each.rows) for each in judgements))
    points = min(distribution.MOST_OF_CELL, distribution.MOST_POINTS // (cells * runs))
    several = len(judgements) > 1 and not run.plan.axes
    said = answers.of_all(judgements, run.plan.margin) if several else ""
    return RunSection(
        title=named(run),
        asked=asked(run),
        facts=_facts(run),
        answers=[
            *(("", each.text, _MARKS[each.tone]) for each in axes.answer(result)),
            *([("", said, "")] if said else []),
            *(
                answer
                for judgement, name in zip(judgements, names, strict=True)
                if not run.plan.axes  # a point's answer stands in the picture
                for answer in _answers(judgement, name)
            ),
        ],
        brief=as_sentence(trust.in_brief(result)),
        warnings=trust.warnings(result, names),
        families=list(
            dict.fromkeys(
                charts.family(row) for each in judgements for row in each.rows if row.figures
            )
        ),
        margin=units.margin(run.plan.margin),
        contests=None if run.plan.variants else ratios.contests(judgements, names, run.plan.margin),
        beside=document.answers(result) if run.plan.variants else [],
        works=[
            _work(result, judgement, table, name, points)
            for judgement, table, name in zip(
                judgements, document.works(result), names, strict=True
            )
        ],
        method=[*method.paragraphs(result), *trust.sentences(result)],
        environment=method.environment(run),
        raw=tables.raw(result),
        lines=of_sweep(Sweep(result)) if len(run.plan.axes) == 1 else None,
        heat=of_grid(Grid(result)) if len(run.plan.axes) == 2 else None,
    )


def named(run: Run) -> str:
    """Return what a run is called: by the name it was given, or the file it is in."""
    return plain(run.name or (run.path.name if run.path else "") or "a run that was not saved")


def asked(run: Run) -> str:
    """Return what a run was to find out: which works, under which executors, in which variants."""
    works = [short(each) for each in document.names(run.plan.works)]
    if run.plan.axes:
        over = listed([short(axis.called) for axis in run.plan.axes])
        works = [f"{short(run.plan.works[0].workload)} by {over}"]
    if len(works) > NAMED:
        works[NAMED - 1 :] = [f"{len(works) - NAMED + 1} more works"]
    executors = list(dict.fromkeys(cell.executor for cell in run.plan.cells))
    under = short(executors[0]) if len(executors) == 1 else f"{len(executors)} executors"
    text = f"{listed(works) or 'nothing'} under {under}"
    if run.plan.variants:
        text += f": {listed([short(each.name) for each in run.plan.variants])}"
    return text


def _facts(run: Run) -> list[str]:
    python = " ".join(
        str(run.environment[name])
        for name in ("implementation", "python")
        if name in run.environment
    )
    parts = [
        f"Started {run.started}",
        f"took {units.seconds(run.end.wall_ns / 1e9)}" if run.end else "",
        python,
        str(run.environment.get("cpu_model") or ""),
        f"{run.environment['cpus']} CPUs" if "cpus" in run.environment else "",
        f"journal {run.path}" if run.path else "",
    ]
    return [plain(part) for part in parts if part]


def _answers(judgement: Judgement, name: str) -> list[tuple[str, str, str]]:
    """Return (workload, sentence, verdict): one for a work, or one for each of its variants."""
    if judgement.matrix:
        return [(name, each, "") for each in matrix.sentences(judgement)]
    if judgement.variants:
        return [(name, _changed(judgement, variant), "") for variant in judgement.variants[1:]]
    answer = answers.sentence(judgement)
    reasons = [f" {each}." for each in why.of_best(judgement)]
    return [(name, f"{answer.text}{''.join(reasons)}", _MARKS[answer.tone])]


# What the style sheet calls each tone: the verdict whose colour it has.
_MARKS = {Tone.SURE: "wins", Tone.LEVEL: "ties", Tone.OPEN: "inconclusive"}


def _changed(judgement: Judgement, variant: str) -> str:
    rows = [row for row in judgement.rows if row.cell.variant == variant]
    words = {"slower": "is", "faster": "is", "unchanged": "unchanged:"}
    parts = [
        f"{plain(row.cell.executor)} {words.get(answers.changed(row), 'not yet sure:')} "
        f"{units.times(row.ratio)}"
        if row.ratio
        else f"{plain(row.cell.executor)} was not compared"
        for row in rows
    ]
    return f"{plain(variant)} beside {plain(judgement.variants[0])}: {'; '.join(parts)}."


def _work(
    result: Result, judgement: Judgement, table: Table, name: str, points: int
) -> WorkSection:
    run = result.run
    reference = document.reference(judgement)
    if judgement.variants:
        reference += " of the same executor"
    most = max((row.figures.samples for row in judgement.rows if row.figures), default=0)
    return WorkSection(
        title=name,
        times=bars.times(judgement, name, table.caption),
        ratios=ratios.chart(
            f"{name}: {plain(reference)} = 1",
            ratios.dots(judgement.rows, judgement.ideal),
            run.plan.margin,
        ),
        costs=bars.costs(judgement.rows),
        samples=distribution.samples(run, judgement.rows, points),
        thinned=_thinned(points) if most > points else "",
        table=replace(table, caption="Times, ratios and costs in numbers"),
        spread=tables.spread(result, judgement),
        why=table.notes,
    )


def _thinned(points: int) -> str:
    if points < 2:
        return " (left out: there are too many cells)"
    return f" (of the larger cells {points}, from the fastest to the slowest)"
