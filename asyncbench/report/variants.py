"""Variants side by side: an executor's time in each, and its ratio to the first."""

from __future__ import annotations

from collections.abc import Sequence

from asyncbench import units
from asyncbench.record import Run, Variant
from asyncbench.report.text import name, tabulated, wrap
from asyncbench.verdict import Judgement, Row

GAP = 2


def table(run: Run, judgements: Sequence[Judgement], width: int) -> str:
    """Give each later variant beside the first, a line an executor, and what the variants are."""
    first, *later = run.plan.variants
    parts = [_beside(judgements, first.name, variant.name, width) for variant in later]
    return "\n".join([*parts, *(wrap(_stated(variant), width) for variant in run.plan.variants)])


def _beside(judgements: Sequence[Judgement], first: str, later: str, width: int) -> str:
    rows = [
        _line(judgement, _same(judgement, row, first), row)
        for judgement in judgements
        for row in judgement.rows
        if row.cell.variant == later
    ]
    headings = ["workload", "executor", name(first), name(later), "it is", "verdict"]
    align = ["left", "left", "right", "right", "left", "left"]
    columns = list(zip(headings, align, zip(*rows, strict=True), strict=True))
    # Times stand in the tables above, too: where space is short, they go first.
    for _ in range(2):
        if _wide(columns) > width:
            del columns[2]
    body = tabulated(
        list(zip(*(texts for _, _, texts in columns), strict=True)),
        [heading for heading, _, _ in columns],
        [side for _, side, _ in columns],
    )
    return f"{name(later)} beside {name(first)}: time a batch\n{body}"


def _wide(columns: Sequence[tuple[str, str, tuple[str, ...]]]) -> int:
    widths = [max(map(len, (heading, *texts))) for heading, _, texts in columns]
    return sum(widths) + GAP * (len(widths) - 1)


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
        (row.verdict or "-") if row.status == "ok" else row.status,
    ]


def _time(row: Row | None) -> str:
    return units.seconds(row.figures.time.estimate) if row and row.figures else "-"


def _stated(variant: Variant) -> str:
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
    return f"{variant.name}: {'; '.join(filter(None, parts))}"
