"""Why a cell came out as it did, in sentences: its reasons, its doubts, and what held its loop."""

from __future__ import annotations

from math import isfinite

from asyncbench import units
from asyncbench.analysis import functions, reasons
from asyncbench.analysis.judgement import (
    Contest,
    Judgement,
    Rival,
    Row,
    Verdict,
    is_narrow,
    is_open,
)
from asyncbench.analysis.summary import Figures
from asyncbench.core.executor import Scheduler
from asyncbench.record.events import BLOCKS_NS
from asyncbench.stats import intervals
from asyncbench.stats.intervals import Interval

# Waiting for the GIL is told where threads do so for this share of the time that a batch takes.
# A batch that is shorter ends before threads have been looked at often enough.
GIL_WAITS = 0.05
LONG_ENOUGH_NS = 20_000_000


def of_row(judgement: Judgement, row: Row) -> str:
    """Return why a row came out as it did against the baseline, and what it was held up by."""
    if not row.ok:
        return row.why
    parts = [of_verdict(judgement, row), held(judgement, row), kept_from_gil(judgement, row)]
    parts += [queued(judgement, row), full_pool(judgement, row)]
    return "; ".join(filter(None, parts))


def of_verdict(judgement: Judgement, row: Row, *, is_told: bool = False) -> str:
    """Return why a row came out as it did against the baseline; `is_told`: that has been said."""
    parts = []
    if row.reference and not is_told:
        doubt = _doubt(judgement, row.ratio, row.verdict, row.figures)
        parts += [doubt, _why(judgement, row, row.reference, row.ratio, row.verdict, alone=True)]
    parts.append(_starved(judgement, row))
    if row.figures and row.figures.target_bound:
        parts.append(
            f"its {judgement.other_side} was busy {row.figures.target_share:.0%} of the time"
        )
    return "; ".join(part for part in parts if part)


def of_contest(judgement: Judgement) -> str:
    """Return why the best cooperative cell beats the best preemptive one, or does not."""
    contest = judgement.contest
    missing = _missing(contest)
    if missing:
        return missing
    assert contest.cooperative
    assert contest.preemptive
    cooperative, preemptive = contest.cooperative, contest.preemptive
    doubt = _doubt(judgement, contest.ratio, contest.verdict, cooperative.figures)
    why = _why(judgement, cooperative, preemptive, contest.ratio, contest.verdict)
    return "; ".join(filter(None, [doubt, why, _bound(judgement, cooperative, preemptive)]))


def of_rival(judgement: Judgement, rival: Rival) -> str:
    """Return why a row is slower than the best of its work, or what the two have in common."""
    assert judgement.lead
    best = judgement.lead.best
    doubt = _doubt(judgement, rival.ratio, rival.verdict, rival.row.figures)
    why = _why(judgement, rival.row, best, rival.ratio, rival.verdict)
    return "; ".join(filter(None, [doubt, why, _bound(judgement, rival.row, best)]))


def held(judgement: Judgement, row: Row) -> str:
    """Return that an event loop was held, for how long and by what, where it mattered."""
    look = judgement.loop_of(row)
    if look is None:
        return ""
    share, longest = look.held_share, units.seconds(look.longest_ns / 1e9)
    if look.longest_ns >= BLOCKS_NS or (share >= reasons.HELD and not look.suspends):
        never = ""
        if not look.suspends:
            never = (
                ", a blocking call" if row.cell.blocks_loop else f", which {_never(look.awaits)}"
            )
        return (
            f"the loop was held {share:.0%} of the time, up to {longest} at once, by "
            f"{look.by}{never}"
        )
    # Of what a task waited, others may have had the CPU for this long.
    others_ns = look.delay_ns or 0
    if share >= reasons.HELD and look.lag_max_ns - others_ns >= BLOCKS_NS:
        late = units.seconds(look.lag_max_ns / 1e9)
        return (
            f"the loop was held {share:.0%} of the time by steps of up to {longest}, the longest "
            f"in {look.by}, which together kept a task that was ready waiting for up to {late}"
        )
    return ""  # busy at the most, but it went round


def kept_from_gil(judgement: Judgement, row: Row) -> str:
    """Return for how long threads that could go on waited for the GIL, where it mattered."""
    look = judgement.observations.get(row.cell.id)
    if look is None or row.figures is None or look.wall_ns < LONG_ENOUGH_NS:
        return ""
    threads = max(1, min(row.figures.lanes, judgement.work.tasks))
    share = look.gil_ns / (look.wall_ns * threads)
    if share < GIL_WAITS:
        return ""
    longest = units.seconds(look.gil_longest_ns / 1e9)
    return (
        f"its threads could go on but waited for the GIL for {min(1.0, share):.0%} of the time, up "
        f"to {longest} at once"
    )


def queued(judgement: Judgement, row: Row) -> str:
    """Return where tasks mostly wait for one another, '' where they do not."""
    look = judgement.observations.get(row.cell.id)
    if look is None or not look.is_queued:
        return ""
    what = "waiting" if row.cell.has_loop else "time"
    return (
        f"tasks mostly wait for one another ({look.queued_share:.0%} of all their {what}) at "
        f"{look.queued}: what that lets through sets the pace"
    )


def not_shared(judgement: Judgement) -> str:
    """Return that processes do not wait where tasks of one process do for one another, or ''."""
    looks = [
        look
        for row in judgement.rows
        if row.ok
        and (look := judgement.observations.get(row.cell.id))
        and look.is_queued
        and not look.spawned  # tasks that a task makes may wait for one another alone
    ]
    apart = [
        row.name
        for row in judgement.rows
        if row.ok and row.cell.scheduler == Scheduler.PROCESSES and row.figures
    ]
    if not looks or not apart:
        return ""
    return (
        f"{', '.join(apart)}: each process has a copy of what tasks wait for at {looks[0].queued}, "
        "so that together they let more through: the limit is not the same"
    )


def full_pool(judgement: Judgement, row: Row) -> str:
    """Return which pool had more calls at once than it has members, '' where none had."""
    look = judgement.observations.get(row.cell.id)
    if look is None or not look.pool_most > look.pool_size > 0:
        return ""
    which = f"the pool that {look.pool} uses" if look.pool else "the loop's own pool"
    members = look.pool_members or "threads"
    one = members.removesuffix("es" if members == "processes" else "s")
    return (
        f"up to {look.pool_most:,} calls at once were given to {which}, which has "
        f"{units.counted(look.pool_size, one, members)}; the rest had to wait"
    )


def _never(awaits: bool | None) -> str:
    return "never suspends: what it awaits is ready at once" if awaits else "never awaits"


def _why(
    judgement: Judgement,
    row: Row,
    other: Row,
    ratio: Interval | None,
    verdict: Verdict | None,
    *,
    alone: bool = False,
) -> str:
    """Return why a row's time is what it is beside another's; `alone`: the row is the subject."""
    if ratio is None or verdict is None or judgement.withheld:
        return ""
    if verdict is Verdict.TIES:
        return reasons.alike(judgement, row, other)
    if ratio.low <= 1 <= ratio.high:
        return ""  # there may be nothing to explain
    slower = ratio.estimate > 1
    if judgement.functions and row.cell.variant != other.cell.variant:
        pair = (row, other) if slower else (other, row)
        return functions.between(judgement, *pair) or reasons.UNEXPLAINED
    found = reasons.between(judgement, row, other, ratio.estimate)
    fast, slow = (other.name, row.name) if slower else (row.name, other.name)
    told = (
        reason.of_one(other.name, is_fast=not slower) if alone else reason.of_both(fast, slow)
        for reason in found
    )
    return "; ".join(told) or reasons.UNEXPLAINED


def _bound(judgement: Judgement, *rows: Row) -> str:
    bound = [row.name for row in rows if row.figures and row.figures.target_bound]
    if not bound:
        return ""
    return (
        f"the {judgement.other_side} of {bound[0]} was busy all the time: it is what this measures"
    )


def _missing(contest: Contest) -> str:
    if not contest.cooperative and not contest.preemptive:
        return "no cooperative and no preemptive executor was measured"
    if not contest.cooperative:
        return "no cooperative executor was measured"
    return "" if contest.preemptive else "no preemptive executor was measured"


def _doubt(
    judgement: Judgement,
    ratio: Interval | None,
    verdict: Verdict | None,
    figures: Figures | None,
) -> str:
    """Return why nothing can be claimed, '' where something can."""
    if judgement.withheld:
        return judgement.withheld
    if ratio is None:
        return "it was never sampled in the same block"
    if not isfinite(ratio.high):
        return _too_few(ratio, figures)
    if verdict is not Verdict.INCONCLUSIVE:
        return ""
    if is_open(verdict, ratio):
        return "not yet sure"
    if is_narrow(ratio):
        return "by little, which may not matter"
    least = ratio.low if ratio.estimate > 1 else 1 / ratio.high
    return f"by {units.factor(least)}x at least, which may not matter"


def _too_few(ratio: Interval | None, figures: Figures | None) -> str:
    if ratio is None or figures is None:
        return ""
    needed = max(intervals.LEAST_ROUNDS, intervals.rounds_needed(ratio.level))
    return (
        f"not yet sure: a claim takes {needed} rounds here, and there was time for "
        f"{figures.rounds} (--budget gives more)"
    )


def _starved(judgement: Judgement, row: Row) -> str:
    look = judgement.observations.get(row.cell.id)
    if look is None or not look.starved:
        return ""
    index = f" (Jain's index {look.jain:.2f})" if look.jain is not None else ""
    return f"starved: {look.starved} of its lanes got less than half of their share{index}"
