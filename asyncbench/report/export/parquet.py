"""Parquet: the samples as columns, with what was planned and where in the file's metadata."""

from __future__ import annotations

import dataclasses
import importlib
import json
from pathlib import Path

from asyncbench.analysis import records
from asyncbench.analysis.result import Result
from asyncbench.errors import OutputError, UsageError


def write(result: Result, path: Path) -> None:
    """Write a row a sample, warm-ups marked; the metadata `asyncbench` is JSON.

    Raises UsageError where the extra `parquet` is not installed, and OutputError where the file
    cannot be written.
    """
    try:
        pyarrow = importlib.import_module("pyarrow")
        parquet = importlib.import_module("pyarrow.parquet")
    except ModuleNotFoundError as error:
        raise UsageError(
            "Parquet needs pyarrow, which is not installed: pip install 'asyncbench[parquet]'"
        ) from error
    run = result.run
    plan = dataclasses.asdict(run.plan)
    for work in plan["works"]:
        del work["secrets"]
    told = {
        "started": run.started,
        "name": run.name,
        "status": str(run.status),
        "environment": run.environment,
        "plan": plan,
    }
    columns = records.columns(records.SAMPLE_COLUMNS, records.samples(result))
    table = pyarrow.table(columns, metadata={"asyncbench": json.dumps(told)})
    try:
        parquet.write_table(table, path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
