"""Which cells have no figures, and why: each reason once, with those that share it."""

from __future__ import annotations

from collections.abc import Sequence

from asyncbench.analysis.judgement import Judgement, Row, Status
from asyncbench.record.plan import Work
from asyncbench.report import document
from asyncbench.report.text import listed, plain, wrap

# As many executors are named of those that share a reason.
MOST_NAMED = 5
# So many reasons are one sentence; more have a line each.
MOST_TOGETHER = 3
# What stands for the executors of a work where all that could run are meant.
_ALL = ("all",)


def line(judgements: Sequence[Judgement]) -> str:
    """Return in one line which cells could not run or failed, and what to do about it."""
    found = _parts(judgements)
    return f"Not run: {'; '.join(found)}" if found else ""


def paragraphs(judgements: Sequence[Judgement]) -> list[str]:
    """Return the same without its first words, and many reasons one by one."""
    found = _parts(judgements)
    return found if len(found) > MOST_TOGETHER else ["; ".join(found)] if found else []


def lines(judgements: Sequence[Judgement], width: int) -> list[str]:
    """Return the same as text of a width, under a heading where there are many reasons."""
    found = paragraphs(judgements)
    if len(found) < 2:
        return wrap(line(judgements), width).split("\n") if found else []
    each = "\n".join(wrap(part, width - 2) for part in found).split("\n")
    return ["Not run:", *(f"  {text}" for text in each)]


def _parts(judgements: Sequence[Judgement]) -> list[str]:
    """Return each reason why cells could not run or failed, after the names of those cells."""
    # Points that a sweep never came to are no failure; what is known of them is told elsewhere.
    begun = [
        each
        for each in judgements
        if not each.work.at or any(row.status is not Status.NOT_MEASURED for row in each.rows)
    ]
    reasons: dict[str, dict[int, list[Row]]] = {}
    for number, judgement in enumerate(begun):
        for row in judgement.rows:
            # What was measured with a GIL that it should not have is told where it is compared.
            if not row.ok and row.status is not Status.WITH_GIL:
                of_each = _of_each(_why(row), judgement.work)
                reasons.setdefault(of_each, {}).setdefault(number, []).append(row)
    return [
        plain(
            f"{_names(begun, lost)} "
            f"({reason if len(lost) > 1 else _why(next(iter(lost.values()))[0])})"
        )
        for reason, lost in reasons.items()
    ]


def _why(row: Row) -> str:
    return row.why if row.status is Status.UNAVAILABLE else f"{row.status}: {row.why}"


def _of_each(reason: str, work: Work) -> str:
    """Return a reason in words that other works with the same one share."""
    name = f"{work.workload} "
    return f"each {reason.removeprefix(name)}" if reason.startswith(name) else reason


def _names(begun: Sequence[Judgement], lost: dict[int, list[Row]]) -> str:
    """Return who shares a reason; works are named where it is not the same under all."""
    works: dict[tuple[str, ...], list[Work]] = {}
    for number, rows in lost.items():
        works.setdefault(_executors(begun[number], rows), []).append(begun[number].work)
    if len(lost) == len(begun) and len(works) == 1:
        return _some(next(iter(works)))
    return "; ".join(_placed(names, each) for names, each in works.items())


def _placed(names: tuple[str, ...], works: Sequence[Work]) -> str:
    if works[0].at:
        points = dict.fromkeys(map(document.point, works))
        return f"{', '.join(names)} at {listed([*points])}"
    called = listed([*dict.fromkeys(each.workload for each in works)])
    return called if names == _ALL else f"{called} under {_some(names)}"


def _some(names: tuple[str, ...]) -> str:
    """Return the names; of many only the first, since all of a sort have the same reason."""
    if len(names) <= MOST_NAMED + 1:
        return ", ".join(names)
    return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"


def _executors(judgement: Judgement, lost: Sequence[Row]) -> tuple[str, ...]:
    """Return the executors, each with its variants where it is not all of them."""
    able = [row for row in judgement.rows if row in lost or row.status is not Status.UNAVAILABLE]
    if lost[0].status is Status.NOT_MEASURED:
        # What has failed already tells so itself.
        able = [row for row in able if row.status is not Status.FAILED]
    if len(lost) == len(able) > 1 and lost[0].status is not Status.UNAVAILABLE:
        return _ALL
    variants: dict[str, list[str]] = {}
    for row in lost:
        variants.setdefault(row.cell.executor, []).append(row.cell.variant)
    return tuple(_executor(judgement, *each) for each in variants.items())


def _executor(judgement: Judgement, executor: str, variants: list[str]) -> str:
    asked = [row.cell.variant for row in judgement.rows if row.cell.executor == executor]
    if len(variants) == len(asked):
        return executor
    return f"{executor} in {listed(variants)}"
