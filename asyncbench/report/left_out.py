"""Which cells have no figures, and why: each reason once, with those that share it."""

from __future__ import annotations

from collections.abc import Sequence

from asyncbench.analysis.judgement import Judgement, Row, Status
from asyncbench.record.plan import Work
from asyncbench.report import document
from asyncbench.report.text import listed, plain

# Of one workload at one point: by executor the variants in which it has no figures.
_Lost = dict[str, list[str]]


def line(judgements: Sequence[Judgement]) -> str:
    """Return in one line which cells could not run or failed, and what to do about it."""
    # Points that a sweep never came to are no failure; what is known of them is told elsewhere.
    begun = [
        each
        for each in judgements
        if not each.work.at or any(row.status is not Status.NOT_MEASURED for row in each.rows)
    ]
    reasons: dict[str, dict[int, _Lost]] = {}
    for number, judgement in enumerate(begun):
        for row in judgement.rows:
            # What was measured with a GIL that it should not have is told where it is compared.
            if not row.ok and row.status is not Status.WITH_GIL:
                lost = reasons.setdefault(_why(row), {}).setdefault(number, {})
                lost.setdefault(row.cell.executor, []).append(row.cell.variant)
    parts = [f"{_names(begun, lost)} ({reason})" for reason, lost in reasons.items()]
    return plain(f"Not run: {'; '.join(parts)}") if parts else ""


def _why(row: Row) -> str:
    return row.why if row.status is Status.UNAVAILABLE else f"{row.status}: {row.why}"


def _names(begun: Sequence[Judgement], lost: dict[int, _Lost]) -> str:
    """Return who shares a reason; workloads are named where it is not the same under all."""
    told = {number: _executors(begun[number], each) for number, each in lost.items()}
    if len(told) == len(begun) and len({*map(tuple, told.values())}) == 1:
        return ", ".join(told[0])
    return ", ".join(
        dict.fromkeys(
            _placed(begun[number].work, name) for number, names in told.items() for name in names
        )
    )


def _placed(work: Work, name: str) -> str:
    return f"{name} at {document.point(work)}" if work.at else f"{work.workload} {name}"


def _executors(judgement: Judgement, lost: _Lost) -> list[str]:
    """Return the executors, each with its variants where it is not all of them."""
    if judgement.work.at and sum(map(len, lost.values())) == len(judgement.rows):
        return ["all"]
    return [_executor(judgement, *each) for each in lost.items()]


def _executor(judgement: Judgement, executor: str, variants: list[str]) -> str:
    asked = [row.cell.variant for row in judgement.rows if row.cell.executor == executor]
    if len(variants) == len(asked):
        return executor
    return f"{executor} in {listed(variants)}"
