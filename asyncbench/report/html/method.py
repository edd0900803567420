"""How a run was measured, on what, and what to beware of: the last part of the HTML report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asyncbench import units
from asyncbench.analysis.result import Result
from asyncbench.record.run import Run
from asyncbench.report.text import plain


def paragraphs(result: Result) -> list[str]:
    """Return how it was measured."""
    run, plan, judgements = result.run, result.run.plan, result.judgements
    rounds = [row.figures.rounds for each in judgements for row in each.rows if row.figures]
    test = "an exact sign-flip test"
    if plan.until_decided:
        test = "a test that holds however often one looks (an e-process)"
    counted = sum(not sample.warmup for sample in run.samples)
    return [
        "Each cell, a workload under one executor, runs in a worker process of its own. The cells "
        "of a workload are sampled in turn, in seeded random order, in blocks; times are compared "
        "within a block alone, over rounds of fresh workers.",
        f"A ratio is of times: below 1 is faster. Its interval holds every ratio that {test} over "
        "the rounds does not refuse, at a level of 5 % that all verdicts of a table share. A "
        "verdict needs the whole interval on one side of the "
        f"margin of {units.margin(plan.margin)}, or inside it for a tie; else it is inconclusive, "
        "though it may be sure which is quicker.",
        f"Here: {counted} samples in {_span(rounds)} rounds, a budget of "
        f"{units.seconds(plan.budget_s)}, seed {plan.seed}, garbage collection "
        f"{'on' if plan.gc else 'off'}.",
    ]


def _span(counts: Sequence[int]) -> str:
    if not counts:
        return "no"
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"


def _pairs(values: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        told = plain(f"{before}{name}".replace("_", " "))
        if isinstance(value, dict) and not before:
            pairs += _pairs(value, f"{name}: ")
        elif isinstance(value, bool):
            pairs.append((told, "on" if value else "off"))
        elif isinstance(value, int | float) and name.endswith("_bytes"):
            pairs.append((told.removesuffix(" bytes"), units.size(value)))
        elif isinstance(value, list):
            pairs.append((told, plain(", ".join(_number(each) for each in value))))
        elif value is not None:
            pairs.append((told, plain(str(value))))
    return pairs


def _number(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def environment(run: Run) -> list[tuple[str, str]]:
    """Return what is known of the machine, the interpreter and the variants, by name."""
    pairs = _pairs(run.environment)
    for variant in run.plan.variants:
        parts = [variant.folder or "", variant.python or ""]
        parts += [f"{name} {value}" for name, value in _pairs(variant.facts)]
        pairs.append((f"variant {plain(variant.name)}", plain("; ".join(filter(None, parts)))))
    return pairs
