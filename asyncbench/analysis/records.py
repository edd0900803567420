"""A run as flat records, one a cell or one a sample: plain values with their units in the names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import Any

from asyncbench.analysis import explain
from asyncbench.analysis.judgement import Judgement, Row
from asyncbench.analysis.result import Result
from asyncbench.stats.intervals import Interval

Record = dict[str, Any]
CELL_COLUMNS = (
    "workload", "params", "tasks", "concurrency", "executor", "variant", "family", "lanes",
    "samples", "median_s", "ci_low_s", "ci_high_s", "ratio", "ratio_ci_low", "ratio_ci_high",
    "verdict", "ideal_s", "tasks_per_s", "cpu_s", "voluntary_switches", "involuntary_switches",
    "peak_rss_bytes", "startup_s", "shutdown_s", "status", "reason", "loop_held_share",
    "loop_longest_hold_s", "loop_lag_p99_s", "within_ratio", "within_ci_low", "within_ci_high",
    "within_verdict",
)  # fmt: skip
SAMPLE_COLUMNS = (
    "workload", "params", "tasks", "concurrency", "executor", "variant", "round", "block", "order",
    "warmup", "batches", "wall_s", "cpu_s", "user_s", "system_s", "voluntary_switches",
    "involuntary_switches", "count", "checksum", "target_cpu_s",
)  # fmt: skip


def cells(result: Result) -> Iterator[Record]:
    """Yield a record for each cell that is no control; what is not known is left out or None."""
    for judgement in result.judgements:
        for row in judgement.rows:
            yield _cell(judgement, row)


def samples(result: Result) -> Iterator[Record]:
    """Yield a record for each sample in the order they were taken, warm-ups too, no controls."""
    plan = result.run.plan
    by_id = {cell.id: cell for cell in plan.cells}
    for sample in result.run.samples:
        cell = by_id.get(sample.cell)
        if cell is None:
            continue
        work = plan.works[cell.work]
        yield {
            "workload": work.workload,
            "params": work.given,
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


def bounds(interval: Interval | None) -> tuple[float | None, float | None]:
    """Return the ends of an interval, None for both where the rounds were too few for one."""
    if interval is None or not isfinite(interval.high):
        return None, None
    return interval.low, interval.high


def _cell(judgement: Judgement, row: Row) -> Record:
    work = judgement.work
    ratio = Interval(1.0, 1.0, 1.0, 0.0) if row.is_baseline else row.ratio
    low, high = bounds(ratio)
    return {
        "workload": work.workload,
        "params": work.given,
        "tasks": work.tasks,
        "concurrency": work.concurrency,
        "executor": row.cell.executor,
        "variant": row.cell.variant,
        "family": row.cell.family,
        **_figures(row),
        "ratio": ratio.estimate if ratio else None,
        "ratio_ci_low": low,
        "ratio_ci_high": high,
        "ideal_s": judgement.ideal.seconds or None,
        "verdict": "baseline" if row.is_baseline else row.verdict,
        "status": row.status,
        "reason": explain.of_row(judgement, row),
        **_loop(judgement, row),
        **_within(row),
    }


def _within(row: Row) -> Record:
    """Return the row beside the baseline of its interpreter, where interpreters are compared."""
    if row.within is None:
        return {}
    low, high = bounds(row.within.ratio)
    return {
        "within_ratio": row.within.ratio.estimate if row.within.ratio else None,
        "within_ci_low": low,
        "within_ci_high": high,
        "within_verdict": row.within.verdict,
    }


def _figures(row: Row) -> Record:
    figures = row.figures
    if figures is None:
        return {}
    low, high = bounds(figures.time)
    return {
        "lanes": figures.lanes,
        "samples": figures.samples,
        "median_s": figures.time.estimate,
        "ci_low_s": low,
        "ci_high_s": high,
        "tasks_per_s": figures.tasks_per_s,
        "cpu_s": figures.cpu_s,
        "voluntary_switches": figures.voluntary,
        "involuntary_switches": figures.involuntary,
        "peak_rss_bytes": int(figures.peak_rss_bytes),
        "startup_s": figures.startup_s,
        "shutdown_s": figures.shutdown_s,
    }


def _loop(judgement: Judgement, row: Row) -> Record:
    look = judgement.loop_of(row)
    if look is None or row.figures is None:
        return {}
    return {
        "loop_held_share": look.held_share,
        "loop_longest_hold_s": look.longest_ns / 1e9,
        "loop_lag_p99_s": look.lag_p99_ns / 1e9,
    }


def columns(names: Sequence[str], records: Iterable[Record]) -> dict[str, list[Any]]:
    """Return records as columns of plain values, as data frames are made of.

    Each parameter has a column `param_NAME` in the place of `params`; what is not known is None.
    Values of one column have one type: where they would not, they are texts.
    """
    rows = [dict(each) for each in records]
    given = list(dict.fromkeys(name for row in rows for name in row["params"]))
    found: dict[str, list[Any]] = {}
    for name in names:
        if name == "params":
            for each in given:
                found[f"param_{each}"] = _alike([row["params"].get(each) for row in rows])
        else:
            found[name] = _alike([row.get(name) for row in rows])
    return found


def _alike(values: list[Any]) -> list[Any]:
    """Return values of one type, None among them; whole numbers become floats beside floats."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int} or kinds <= {float} or kinds <= {bool} or kinds == {str}:
        return values
    if kinds <= {int, float}:
        return [None if value is None else float(value) for value in values]
    return [None if value is None else str(value) for value in values]
