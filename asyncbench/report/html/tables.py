"""The tables of the HTML report as data: what a field says, and what it is sorted by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

from asyncbench import units
from asyncbench.analysis.summary import Figures
from asyncbench.analysis.verdict import Judgement, Row
from asyncbench.record.plan import Work
from asyncbench.record.run import Run
from asyncbench.report import columns
from asyncbench.report.html import charts, distribution
from asyncbench.report.terminal import run as table
from asyncbench.report.text import plain
from asyncbench.stats.intervals import Interval

NOTHING = "-"
# Of the columns that tables can have these, the most telling first.
FIGURES = (
    "time",
    "ratio",
    "verdict",
    "ideal",
    "rate",
    "lanes",
    "cpu",
    "switches",
    "held",
    "rss",
    "startup",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a table: its text, what it is sorted by, and the verdict that it is, if any."""

    text: str
    key: float | str | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; headings with True are of numbers. The first column names the row."""

    caption: str
    headings: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[Entry]]
    sortable: bool = False


def fields(texts: Iterable[str]) -> list[Entry]:
    """Give texts as fields that sort by themselves."""
    return [Entry(plain(text), plain(text)) for text in texts]


def ratio(of: Interval | None) -> Entry:
    """Give a ratio of times as a field."""
    return Entry(units.times(of), of.estimate) if of else Entry(NOTHING)


def verdict(of: Row) -> Entry:
    """Give a row's verdict as a field, or what stands in its place."""
    mark = "failed" if not of.ok else "baseline" if of.is_baseline else of.verdict
    return Entry(columns.verdict(of), columns.verdict(of), str(mark or ""))


def size(work: Work) -> str:
    """Say how much of a work there is."""
    return f"{work.tasks} tasks, up to {work.concurrency} at once"


def params(work: Work) -> str:
    """Give the parameters of a work in one line."""
    return ", ".join(f"{name}={value}" for name, value in work.params.items())


def contests(judgements: Sequence[Judgement], names: Sequence[str]) -> Table:
    """Give the table that the tool exists for: a line a work."""
    rows = []
    for judgement, name in zip(judgements, names, strict=True):
        contest = judgement.contest
        sides = [
            charts.label(each) if each else NOTHING
            for each in (contest.cooperative, contest.preemptive)
        ]
        mark = str(contest.verdict or "")
        rows.append(
            [
                *fields([name, *sides]),
                ratio(contest.ratio),
                Entry(mark or NOTHING, mark, mark),
            ]
        )
    return Table(
        "The best cooperative executor beside the best preemptive one",
        _words("workload", "cooperative", "preemptive", "cooperative is", "verdict"),
        rows,
    )


def beside(judgements: Sequence[Judgement], names: Sequence[str], variant: str) -> Table:
    """Give a variant beside the first, a line an executor."""
    rows = []
    first = ""
    for judgement, name in zip(judgements, names, strict=True):
        first = judgement.variants[0]
        for row in judgement.rows:
            if row.cell.variant == variant:
                times = [row.reference.figures if row.reference else None, row.figures]
                rows.append(
                    [
                        *fields([name, row.cell.executor]),
                        *(
                            Entry(units.spread(each.time), each.time.estimate)
                            if each
                            else Entry(NOTHING)
                            for each in times
                        ),
                        ratio(row.ratio),
                        verdict(row),
                    ]
                )
    return Table(
        f"{plain(variant)} beside {plain(first)}: time a batch",
        [
            *_words("workload", "executor"),
            *_numbers(plain(first), plain(variant)),
            *_words(f"{plain(variant)} is", "verdict"),
        ],
        rows,
    )


def figures(judgement: Judgement) -> Table:
    """Give a work's rows in numbers: what its charts of ratios and costs show."""
    usual = columns.usual(judgement)
    shown = [columns.COLUMNS[name] for name in FIGURES if name in usual]
    rows = [
        [
            *fields([charts.label(row)]),
            *(
                verdict(row) if each.name == "verdict" else Entry(each.text(judgement, row))
                for each in shown
            ),
        ]
        for row in judgement.rows
    ]
    beside = f"vs {plain(table.reference(judgement))}"
    headings = [
        ("executor", False),
        *((beside if each.name == "ratio" else each.heading, each.right) for each in shown),
    ]
    return Table("Times, ratios and costs in numbers", headings, rows)


def spread(run: Run, judgement: Judgement) -> Table:
    """Give the samples of a work's rows in numbers: what its chart of samples shows."""
    by_cell = run.samples_by_cell()
    rows = []
    for row in judgement.rows:
        taken = by_cell.get(row.cell.id)
        if not taken or not row.figures:
            continue
        times = sorted(map(distribution.seconds, taken))
        rows.append(
            [
                *fields([charts.label(row)]),
                Entry(str(len(taken)), len(taken)),
                Entry(str(row.figures.rounds), row.figures.rounds),
                *(
                    Entry(units.seconds(value), value)
                    for value in (times[0], *distribution.quartiles(times), times[-1])
                ),
            ]
        )
    headings = [
        *_words("executor"),
        *_numbers("samples", "rounds", "fastest", "first quartile", "median", "third quartile"),
        *_numbers("slowest"),
    ]
    return Table("Samples in numbers: time a batch", headings, rows)


RAW: tuple[tuple[str, Callable[[Figures], float | None]], ...] = (
    ("lanes", lambda its: its.lanes),
    ("samples", lambda its: its.samples),
    ("median_s", lambda its: its.time.estimate),
    ("ci_low_s", lambda its: its.time.low if isfinite(its.time.high) else None),
    ("ci_high_s", lambda its: its.time.high),
    ("tasks_per_s", lambda its: its.tasks_per_s),
    ("cpu_s", lambda its: its.cpu_s),
    ("voluntary_switches", lambda its: its.voluntary),
    ("involuntary_switches", lambda its: its.involuntary),
    ("peak_rss_bytes", lambda its: its.peak_rss_bytes),
    ("startup_s", lambda its: its.startup_s),
    ("shutdown_s", lambda its: its.shutdown_s),
)
RATIO = ("ratio", "ratio_ci_low", "ratio_ci_high")


def raw(judgements: Sequence[Judgement]) -> Table:
    """Give every cell with its numbers in seconds and bytes, under the names that the CSV has."""
    varied = any(judgement.variants for judgement in judgements)
    rows = [
        [
            *fields([row.cell.executor]),
            *fields([row.cell.variant] if varied else []),
            *fields([judgement.work.workload, params(judgement.work)]),
            _exact(judgement.work.tasks),
            _exact(judgement.work.concurrency),
            *fields([row.cell.family]),
            *(_exact(value(row.figures) if row.figures else None) for _, value in RAW),
            *map(_exact, _ratio(row)),
            verdict(row),
            *fields([row.status]),
        ]
        for judgement in judgements
        for row in judgement.rows
    ]
    headings = [
        *_words("executor", *(["variant"] if varied else []), "workload", "params"),
        *_numbers("tasks", "concurrency"),
        *_words("family"),
        *_numbers(*(name for name, _ in RAW), *RATIO),
        *_words("verdict", "status"),
    ]
    return Table("Every cell, a row each", headings, rows, sortable=True)


def _words(*names: str) -> list[tuple[str, bool]]:
    return [(name, False) for name in names]


def _numbers(*names: str) -> list[tuple[str, bool]]:
    return [(name, True) for name in names]


def _ratio(row: Row) -> tuple[float | None, float | None, float | None]:
    if row.is_baseline:
        return 1.0, 1.0, 1.0
    if row.ratio is None:
        return None, None, None
    known = isfinite(row.ratio.high)
    return row.ratio.estimate, row.ratio.low if known else None, row.ratio.high


def _exact(value: float | None) -> Entry:
    if value is None or not isfinite(value):
        return Entry("")
    return Entry(f"{value:.6g}" if isinstance(value, float) else str(value), value)
