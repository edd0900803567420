"""The tables that the HTML report has beyond those of every document: spreads, and every number."""

from __future__ import annotations

from asyncbench import units
from asyncbench.analysis import records
from asyncbench.analysis.judgement import Judgement
from asyncbench.analysis.result import Result
from asyncbench.report.document import Entry, Table, fields
from asyncbench.report.html import distribution
from asyncbench.report.layout import Column

# What the table of every number has: texts first, then numbers, then what they come to.
RAW_WORDS = ("executor", "variant", "workload", "params")
RAW_NUMBERS = (
    "tasks", "concurrency", "lanes", "samples", "median_s", "ci_low_s", "ci_high_s", "tasks_per_s",
    "cpu_s", "voluntary_switches", "involuntary_switches", "peak_rss_bytes", "startup_s",
    "shutdown_s", "ratio", "ratio_ci_low", "ratio_ci_high",
)  # fmt: skip
RAW_ENDS = ("family", "verdict", "status")


def spread(result: Result, judgement: Judgement) -> Table:
    """Return the samples of a work's rows in numbers: what its chart of samples shows."""
    rows = []
    for row in judgement.rows:
        taken = result.run.samples.counted(row.cell.id)
        if not taken or not row.figures:
            continue
        times = sorted(taken.seconds())
        rows.append(
            [
                *fields([row.name]),
                Entry(str(len(taken)), len(taken)),
                Entry(str(row.figures.rounds), row.figures.rounds),
                *(
                    Entry(units.seconds(value), value)
                    for value in (times[0], *distribution.quartiles(times), times[-1])
                ),
            ]
        )
    names = ("samples", "rounds", "fastest", "first quartile", "median", "third quartile")
    return Table(
        "Samples in numbers: time a batch",
        [_words("executor"), *map(_numbers, names), _numbers("slowest")],
        rows,
    )


def raw(result: Result) -> Table:
    """Return every cell with its numbers in seconds and bytes, under the names that the CSV has."""
    words = [name for name in RAW_WORDS if name != "variant" or result.run.plan.variants]
    rows = []
    for record in records.cells(result):
        record["params"] = ", ".join(f"{name}={each}" for name, each in record["params"].items())
        rows.append(
            [
                *fields(str(record[name]) for name in words),
                *(_exact(record.get(name)) for name in RAW_NUMBERS),
                *fields(str(record[name] or "") for name in RAW_ENDS),
            ]
        )
    columns = [
        *map(_words, words),
        *map(_numbers, RAW_NUMBERS),
        *map(_words, RAW_ENDS),
    ]
    return Table("Every cell, a row each", columns, rows, sortable=True)


def _words(name: str) -> Column:
    return Column(heading=name, right=False)


def _numbers(name: str) -> Column:
    return Column(heading=name)


def _exact(value: float | None) -> Entry:
    if value is None:
        return Entry("")
    return Entry(f"{value:.6g}" if isinstance(value, float) else str(value), value)
