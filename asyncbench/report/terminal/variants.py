"""Variants side by side: an executor's time in each, and its ratio to the first."""

from __future__ import annotations

from collections.abc import Sequence

from asyncbench import units
from asyncbench.analysis.verdict import Judgement, Row
from asyncbench.record.plan import Variant
from asyncbench.record.run import Run
from asyncbench.report import layout
from asyncbench.report.text import name, wrap
from asyncbench.report.view import EVERYTHING, View


def table(run: Run, judgements: Sequence[Judgement], width: int, view: View = EVERYTHING) -> str:
    """Give each later variant beside the first, a line an executor, and what the variants are."""
    first, *later = run.plan.variants
    parts = [_beside(judgements, first.name, variant.name, width, view) for variant in later]
    parts = [part for part in parts if part]
    return "\n".join([*parts, *(wrap(stated(variant), width) for variant in run.plan.variants)])


def _beside(judgements: Sequence[Judgement], first: str, later: str, width: int, view: View) -> str:
    rows = [
        _line(judgement, _same(judgement, row, first), row)
        for judgement in judgements
        for row in view.rows(judgement)
        if row.cell.variant == later
    ]
    if not rows:
        return ""
    words = {"right": False, "elastic": True}
    columns = [
        layout.Column(heading="workload", **words),
        layout.Column(heading="executor", **words),
        # Times stand in the tables above, too: where space is short, they go first.
        layout.Column(heading=name(first), spare=4),
        layout.Column(heading=name(later), spare=3),
        layout.Column(heading="it is", right=False, spare=1),
        layout.Column(heading="verdict", **words),
    ]
    body, _ = layout.laid_out(columns, rows, width)
    heading = wrap(f"{name(later)} beside {name(first)}: time a batch", width)
    return f"{heading}\n{body}"


def _same(judgement: Judgement, row: Row, first: str) -> Row | None:
    return next(
        (
            each
            for each in judgement.rows
            if each.cell.variant == first and each.cell.executor == row.cell.executor
        ),
        None,
    )


def _line(judgement: Judgement, first: Row | None, row: Row) -> list[str]:
    return [
        name(judgement.work.workload),
        name(row.cell.executor),
        _time(first),
        _time(row),
        units.times(row.ratio) if row.ratio else "-",
        (row.verdict or "-") if row.ok else row.status,
    ]


def _time(row: Row | None) -> str:
    return units.seconds(row.figures.time.estimate) if row and row.figures else "-"


def stated(variant: Variant) -> str:
    """Say what a variant is: its folder, its interpreter, and what that has."""
    parts = [variant.folder or "", variant.python or ""]
    facts = variant.facts
    if facts:
        packages = facts.get("packages")
        versions = packages.items() if isinstance(packages, dict) else ()
        parts.append(
            ", ".join(
                [
                    f"{facts.get('implementation')} {facts.get('python')}",
                    *(f"{name} {version}" for name, version in versions),
                ]
            )
        )
    if variant.idle:
        parts.append("NOTHING WAS IMPORTED FROM THIS FOLDER; with a src layout it is the src in it")
    return f"{variant.name}: {'; '.join(filter(None, parts))}"
