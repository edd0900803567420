"""Who is best of all that did one work: the quickest cell beside each other one."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, inf

from asyncbench.analysis.judgement import Lead, Rival, Row, Verdict
from asyncbench.analysis.summary import Summary
from asyncbench.record.plan import Plan
from asyncbench.stats import intervals, simultaneous
from asyncbench.stats.distances import Rounds
from asyncbench.stats.intervals import Interval

Paired = list[tuple[Row, Rounds]]


def lead(
    summary: Summary, rows: Sequence[Row], margin: float, withheld: str, choices: int = 1
) -> Lead | None:
    """Return the quickest of the rows beside the others, None where there are none to compare.

    Which is the quickest was chosen by looking, so the comparisons share the level: equally
    (`level_among`), or, where that may be, by how sure they are (`simultaneous.shares_of_best`).
    """
    able = [row for row in rows if row.ok and row.figures]
    if len(able) < 2:
        return None
    best, paired = _quickest(summary, able)
    # Where every row was itself chosen by looking, those that it was chosen from share it, too.
    level = level_among(summary.run.plan, len(able), choices)
    levels = [level] * len(paired)
    if summary.run.plan.until_decided and not summary.run.plan.finer:
        doubts = [simultaneous.doubt(rounds, margin, summary.test) for _, rounds in paired]
        shares = simultaneous.shares_of_best(len(paired))
        levels = simultaneous.shared_levels(doubts, level * len(paired), shares)
    rivals = []
    for (row, rounds), level in zip(paired, levels, strict=True):
        ratio = simultaneous.ratio(rounds, level, summary.test) if rounds else None
        ratio = summary.as_shown(ratio, row.cell, best.cell)
        rivals.append(Rival(row, ratio, verdict(None if withheld else ratio, margin)))
    return Lead(best, sorted(rivals, key=_factor))


def level_among(plan: Plan, entrants: int, choices: int = 1) -> float:
    """Return the level at which the best of several is held against each of the others.

    A cell that is not the best passes for it only where it is wrongly told from the one that is,
    and each of so many cells might be the one that does. With `choices`, each entrant is itself
    the best of so many.

    The claims of a sweep hold together: of all its points, and, where it was to find who crosses
    whom, of any two executors.
    """
    pairs = comb(entrants, 2) if plan.finer else entrants - 1
    return intervals.ALPHA / (plan.points * max(1, pairs) * max(1, choices))


def cpu_ratio(summary: Summary, of: Lead) -> Interval | None:
    """Return the CPU time of the next over that of the best, with its interval.

    Other programs take a batch's time from it, but hardly any of its CPU time: on a loaded machine
    this is often known long before the ratio of times is.
    """
    rounds = summary.cpu_ratios(of.next.row.cell, of.best.cell)
    return simultaneous.ratio(rounds, intervals.ALPHA, summary.test) if rounds else None


def beside(summary: Summary, row: Row, other: Row) -> Interval | None:
    """Return the time of one row over another's, of two that somebody names; None: never met.

    It holds at the whole level, since nobody chose the two by looking at how they came out.
    """
    rounds = summary.ratios(row.cell, other.cell)
    ratio = simultaneous.ratio(rounds, intervals.ALPHA, summary.test) if rounds else None
    return summary.as_shown(ratio, row.cell, other.cell)


def decide(interval: Interval, margin: float) -> Verdict:
    """Return the verdict on a ratio of times: its whole interval must lie on one side.

    `margin` 0.03 makes a tie of everything within a factor of 1.03, either way.
    """
    edge = 1 + margin
    if interval.high < 1 / edge:
        return Verdict.WINS
    if interval.low > edge:
        return Verdict.LOSES
    if 1 / edge <= interval.low and interval.high <= edge:
        return Verdict.TIES
    return Verdict.INCONCLUSIVE


def verdict(interval: Interval | None, margin: float) -> Verdict:
    """Return the verdict on a ratio of times, inconclusive where there is none."""
    return decide(interval, margin) if interval else Verdict.INCONCLUSIVE


def _quickest(summary: Summary, able: Sequence[Row]) -> tuple[Row, Paired]:
    """Return the row that no other was quicker than, with the others' log-ratios to it.

    Ratios are of samples taken side by side, which medians over the whole run are not: where the
    two disagree, the ratios tell, unless there are too few of them for any claim.
    """
    best = min(able, key=lambda row: row.time_s)
    paired = _beside(summary, able, best)
    for _ in able:  # at the most: three that beat one another in a circle have no best
        met = [
            (intervals.estimate(rounds), row)
            for row, rounds in paired
            if len(rounds) >= intervals.LEAST_ROUNDS
        ]
        least, quicker = min(met, key=lambda each: each[0], default=(0.0, best))
        if least >= 0:
            break
        best, paired = quicker, _beside(summary, able, quicker)
    return best, paired


def _beside(summary: Summary, able: Sequence[Row], best: Row) -> Paired:
    others = [row for row in able if row is not best]
    return [(row, summary.ratios(row.cell, best.cell)) for row in others]


def _factor(rival: Rival) -> float:
    if rival.ratio:
        return rival.ratio.estimate
    return inf
