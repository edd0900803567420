"""Saved runs side by side as data: a row a cell, as CSV or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from asyncbench.analysis.comparison import Comparison, Matched, label
from asyncbench.analysis.records import bounds
from asyncbench.report.export import csv

COLUMNS = (
    "first", "other", "workload", "params", "tasks", "concurrency", "executor", "variant",
    "first_s", "other_s", "ratio", "ratio_ci_low", "ratio_ci_high", "verdict", "status", "reason",
)  # fmt: skip


def cells(comparisons: Sequence[Comparison]) -> str:
    """Return a row a cell as CSV; the columns are `COLUMNS`, what is not known is empty."""
    rows = (row for comparison in comparisons for row in _rows(comparison))
    return csv.written(COLUMNS, rows)


def text(comparisons: Sequence[Comparison]) -> str:
    """Return the comparisons as JSON: a list, each with its cells, warnings, notes and drift."""
    found = [
        {
            "first": label(comparison.first),
            "other": label(comparison.other),
            "margin": comparison.margin,
            "warnings": comparison.warnings,
            "notes": comparison.notes,
            "drift": {
                "apart_s": comparison.drift.apart_s,
                "size": comparison.drift.size,
                "pace": comparison.drift.pace,
            },
            "cells": list(_rows(comparison)),
        }
        for comparison in comparisons
    ]
    return json.dumps(found, indent=2) + "\n"


def _rows(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for status, rows in (
        ("", comparison.rows),
        ("only in the first", comparison.only_first),
        ("only in the other", comparison.only_other),
    ):
        for row in rows:
            default = "compared" if row.ratio else "not compared"
            yield {
                "first": label(comparison.first),
                "other": label(comparison.other),
                **_row(row),
                "status": status or default,
            }


def _row(row: Matched) -> dict[str, Any]:
    ratio = row.ratio
    low, high = bounds(ratio)
    return {
        "workload": row.work.workload,
        "params": row.work.params,
        "tasks": row.work.tasks,
        "concurrency": row.work.concurrency,
        "executor": row.executor,
        "variant": row.variant,
        "first_s": row.first.time.estimate if row.first else None,
        "other_s": row.other.time.estimate if row.other else None,
        "ratio": ratio.estimate if ratio else None,
        "ratio_ci_low": low,
        "ratio_ci_high": high,
        "verdict": str(row.verdict) if row.verdict else None,
        "reason": row.why,
    }
