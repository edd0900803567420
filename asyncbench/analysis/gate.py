"""Whether something may pass: a bound on how much slower it may have become, and what breaks it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

from asyncbench import units
from asyncbench.analysis.judgement import Judgement, Row, Status, Verdict
from asyncbench.analysis.lead import decide as decided
from asyncbench.analysis.result import Result
from asyncbench.analysis.verdict import ratios
from asyncbench.errors import UsageError
from asyncbench.record.lines import RunStatus
from asyncbench.record.plan import Cell, Plan
from asyncbench.stats.intervals import Interval

TRIPPED = 1
NOT_COMPARED = 4
# A bound in per cent with more digits than these was meant as something else.
MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Bound:
    """How much slower is too slow: 0.05 lets a ratio of times of 1.05 pass."""

    slower: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """One cell beside the one that it is compared with.

    `ratio` is of its time over the other's; None, or an infinite interval, means that nothing can
    be said of the two, for the reason `why`.
    """

    name: str
    ratio: Interval | None
    why: str = ""

    @property
    def compared(self) -> bool:
        """Whether there is an interval to decide by."""
        return self.ratio is not None and isfinite(self.ratio.high) and not self.why


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a gate came to: an exit status, and the lines that say which cells decided."""

    status: int
    lines: list[str]


def parse(text: str) -> Bound:
    """Read a bound such as `slower:5%`; raises UsageError for anything else."""
    found = re.fullmatch(r"slower:(\d+(?:\.\d+)?)%", text.strip())
    share = float(found[1]) / 100 if found else inf
    if not isfinite(share):
        number = re.search(r"(?<!-)\b\d+(?:\.\d+)?", text)
        meant = f"slower:{number[0]}%" if number and len(number[0]) < MOST_DIGITS else "slower:5%"
        raise UsageError(f"--fail-on takes a bound such as {meant}, not {text!r}")
    return Bound(share)


def require_variants(plan: Plan) -> None:
    """Raise UsageError where a plan has no variants to hold against one another."""
    if not plan.variants:
        raise UsageError(
            "--fail-on compares variants, and there are none: give --variant NAME=FOLDER, --python "
            "PATH or --command NAME=COMMAND twice or more, or compare two saved runs with "
            "`asyncbench compare`"
        )


def of_variants(result: Result, bound: Bound) -> Outcome:
    """Hold every variant of a run against the first, all intervals at one joint level.

    Raises UsageError where the run has no variants.
    """
    run, judgements = result.run, result.judgements
    require_variants(run.plan)
    withheld = {each.number: _too_noisy(each, bound) for each in judgements}
    first = run.plan.variants[0].name
    rows = [row for each in judgements for row in each.rows]
    able = {_place(row) for row in rows if row.status is not Status.UNAVAILABLE}
    # What runs in no variant was never to be compared.
    later = [row for row in rows if row.cell.variant != first and _place(row) in able]
    compared = [row for row in later if row.reference]
    found = dict(
        zip(
            [row.cell.id for row in compared],
            ratios(result.summary, compared, bound.slower),
            strict=True,
        )
    )
    candidates = [
        Candidate(
            _compared(run.plan, row.cell, first),
            found.get(row.cell.id),
            withheld[row.cell.work] or _lacking(row),
        )
        for row in later
    ]
    outcome = decide(
        bound, candidates, "" if run.status == RunStatus.COMPLETE else f"the run is {run.status}"
    )
    idle = [variant.name for variant in run.plan.variants if variant.idle]
    if not idle:
        return outcome
    # No reason to fail: what a task imports when it runs was not seen.
    warning = (
        f"warning: nothing was imported from the folder of {', '.join(idle)} when its work was "
        "loaded, so that this may have compared the same code"
    )
    return Outcome(outcome.status, [warning, *outcome.lines])


def _compared(plan: Plan, cell: Cell, first: str) -> str:
    """Return what is compared, in words."""
    beside = f"{cell.variant} beside {first}"
    if plan.of_commands:
        return beside
    return f"{plan.works[cell.work].workload} under {cell.executor}, {beside}"


def _too_noisy(judgement: Judgement, bound: Bound) -> str:
    """Return that twins were told apart by more than the bound, which no verdict could then be."""
    control = judgement.control
    if control is None or control.ratio is None:
        return ""
    if decided(control.ratio, bound.slower) not in (Verdict.WINS, Verdict.LOSES):
        return ""
    return (
        f"{control.name} measured beside itself came out {units.times(control.ratio)}: "
        "the machine is too noisy to tell"
    )


def _place(row: Row) -> tuple[int, str]:
    return row.cell.work, row.cell.executor


def _lacking(row: Row) -> str:
    if not row.ok:
        return f"{row.status}: {row.why}"
    return "" if row.reference else "the first variant has no time to compare it with"


def decide(bound: Bound, candidates: Sequence[Candidate], incomplete: str = "") -> Outcome:
    """Hold every candidate's interval against the bound.

    It trips only where a whole interval lies beyond the bound. Where nothing was compared, where a
    candidate could not be, or where `incomplete` says what else is missing, it does not pass
    either: the status is then `NOT_COMPARED`, whatever the others came to.
    """
    limit = 1 + bound.slower
    slower = [
        each for each in candidates if each.compared and each.ratio and each.ratio.low > limit
    ]
    missing = [each for each in candidates if not each.compared]
    lines = [f"slower than {_percent(bound)} allow: {each.name}, {_told(each)}" for each in slower]
    lines += _missed(missing)
    if incomplete:
        lines.append(f"incomplete: {incomplete}")
    if not candidates:
        lines.append("there was nothing to compare")
    if missing or incomplete or not candidates:
        return Outcome(
            NOT_COMPARED, [*lines, "gate: not passed, since not everything was compared"]
        )
    if slower:
        return Outcome(TRIPPED, [*lines, f"gate: tripped by {len(slower)} of {len(candidates)}"])
    closest = max(candidates, key=lambda each: each.ratio.low if each.ratio else 0.0)
    passed = (
        f"gate: passed; nothing is shown to be slower by more than {_percent(bound)} "
        f"(closest: {closest.name}, {_told(closest)})"
    )
    # That nothing is shown does not say that there is nothing: how far the intervals reach does.
    unseen = [each for each in candidates if each.ratio and each.ratio.high > limit]
    widest = max(unseen, key=lambda each: each.ratio.high if each.ratio else 0.0, default=None)
    if widest is None:
        return Outcome(0, [passed])
    return Outcome(
        0,
        [
            f"more than {_percent(bound)} slower is not ruled out in {len(unseen)} of "
            f"{len(candidates)} (widest: {widest.name}, {_told(widest)})",
            passed,
        ],
    )


def _missed(candidates: Sequence[Candidate]) -> list[str]:
    """Return what was not compared; those with the same reason share a line."""
    names: dict[str, list[str]] = {}
    for each in candidates:
        names.setdefault(each.why or "too few rounds to tell (--budget gives more)", []).append(
            each.name
        )
    return [f"not compared: {'; '.join(those)}: {why}" for why, those in names.items()]


def _told(candidate: Candidate) -> str:
    return units.times(candidate.ratio) if candidate.ratio else ""


def _percent(bound: Bound) -> str:
    return f"{units.plain_number(100 * bound.slower)} %"
