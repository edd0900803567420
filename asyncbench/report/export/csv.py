"""Comma-separated values (RFC 4180): a row a cell, or a row a sample."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from math import isfinite
from typing import Any

from asyncbench.analysis import explain
from asyncbench.analysis.result import Result
from asyncbench.analysis.verdict import Judgement, Row
from asyncbench.record.run import Run
from asyncbench.report.columns import held_share
from asyncbench.report.text import plain

CELL_COLUMNS = (
    "workload", "params", "tasks", "concurrency", "executor", "variant", "family", "lanes",
    "samples", "median_s", "ci_low_s", "ci_high_s", "ratio", "ratio_ci_low", "ratio_ci_high",
    "verdict", "ideal_s", "tasks_per_s", "cpu_s", "voluntary_switches", "involuntary_switches",
    "peak_rss_bytes", "startup_s", "shutdown_s", "status", "reason", "loop_held_share",
    "loop_longest_hold_s", "loop_lag_p99_s",
)  # fmt: skip
SAMPLE_COLUMNS = (
    "workload", "params", "tasks", "concurrency", "executor", "variant", "round", "block", "order",
    "warmup", "batches", "wall_s", "cpu_s", "user_s", "system_s", "voluntary_switches",
    "involuntary_switches", "count", "checksum", "target_cpu_s",
)  # fmt: skip


def cells(result: Result) -> str:
    """Give a row a cell; the columns are `CELL_COLUMNS`, what is not known is empty."""
    rows = (_cell(judgement, row) for judgement in result.judgements for row in judgement.rows)
    return written(CELL_COLUMNS, rows)


def samples(result: Result) -> str:
    """Give a row a sample in the order they were taken, warm-ups too; controls are left out."""
    return written(SAMPLE_COLUMNS, _samples(result.run))


def _cell(judgement: Judgement, row: Row) -> dict[str, Any]:
    work, figures, ratio = judgement.work, row.figures, row.ratio
    fields: dict[str, Any] = {
        "workload": work.workload,
        "params": params(work.params),
        "tasks": work.tasks,
        "concurrency": work.concurrency,
        "executor": row.cell.executor,
        "variant": row.cell.variant,
        "family": row.cell.family,
        "ideal_s": judgement.ideal.seconds or None,
        "verdict": "baseline" if row.is_baseline else row.verdict,
        "status": row.status,
        "reason": explain.of_row(judgement, row),
    }
    if figures:
        fields |= {
            "lanes": figures.lanes,
            "samples": figures.samples,
            "median_s": figures.time.estimate,
            "ci_low_s": figures.time.low,
            "ci_high_s": figures.time.high,
            "tasks_per_s": figures.tasks_per_s,
            "cpu_s": figures.cpu_s,
            "voluntary_switches": figures.voluntary,
            "involuntary_switches": figures.involuntary,
            "peak_rss_bytes": int(figures.peak_rss_bytes),
            "startup_s": figures.startup_s,
            "shutdown_s": figures.shutdown_s,
        }
        look = judgement.loop_of(row)
        if look:
            fields |= {
                "loop_held_share": held_share(look),
                "loop_longest_hold_s": look.longest_ns / 1e9,
                "loop_lag_p99_s": look.lag_p99_ns / 1e9,
            }
        if not isfinite(figures.time.high):
            fields["ci_low_s"] = fields["ci_high_s"] = None
    if row.is_baseline:
        fields |= {"ratio": 1.0, "ratio_ci_low": 1.0, "ratio_ci_high": 1.0}
    elif ratio:
        fields["ratio"] = ratio.estimate
        if isfinite(ratio.high):
            fields |= {"ratio_ci_low": ratio.low, "ratio_ci_high": ratio.high}
    return fields


def _samples(run: Run) -> Iterable[dict[str, Any]]:
    by_id = {cell.id: cell for cell in run.plan.cells}
    for sample in run.samples:
        cell = by_id.get(sample.cell)
        if cell is None:
            continue
        work = run.plan.works[cell.work]
        yield {
            "workload": work.workload,
            "params": params(work.params),
            "tasks": work.tasks,
            "concurrency": work.concurrency,
            "executor": cell.executor,
            "variant": cell.variant,
            "round": sample.round,
            "block": sample.block,
            "order": sample.order,
            "warmup": int(sample.warmup),
            "batches": sample.batches,
            "wall_s": sample.wall_ns / 1e9,
            "cpu_s": (sample.user_ns + sample.system_ns) / 1e9,
            "user_s": sample.user_ns / 1e9,
            "system_s": sample.system_ns / 1e9,
            "voluntary_switches": sample.voluntary,
            "involuntary_switches": sample.involuntary,
            "count": sample.count,
            "checksum": sample.checksum,
            "target_cpu_s": None if sample.target_ns is None else sample.target_ns / 1e9,
        }


def params(values: dict[str, Any]) -> str:
    """Give parameters as one field."""
    return "; ".join(f"{name}={value}" for name, value in values.items())


def written(columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> str:
    """Give rows as CSV, with nothing in them that a spreadsheet would run."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_safe(row.get(column)) for column in columns])
    return text.getvalue()


def _safe(value: Any) -> Any:
    """Keep a spreadsheet from running a text as a formula: an apostrophe makes it plain text.

    Spreadsheets pass over blanks before a formula and take full-width signs for the usual ones.
    """
    if not isinstance(value, str):
        return value
    text = plain(value)
    first = unicodedata.normalize("NFKC", text.lstrip()[:1])
    return f"'{text}" if first and first in "=+-@" else text
