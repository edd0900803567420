"""A pyperf file (its JSON format 1.0): a benchmark a cell, a run a round, a value a sample."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from asyncbench.analysis.result import Result
from asyncbench.record.run import Run
from asyncbench.report.export import series
from asyncbench.report.export.series import Series
from asyncbench.report.text import plain

VERSION = "1.0"


def text(result: Result) -> str:
    """Return what `python -m pyperf stats`, `show` and `compare_to` read.

    Values are seconds a batch, loops the batches of a sample; raises EmptyRunError.
    """
    run = result.run
    peaks = {(life.cell, life.round): life.peak_rss_bytes for life in run.lives}
    document = {
        "version": VERSION,
        "metadata": _metadata(
            unit="second",
            date=_date(run.started),
            platform=run.environment.get("platform"),
            cpu_model_name=run.environment.get("cpu_model"),
            cpu_count=run.environment.get("cpus"),
            asyncbench_run=run.name,
            asyncbench_seed=run.plan.seed,
        ),
        "benchmarks": [_benchmark(run, each, peaks) for each in series.series_by_cell(result)],
    }
    return json.dumps(document, allow_nan=False) + "\n"


def _benchmark(run: Run, each: Series, peaks: dict[tuple[int, int], int]) -> dict[str, Any]:
    facts = series.python(run, each.variant)
    return {
        "metadata": _metadata(
            name=each.name,
            workload=each.work.workload,
            tasks=each.work.tasks,
            concurrency=each.work.concurrency,
            executor=each.cell.executor,
            family=each.cell.family,
            variant=each.cell.variant,
            python_version=facts.get("python"),
            python_implementation=facts.get("implementation"),
        ),
        "runs": [
            {
                "metadata": _metadata(
                    loops=next(sample.batches for sample in samples if not sample.warmup),
                    mem_max_rss=peaks.get((each.cell.id, samples[0].round)) or None,
                ),
                "warmups": [
                    [sample.batches, sample.seconds] for sample in samples if sample.warmup
                ],
                "values": [sample.seconds for sample in samples if not sample.warmup],
            }
            for samples in each.rounds
        ],
    }


def _metadata(**facts: object) -> dict[str, str | int]:
    """Return what is known: pyperf refuses empty texts and line breaks."""
    known: dict[str, str | int] = {}
    for name, value in facts.items():
        if isinstance(value, int):
            known[name] = value
        elif isinstance(value, str) and plain(value).strip():
            known[name] = plain(value).strip()
    return known


def _date(started: str) -> str | None:
    """Return a time as pyperf writes it, in UTC; None where the journal's is no time."""
    try:
        found = datetime.fromisoformat(started)
    except ValueError:
        return None
    return found.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
