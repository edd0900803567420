"""How much longer a run would have to go on to decide what is open: from its evidence so far."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, inf, isfinite, log, log1p

from asyncbench.analysis.grid import Grid, Kind
from asyncbench.analysis.judgement import Judgement, Status, is_open
from asyncbench.analysis.lead import level_among
from asyncbench.analysis.result import Result
from asyncbench.record.plan import Cell, Plan
from asyncbench.stats import anytime, distances, intervals

# Evidence that grows by less than this a round promises no end.
LEAST_GROWTH = 0.05
# An outlook is a guess: so many times of it is asked for.
SLACK = 1.2
# What goes beyond a budget by more than this share, and by more than a second, is told.
OVER = 0.2


def seconds_to_decide(result: Result) -> float:
    """Return about how many more seconds would decide every question; 0 for none, inf for no end.

    The evidence of an e-process (`stats.anytime`) grows by about as much with each round, so the
    rounds so far tell how many it takes.
    """
    run = result.run
    rounds = len({visit.round for visit in run.visits})
    if not rounds or not run.end:
        return 0.0 if all(each.is_decided for each in result.judgements) else inf
    each_s = sum(visit.wall_ns for visit in run.visits) / rounds / 1e9
    needed = [
        _rounds(result, *question)
        for judgement in result.judgements
        if not judgement.withheld
        for question in open_questions(judgement, run.plan)
    ]
    return max([0.0, *needed]) * each_s


def budget_to_decide(result: Result) -> int:
    """Return the budget in seconds, a round number, that would decide all; 0 where none would.

    Points of a sweep or a map that there was no time for take as much as those that there was.
    """
    seconds, run = seconds_to_decide(result), result.run
    begun, missing = points_begun(result)
    if not isfinite(seconds) or not (seconds or missing):
        return 0
    spent = run.end.wall_ns / 1e9 if run.end else run.plan.budget_s
    whole = (begun + missing) / begun if begun else 1
    return enough_s(spent * whole, seconds * whole)


def rounds_at_least(result: Result) -> int:
    """Return how many rounds it takes at least to tell anything of every open question."""
    levels = [
        level
        for judgement in result.judgements
        for *_, level in open_questions(judgement, result.run.plan)
    ]
    return max([intervals.LEAST_ROUNDS, *map(intervals.rounds_needed, levels)])


def is_over(spent_s: float, budget_s: float) -> bool:
    """Return whether so many seconds are clearly more than a budget, and not just a last round."""
    return spent_s > budget_s + max(1.0, OVER * budget_s)


def enough_s(spent_s: float, more_s: float) -> int:
    """Return a budget in seconds, a round number, of what was spent and so many seconds more."""
    return 10 * ceil((spent_s + SLACK * more_s) / 10)


def points_begun(result: Result) -> tuple[int, int]:
    """Return how many works or points of a sweep were measured, and how many more would tell.

    Of a map those tell nothing that lie amid points of one outcome.
    """
    plan = result.run.plan
    silent = (Status.NOT_MEASURED, Status.UNAVAILABLE)
    missing = sum(all(row.status in silent for row in each.rows) for each in result.judgements)
    if not plan.axes:
        missing = sum(map(_is_missing, result.judgements))
    begun = len(result.judgements) - missing
    if len(plan.axes) == 2:
        holes = sum(each.kind is Kind.HOLE for each in Grid(result).outcomes.values())
        missing = min(missing, holes)
    return begun, missing


def _is_missing(judgement: Judgement) -> bool:
    """Return whether there was no time for a work: nothing of it failed, or was measured."""
    found = {row.status for row in judgement.rows} - {Status.UNAVAILABLE}
    return found == {Status.NOT_MEASURED}


def open_questions(judgement: Judgement, plan: Plan) -> Iterator[tuple[Cell, Cell, float]]:
    """Yield the two cells of each open question of a work, and the level that it has."""
    lead, contest = judgement.lead, judgement.contest
    if lead and judgement.asks != "side":
        for rival in lead.open:
            level = rival.ratio.level if rival.ratio else level_among(plan, len(lead.rivals) + 1)
            yield rival.row.cell, lead.best.cell, level
    if judgement.asks != "best" and is_open(contest.verdict, contest.ratio) and contest.ratio:
        assert contest.cooperative
        assert contest.preemptive
        yield contest.cooperative.cell, contest.preemptive.cell, contest.ratio.level
    leads = judgement.matrix.leads if judgement.matrix else {}
    for each in leads.values():
        even = level_among(plan, len(each.rivals) + 1, len(judgement.variants))
        for rival in each.open:
            yield rival.row.cell, each.best.cell, rival.ratio.level if rival.ratio else even
    for row in judgement.rows:
        if judgement.variants and is_open(row.verdict, row.ratio) and row.ratio:
            assert row.reference
            yield row.cell, row.reference.cell, row.ratio.level


def _rounds(result: Result, cell: Cell, other: Cell, level: float) -> float:
    """Return how many more rounds would decide about two cells."""
    ordered = distances.ordered(result.summary.ratios(cell, other))
    if not ordered:
        return inf
    edge, middle = log1p(result.run.plan.margin), intervals.estimate(ordered)
    edges = [-edge, edge] if -edge <= middle <= edge else [edge if middle > 0 else -edge]
    # Either that they tie is decided, or which is the quicker: what is nearer.
    tied = min(log(2 / anytime.p_value(ordered, each)) for each in edges)
    growth = max(tied, log(2 / anytime.p_value(ordered, 0.0))) / len(ordered)
    if len(ordered) < intervals.LEAST_ROUNDS:
        return float(anytime.rounds_needed(level) - len(ordered))  # as if all say the same
    if growth < LEAST_GROWTH:
        return inf
    return max(1.0, log(2 / level) / growth - len(ordered))
