"""A pytest-benchmark file, as `--benchmark-json` writes it: a benchmark a cell."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from asyncbench.analysis.result import Result
from asyncbench.record.run import Run
from asyncbench.report.export import series
from asyncbench.report.export.series import Series
from asyncbench.report.text import plain

# Of pytest-benchmark: the version whose file this is.
VERSION = "5.2.3"


def text(result: Result) -> str:
    """Return what `pytest-benchmark compare` reads; times in seconds a batch.

    Raises EmptyRunError.
    """
    run = result.run
    return document(run.environment, run.started, run.name, benchmarks(result))


def document(
    environment: Mapping[str, Any], started: str, project: str, found: Sequence[dict[str, Any]]
) -> str:
    """Return a file of these benchmarks, measured on this machine."""
    told = {
        "machine_info": {
            "node": "",
            "system": _told(environment.get("platform")),
            "python_implementation": _told(environment.get("implementation")),
            "python_version": _told(environment.get("python")),
            "cpu": {
                "brand_raw": _told(environment.get("cpu_model")),
                "count": environment.get("cpus"),
            },
        },
        "commit_info": {
            "id": "unversioned",
            "time": None,
            "author_time": None,
            "dirty": False,
            "project": _told(project),
            "branch": "(unknown)",
        },
        "benchmarks": list(found),
        "datetime": _told(started),
        "version": VERSION,
    }
    return json.dumps(told, indent=1, allow_nan=False) + "\n"


def benchmarks(result: Result) -> list[dict[str, Any]]:
    """Return a benchmark a cell; raises EmptyRunError where there is none."""
    return [_benchmark(result.run, each) for each in series.series_by_cell(result)]


def _benchmark(run: Run, each: Series) -> dict[str, Any]:
    facts = series.python(run, each.variant)
    return {
        "group": series.group(each.work),
        "name": each.name,
        "fullname": each.name,
        "params": {
            "executor": _told(each.cell.executor),
            "variant": _told(each.cell.variant),
            "tasks": each.work.tasks,
            "concurrency": each.work.concurrency,
        },
        "param": None,
        "extra_info": {
            "family": _told(each.cell.family),
            "python": _told(facts.get("python")),
            "seed": run.plan.seed,
        },
        "options": {"warmup": True},
        "stats": stats(
            each.seconds,
            next(sample.batches for sample in each.rounds[0] if not sample.warmup),
        ),
    }


def stats(data: list[float], batches: int) -> dict[str, Any]:
    """Return the statistics that the tool shows; what it calls a round is a sample here."""
    mean = statistics.fmean(data)
    deviation = statistics.stdev(data) if len(data) > 1 else 0.0
    lower, middle, upper = (
        statistics.quantiles(data, n=4, method="inclusive") if len(data) > 1 else data * 3
    )
    within = 1.5 * (upper - lower)
    near = [value for value in data if lower - within <= value <= upper + within]
    far = sum(abs(value - mean) > deviation for value in data)
    return {
        "min": min(data),
        "max": max(data),
        "mean": mean,
        "stddev": deviation,
        "rounds": len(data),
        "median": middle,
        "iqr": upper - lower,
        "q1": lower,
        "q3": upper,
        "iqr_outliers": len(data) - len(near),
        "stddev_outliers": far,
        "outliers": f"{far};{len(data) - len(near)}",
        "ld15iqr": min(near),
        "hd15iqr": max(near),
        "ops": 1 / mean,
        "total": math.fsum(data),
        "data": data,
        "iterations": batches,
    }


def _told(value: object) -> str:
    return plain(value) if isinstance(value, str) else ""
