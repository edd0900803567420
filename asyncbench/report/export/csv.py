"""Comma-separated values (RFC 4180): a row a cell, or a row a sample."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from typing import Any

from asyncbench.analysis import records
from asyncbench.analysis.result import Result
from asyncbench.report.text import plain


def cells(result: Result) -> str:
    """Return a row a cell; the columns are `CELL_COLUMNS`, what is not known is empty."""
    return written(records.CELL_COLUMNS, records.cells(result))


def samples(result: Result) -> str:
    """Return a row a sample in the order they were taken, warm-ups too; controls are left out."""
    return written(records.SAMPLE_COLUMNS, records.samples(result))


def written(columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> str:
    """Return rows as CSV, with nothing in them that a spreadsheet would run."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_field(row.get(column)) for column in columns])
    return text.getvalue()


def _field(value: Any) -> Any:
    """Return what stands in a field: a text that no spreadsheet would run as a formula.

    An apostrophe makes it plain text. Spreadsheets pass over blanks before a formula and take
    full-width signs for the usual ones.
    """
    if isinstance(value, dict):  # parameters
        value = "; ".join(f"{name}={each}" for name, each in value.items())
    if not isinstance(value, str):
        return value
    text = plain(value)
    first = unicodedata.normalize("NFKC", text.lstrip()[:1])
    return f"'{text}" if first and first in "=+-@" else text
