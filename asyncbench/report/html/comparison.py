"""What the HTML report says of two runs: which cells differ, how surely, and what may be why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from asyncbench import units
from asyncbench.analysis.comparison import Comparison, Matched, label
from asyncbench.analysis.summary import Figures
from asyncbench.report.document import NOTHING, Entry, Table, fields, ratio
from asyncbench.report.html import ratios
from asyncbench.report.html.charts import Chart
from asyncbench.report.layout import Column
from asyncbench.report.terminal import comparison as sentences
from asyncbench.report.text import plain


@dataclass(frozen=True, slots=True)
class ComparisonSection:
    """One run beside the first: the answer, a chart of ratios, the table of them, what to know."""

    title: str
    answer: str
    chart: Chart | None
    table: Table
    warnings: Sequence[str]
    notes: Sequence[str]


def of_comparison(comparison: Comparison) -> ComparisonSection:
    """Return what there is to say of a comparison."""
    first, other = (plain(label(run)) for run in (comparison.first, comparison.other))
    names = _names(comparison.rows)
    held = [
        ratios.Dot(name, row.ratio, str(row.verdict or ""))
        for row, name in zip(comparison.rows, names, strict=True)
        if row.ratio
    ]
    return ComparisonSection(
        f"{other} beside {first}",
        sentences.answer(comparison),
        ratios.chart("Time in the other run, in the first = 1", held, comparison.margin),
        _table(comparison.rows, names),
        [plain(f"They differ in {each} (first / other).") for each in comparison.warnings],
        [
            *(plain(f"Note: {note}.") for note in comparison.notes),
            *map(plain, sentences.below(comparison)),
        ],
    )


def _names(rows: Sequence[Matched]) -> list[str]:
    """Return a name for each cell: workload and executor, and more where that is not enough."""
    short = [
        plain(", ".join(filter(None, [row.work.workload, row.executor, row.variant])))
        for row in rows
    ]
    often = Counter(short)
    return [
        name if often[name] == 1 else plain(row.name) for row, name in zip(rows, short, strict=True)
    ]


def _table(rows: Sequence[Matched], names: Sequence[str]) -> Table:
    lines = [
        [
            Entry(name, name),
            _time(row.first),
            _time(row.other),
            ratio(row.ratio),
            Entry(
                str(row.verdict or "not compared"),
                str(row.verdict or ""),
                str(row.verdict or "failed"),
            ),
            *fields([row.why]),
        ]
        for row, name in zip(rows, names, strict=True)
    ]
    columns = [
        Column(heading=heading, right=heading in ("first", "other"))
        for heading in ("cell", "first", "other", "other is", "verdict", "why")
    ]
    return Table("Time a batch in both runs", columns, lines, sortable=True)


def _time(figures: Figures | None) -> Entry:
    if figures is None:
        return Entry(NOTHING)
    return Entry(units.spread(figures.time), figures.time.estimate)
