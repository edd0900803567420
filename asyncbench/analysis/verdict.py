"""Intervals in, verdicts out: who wins, ties or loses, and whether that can be told at all."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from asyncbench.analysis import matrix
from asyncbench.analysis.ideal import Ideal, ideal
from asyncbench.analysis.judgement import (
    Contest,
    ControlResult,
    Judgement,
    Row,
    Status,
    Verdict,
)
from asyncbench.analysis.lead import lead, verdict
from asyncbench.analysis.summary import Summary
from asyncbench.core.executor import Family
from asyncbench.record.plan import Cell, Plan
from asyncbench.stats import intervals, simultaneous
from asyncbench.stats.intervals import Interval

_GIL_CAME_BACK = (
    "its interpreter is built without the GIL, and something that was imported switched it on, or "
    "PYTHON_GIL did: so it says nothing of an interpreter without it"
)


def judge(summary: Summary) -> list[Judgement]:
    """Return a judgement for every work of a run.

    Verdicts of one table are simultaneous: the chance that any of them is false stays below
    `intervals.ALPHA`. The contests of all works are one table of their own.
    """
    works = range(len(summary.run.plan.works))
    judgements = [_judge_work(summary, number) for number in works]
    _judge_contests(summary, judgements)
    return judgements


def tests_in(plan: Plan) -> int:
    """Count the verdicts that share one level in the plan's largest table."""
    cells = [
        [cell for cell in plan.cells_of(number) if cell.is_tried]
        for number in range(len(plan.works))
    ]
    if plan.variants:
        first = plan.variants[0].name
        # A gate holds all works against one level.
        return sum(cell.variant != first for each in cells for cell in each)
    return max([*(len(each) - 1 for each in cells), sum(map(_choices, cells)), 1])


def is_precise(judgements: Sequence[Judgement], precision: float) -> bool:
    """Return whether every ratio's interval is at most plus or minus `precision` (0.02: 2 %)."""
    rows = [
        row
        for judgement in judgements
        for row in judgement.rows
        if row.ok and row.reference  # without one there is no ratio to wait for
    ]
    return all(
        row.ratio is not None
        and isfinite(row.ratio.high)
        and (row.ratio.high - row.ratio.low) / 2 <= precision * row.ratio.estimate
        for row in rows
    )


def _judge_work(summary: Summary, number: int) -> Judgement:
    plan = summary.run.plan
    rows = _rows(summary, number)
    first = plan.variants[0].name if plan.variants else ""
    of_first = [row for row in rows if row.cell.variant == first]
    baseline = _baseline(of_first, plan.baseline) if not plan.variants else None
    judgement = Judgement(
        number,
        plan.works[number],
        rows,
        ideal(summary, number),
        baseline,
        Contest(_best(of_first, Family.COOPERATIVE), _best(of_first, Family.PREEMPTIVE)),
        observations=summary.observations,
        demanded=summary.demanded(number),
        target=next((each for each in summary.run.targets if each.work == number), None),
        served=next((each for each in summary.run.served if each.work == number), None),
        variants=[variant.name for variant in plan.variants],
        asks=("side" if plan.by_side else "best") if plan.axes else "",
        functions=plan.of_functions,
        commands=plan.of_commands,
    )
    if plan.of_functions:
        _call(judgement)
    judgement.control = _control(summary, judgement)
    if judgement.control and judgement.control.told_apart:
        judgement.withheld = (
            f"{judgement.control.name} measured beside itself came out different: "
            "the machine is too noisy to tell"
        )
    _refer(rows, baseline, of_first if plan.variants else [])
    rivals = [row for row in rows if row.reference]
    for row, interval in zip(rivals, ratios(summary, rivals, plan.margin), strict=True):
        row.ratio = interval
        row.verdict = verdict(None if judgement.withheld else interval, plan.margin)
    if plan.of_interpreters:
        judgement.matrix = matrix.of_rows(summary, judgement)
    if plan.of_functions:
        best = _best_of_each(rows)
        choices = max((len(those) for those in best.values()), default=1)
        leading = [those[0] for those in best.values()]
        judgement.lead = lead(summary, leading, plan.margin, judgement.withheld, choices)
    elif not plan.variants:
        judgement.lead = lead(summary, rows, plan.margin, judgement.withheld)
    return judgement


def _rows(summary: Summary, number: int) -> list[Row]:
    """Return a row a cell of a work, with what became of it."""
    unequal = summary.unequal(number)
    failures = {failure.cell: failure for failure in reversed(summary.run.failures)}
    had_gil = matrix.with_gil(summary.run)
    rows = []
    for cell in summary.cells_of(number):
        row = Row(cell, figures=summary.figures(cell))
        if cell.unavailable:
            row.status, row.why = Status.UNAVAILABLE, cell.unavailable
        elif cell.id in failures:
            failure = failures[cell.id]
            row.status = Status.UNAVAILABLE if failure.unsuited else Status.FAILED
            row.why = failure.reason
        elif cell.id in unequal:
            anyway = "exit" if summary.run.plan.of_commands else "none"
            row.status = Status.UNEQUAL
            row.why = f"{unequal[cell.id]}; --proof {anyway} compares them anyway"
        elif row.figures is None:
            row.status, row.why = Status.NOT_MEASURED, "the run ended before its first sample"
        elif cell.id in had_gil:
            row.status, row.why = Status.WITH_GIL, _GIL_CAME_BACK
        rows.append(row)
    return rows


def _best_of_each(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows of each function that can be ranked, the quickest first."""
    able: dict[str, list[Row]] = {}
    for row in sorted((row for row in rows if row.ok and row.figures), key=lambda row: row.time_s):
        able.setdefault(row.cell.variant, []).append(row)
    return able


def _call(judgement: Judgement) -> None:
    """Name rows by their function, and make nothing of what is known of one function alone."""
    judgement.demanded, judgement.ideal = None, Ideal(0.0, measured=True)
    several = len({row.cell.executor for row in judgement.rows}) > 1
    for row in judgement.rows:
        row.called = row.cell.variant + (f" under {row.cell.executor}" if several else "")
        if row.status is Status.UNEQUAL and not judgement.commands:
            row.why += ", --against executors each alone"


def ratios(summary: Summary, rows: Sequence[Row], margin: float) -> list[Interval | None]:
    """Return the ratio of each row's time to its reference's, all intervals at one joint level.

    The level is shared out by how sure each is to lie within or beyond `margin`.
    """
    pairs = [summary.ratios(row.cell, row.reference.cell) if row.reference else [] for row in rows]
    found = simultaneous.intervals(pairs, margin, test=summary.test)
    return [
        summary.as_shown(ratio, row.cell, row.reference.cell) if row.reference else ratio
        for row, ratio in zip(rows, found, strict=True)
    ]


def _refer(rows: Sequence[Row], baseline: Row | None, firsts: Sequence[Row]) -> None:
    """Set what each row is judged against: the baseline, or of its executor the first variant."""
    for row in firsts:
        row.is_baseline = row.ok
    for row in rows:
        if row.ok and not row.is_baseline:
            same = (each for each in firsts if each.cell.executor == row.cell.executor)
            row.reference = baseline or next((each for each in same if each.is_baseline), None)
            if row.reference is None and row.called:
                # A function that no executor runs beside the first one is held against its best.
                able = [each for each in firsts if each.is_baseline and each is not row]
                row.reference = min(able, key=lambda row: row.time_s, default=None)


def _baseline(rows: Sequence[Row], name: str) -> Row | None:
    """Find the baseline's row; where that executor does not run the work, the first that did."""
    able = [row for row in rows if row.ok]
    chosen = [row for row in able if row.cell.executor == name]
    named = [row for row in rows if row.cell.executor == name]
    if not chosen and (not named or named[0].status is Status.UNAVAILABLE):
        chosen = able
    if not chosen:
        return None
    chosen[0].is_baseline = True
    return chosen[0]


def _best(rows: Sequence[Row], side: Family) -> Row | None:
    able = [row for row in rows if row.ok and row.cell.side == side]
    return min(able, key=lambda row: row.time_s, default=None)


def _judge_contests(summary: Summary, judgements: Sequence[Judgement]) -> None:
    margin = summary.run.plan.margin
    held = [each for each in judgements if each.contest.cooperative and each.contest.preemptive]
    pairs, choices = [], []
    for judgement in held:
        contest = judgement.contest
        assert contest.cooperative
        assert contest.preemptive
        pairs.append(summary.ratios(contest.cooperative.cell, contest.preemptive.cell))
        choices.append(_choices([row.cell for row in judgement.rows if row.ok]))
    if summary.run.plan.until_decided:
        # Each work's answer stands alone: a run ends by it, however many others there are. Those of
        # a sweep's points hold together.
        alpha = intervals.ALPHA / summary.run.plan.points
        found = [
            simultaneous.ratio(rounds, alpha / weight, summary.test) if rounds else None
            for rounds, weight in zip(pairs, choices, strict=True)
        ]
    else:
        found = simultaneous.intervals(pairs, margin, choices)
    for judgement, interval in zip(held, found, strict=True):
        contest = judgement.contest
        assert contest.cooperative
        assert contest.preemptive
        cells = contest.cooperative.cell, contest.preemptive.cell
        judgement.contest.ratio = summary.as_shown(interval, *cells)
        judgement.contest.verdict = verdict(None if judgement.withheld else interval, margin)


def _choices(cells: Sequence[Cell]) -> int:
    """Count among how many the better side of a contest was picked after looking.

    That the best of one side beats the best of the other is to beat them all, which costs no
    correction; which of its own side is best was chosen from the same data, which does.
    """
    sides = [cell.side for cell in cells]
    entrants = [sides.count(Family.COOPERATIVE), sides.count(Family.PREEMPTIVE)]
    return max(entrants) if all(entrants) else 0


def _control(summary: Summary, judgement: Judgement) -> ControlResult | None:
    called = {row.cell.id: row.name for row in judgement.rows}
    for cell in summary.run.controls:
        if cell.work == judgement.number and cell.control_of is not None:
            original = summary.cells[cell.control_of]
            rounds = summary.ratios(cell, original)
            ratio = simultaneous.ratio(rounds, intervals.ALPHA, summary.test) if rounds else None
            apart = verdict(ratio, summary.run.plan.margin) in (Verdict.WINS, Verdict.LOSES)
            command = original.variant if judgement.commands else ""
            name = called[original.id]
            return ControlResult(name, command or original.executor, ratio, apart)
    return None
