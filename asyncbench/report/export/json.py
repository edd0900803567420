"""A judged run as JSON: figures, ratios and verdicts, as docs/run.schema.json describes them."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from asyncbench.analysis import explain
from asyncbench.analysis.judgement import Contest, ControlResult, Judgement, Row
from asyncbench.analysis.records import bounds
from asyncbench.analysis.result import Result
from asyncbench.record.plan import Cell
from asyncbench.report.export import sweep
from asyncbench.stats import intervals
from asyncbench.stats.intervals import Interval

# Raised when something here changes its meaning; what is added leaves it.
SCHEMA = 1
# The facts of the environment that are given, each of these types or null.
ENVIRONMENT: dict[str, tuple[type, ...]] = {
    "python": (str,),
    "implementation": (str,),
    "platform": (str,),
    "cpu_model": (str,),
    "cpus": (int,),
    "cpus_in_machine": (int,),
    "cgroup_cpus": (int, float),
    "memory_bytes": (int,),
    "gc": (str,),
    "gil": (bool,),
    "start_method": (str,),
    "tcp_nodelay": (bool,),
}


def text(result: Result) -> str:
    """Return the judged run, controls left out of the rows; an infinite end is null."""
    return json.dumps(document(result), indent=2, allow_nan=False) + "\n"


def document(result: Result) -> dict[str, Any]:
    """Return what `text` writes."""
    run, plan = result.run, result.run.plan
    return {
        "is": "asyncbench run",
        "schema": SCHEMA,
        "started": run.started,
        "name": run.name,
        "status": run.status,
        "wall_s": run.end.wall_ns / 1e9 if run.end else None,
        "environment": _environment(run.environment),
        "rules": {
            "baseline": plan.baseline,
            "seed": plan.seed,
            "alpha": intervals.ALPHA,
            "margin": plan.margin,
            "budget_s": plan.budget_s,
            "precision": plan.precision,
            "timeout_s": plan.timeout_s,
            "processes": plan.processes,
            "gc": plan.gc,
        },
        "variants": [
            {
                "name": variant.name,
                "folder": variant.folder,
                "python": variant.python,
                "python_version": _typed(variant.facts.get("python"), (str,)),
            }
            for variant in plan.variants
        ],
        "works": [_work(judgement) for judgement in result.judgements],
        "warnings": run.warnings,
        **({"sweep": sweep.document(result)} if plan.axes else {}),
    }


def _environment(environment: dict[str, Any]) -> dict[str, Any]:
    known = {name: _typed(environment.get(name), types) for name, types in ENVIRONMENT.items()}
    packages = environment.get("packages")
    named = packages.items() if isinstance(packages, dict) else ()
    return known | {"packages": {name: str(version) for name, version in named}}


def _typed(value: Any, types: tuple[type, ...]) -> Any:
    """Return a fact, null where it is missing or not what it should be."""
    if isinstance(value, bool) and bool not in types:
        return None
    return _finite(value) if isinstance(value, types) else None


def _work(judgement: Judgement) -> dict[str, Any]:
    work, ideal = judgement.work, judgement.ideal
    return {
        "workload": work.workload,
        "reference": work.reference,
        "params": {name: _finite(value) for name, value in work.given.items()},
        "tasks": work.tasks,
        "concurrency": work.concurrency,
        "ideal": {"seconds": ideal.seconds, "measured": ideal.measured} if ideal.seconds else None,
        "rows": [_row(judgement, row) for row in judgement.rows],
        "contest": _contest(judgement, judgement.contest),
        "control": _control(judgement.control) if judgement.control else None,
        "withheld": judgement.withheld or None,
        **({"interpreters": _interpreters(judgement)} if judgement.matrix else {}),
    }


def _row(judgement: Judgement, row: Row) -> dict[str, Any]:
    its = row.figures
    return {
        **_named(row.cell),
        "family": row.cell.family,
        "form": row.cell.form,
        "status": row.status,
        "reason": explain.of_row(judgement, row),
        "is_baseline": row.is_baseline,
        "against": _named(row.reference.cell) if row.reference else None,
        "ratio": _ratio(row.ratio),
        "verdict": row.verdict,
        "samples": its.samples if its else 0,
        "rounds": its.rounds if its else 0,
        "lanes": its.lanes if its else None,
        "time": _time(its.time) if its else None,
        "tasks_per_s": its.tasks_per_s if its else None,
        "cpu_s": its.cpu_s if its else None,
        "cpus": its.cpus if its else None,
        "voluntary_switches": its.voluntary if its else None,
        "involuntary_switches": its.involuntary if its else None,
        "peak_rss_bytes": int(its.peak_rss_bytes) if its else None,
        "startup_s": its.startup_s if its else None,
        "shutdown_s": its.shutdown_s if its else None,
        "target_share": its.target_share if its else None,
        "engine_cpu_s": its.engine_cpu_s if its else None,
        "engine_rss_bytes": int(its.engine_rss_bytes) if its and its.engine_rss_bytes else None,
        "loop": _loop(judgement, row),
        **({"within": _within(row)} if judgement.matrix else {}),
    }


def _within(row: Row) -> dict[str, Any] | None:
    """Return a row beside the baseline of its interpreter, null for that baseline itself."""
    if row.within is None:
        return None
    return {
        "against": _named(row.within.reference.cell),
        "ratio": _ratio(row.within.ratio),
        "verdict": row.within.verdict,
    }


def _interpreters(judgement: Judgement) -> list[dict[str, Any]]:
    """Return who is best under each interpreter, null where that is not told."""
    assert judgement.matrix
    leads = judgement.matrix.leads
    return [
        {
            "name": name,
            "free_threaded": name in judgement.matrix.free,
            "best": leads[name].best.cell.executor
            if name in leads and not leads[name].open and not leads[name].level_with
            else None,
        }
        for name in judgement.variants
    ]


def _loop(judgement: Judgement, row: Row) -> dict[str, float | str | None] | None:
    """Return what a watched batch did to its event loop, null where there is none."""
    look = judgement.loop_of(row)
    if look is None:
        return None
    return {
        "held_share": look.held_share,
        "longest_hold_s": look.longest_ns / 1e9,
        "hold_p99_s": look.hold_p99_ns / 1e9,
        "blocked_share": min(1.0, look.blocked_ns / look.wall_ns),
        "lag_p99_s": look.lag_p99_ns / 1e9,
        "lag_max_s": look.lag_max_ns / 1e9,
        "by": look.by,
        "jain": look.jain,
        "starved_lanes": look.starved,
    }


def _contest(judgement: Judgement, contest: Contest) -> dict[str, Any]:
    return {
        "cooperative": _named(contest.cooperative.cell) if contest.cooperative else None,
        "preemptive": _named(contest.preemptive.cell) if contest.preemptive else None,
        "ratio": _ratio(contest.ratio),
        "verdict": contest.verdict,
        "reason": explain.of_contest(judgement),
    }


def _control(control: ControlResult) -> dict[str, Any]:
    return {
        "executor": control.executor,
        "ratio": _ratio(control.ratio),
        "told_apart": control.told_apart,
    }


def _named(cell: Cell) -> dict[str, str]:
    return {"executor": cell.executor, "variant": cell.variant}


def _time(interval: Interval) -> dict[str, float | None]:
    found = _ratio(interval)
    assert found
    return {
        "estimate_s": found["estimate"],
        "low_s": found["low"],
        "high_s": found["high"],
        "level": found["level"],
    }


def _ratio(interval: Interval | None) -> dict[str, float | None] | None:
    """Return an interval; with rounds too few for one, its ends are null, both of them."""
    if interval is None:
        return None
    low, high = bounds(interval)
    return {
        "estimate": interval.estimate,
        "low": low,
        "high": high,
        "level": interval.level,
    }


def _finite(value: Any) -> Any:
    """Return a value that JSON can hold: a number that it has none for becomes null."""
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list) else value
