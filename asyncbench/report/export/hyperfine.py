"""What `hyperfine --export-json` writes, so that what reads it reads a run of ours, too."""

from __future__ import annotations

import json
from statistics import fmean, median, stdev
from typing import Any

from asyncbench.analysis.result import Result
from asyncbench.report.export import series
from asyncbench.report.export.series import Series
from asyncbench.report.text import plain


def text(result: Result) -> str:
    """Return a result a cell, in seconds a batch; raises EmptyRunError.

    `times` has a value a sample: of a command, the mean of as many runs as make a sample long
    enough to time. `exit_codes` is there where every run of it was seen to end with 0.
    """
    results = [_result(each) for each in series.series_by_cell(result)]
    return json.dumps({"results": results}, indent=2, allow_nan=False) + "\n"


def _result(each: Series) -> dict[str, Any]:
    samples = [sample for taken in each.rounds for sample in taken if not sample.warmup]
    times = each.seconds
    params = each.work.params | each.variant.params
    command = params.get("command")
    checked = command is not None and params.get("proof") != "none"
    return {
        "command": plain(str(command)) if command is not None else each.name,
        "mean": fmean(times),
        "stddev": stdev(times) if len(times) > 1 else None,
        "median": median(times),
        "user": fmean(sample.user_ns / sample.batches for sample in samples) / 1e9,
        "system": fmean(sample.system_ns / sample.batches for sample in samples) / 1e9,
        "min": min(times),
        "max": max(times),
        "times": times,
        **({"exit_codes": [0] * len(times)} if checked else {}),
        "parameters": {"name": plain(each.cell.variant or each.cell.executor)},
    }
