"""Why a cell wins or loses, in words: drawn from what was measured, never from a name."""

from __future__ import annotations

from math import isfinite

from asyncbench import units
from asyncbench.analysis.judgement import Contest, Judgement, Row, Verdict
from asyncbench.analysis.summary import Figures
from asyncbench.core.executor import Family
from asyncbench.record.events import BLOCKS_NS
from asyncbench.stats import intervals
from asyncbench.stats.intervals import Interval

# A task that waits for less than this share of its time has nothing to overlap.
COMPUTES = 0.10
# An event loop that tasks hold for more than this share of a batch has little left to hand out.
HELD = 0.50


def waiting_share(judgement: Judgement) -> float | None:
    """Return the share of a task's time that it waits for, None where that is not known.

    In the sequential cell tasks run one after the other, so what was not CPU time was waiting,
    for the task's own sake or for a CPU that others had; its busiest sample has least of the
    latter. Without such a cell the demand tells, as the workload says or as it was measured.
    """
    for row in judgement.rows:
        if row.figures and row.ok and row.cell.one_by_one:
            return max(0.0, 1 - row.figures.busiest)
    known = judgement.demanded or (judgement.work if judgement.work.demand_known else None)
    if known is None:
        return None
    if known.cpu_s is None:
        return None if known.wait_s else 0.0
    whole = known.wait_s + known.cpu_s
    return known.wait_s / whole if whole else None


def of_row(judgement: Judgement, row: Row) -> str:
    """Return why a row came out as it did against the baseline."""
    if not row.ok:
        return row.why
    parts = []
    if not row.is_baseline:
        doubt = _doubt(judgement, row.ratio, row.verdict, row.figures)
        parts += [doubt, _explained(judgement, row)]
    parts += [held(judgement, row), _starved(judgement, row)]
    if row.figures and row.figures.target_bound:
        parts.append(
            f"target-bound: its server was busy {row.figures.target_share:.0%} of the time"
        )
    return "; ".join(part for part in parts if part)


def _too_few(ratio: Interval | None, figures: Figures | None) -> str:
    if ratio is None or figures is None:
        return ""
    needed = max(intervals.LEAST_ROUNDS, intervals.rounds_needed(ratio.level))
    return (
        f"indicative only: a claim takes {needed} rounds here, and there was time for "
        f"{figures.rounds} (--budget gives more)"
    )


def of_contest(judgement: Judgement) -> str:
    """Return why the best cooperative cell beats the best preemptive one, or does not."""
    contest = judgement.contest
    missing = _missing(contest)
    if missing:
        return missing
    assert contest.cooperative
    assert contest.preemptive
    doubt = _doubt(judgement, contest.ratio, contest.verdict, contest.cooperative.figures)
    mine, its = contest.cooperative.figures, contest.preemptive.figures
    assert mine
    assert its
    text = _compared(
        judgement, contest.cooperative.cell.executor, mine, contest.preemptive.cell.executor, its
    )
    bound = [
        row
        for row in (contest.cooperative, contest.preemptive)
        if row.figures and row.figures.target_bound
    ]
    if bound:
        text += f"; {bound[0].cell.executor} is target-bound: this measures the server"
    return f"{doubt}; {text}" if doubt else text


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
    if verdict is Verdict.INCONCLUSIVE:
        return "cannot tell: the interval reaches across the margin"
    return ""


def held(judgement: Judgement, row: Row) -> str:
    """Return that an event loop was held, for how long and by what, where it mattered."""
    look = judgement.loop_of(row)
    if look is None:
        return ""
    share, longest = look.held_share, units.seconds(look.longest_ns / 1e9)
    if look.longest_ns >= BLOCKS_NS or (share >= HELD and not look.suspends):
        never = ""
        if not look.suspends:
            never = ", a blocking call" if row.cell.blocks_loop else ", which never awaits"
        return (
            f"the loop was held {share:.0%} of the time, up to {longest} at once, by "
            f"{look.by}{never}"
        )
    if share >= HELD and look.lag_max_ns >= BLOCKS_NS:
        late = units.seconds(look.lag_max_ns / 1e9)
        return (
            f"the loop was held {share:.0%} of the time by steps of up to {longest}, which "
            f"together kept a task that was ready waiting for up to {late}"
        )
    return ""  # busy at the most, but it went round


def _starved(judgement: Judgement, row: Row) -> str:
    look = judgement.observations.get(row.cell.id)
    if look is None or not look.starved:
        return ""
    index = f" (Jain's index {look.jain:.2f})" if look.jain is not None else ""
    return f"starved: {look.starved} of its lanes got less than half of their share{index}"


def _explained(judgement: Judgement, row: Row) -> str:
    mine = row.figures
    base = row.reference.figures if row.reference else None
    share = waiting_share(judgement)
    tasks = judgement.work.tasks
    if not mine or not base:
        return ""
    if row.cell.variant:
        return f"{_cost(mine, tasks)} a task, in the first variant {_cost(base, tasks)}"
    if share is None:
        return ""
    if share < COMPUTES:
        return _computing(judgement, row, mine, base, share)
    at_once = min(mine.lanes, tasks)
    if mine.lanes > base.lanes:
        text = f"a task waits {share:.0%} of its time, and {at_once} wait at once"
    else:
        text = f"a task waits {share:.0%} of its time, with {at_once} in flight as in the baseline"
    return f"{text}; {_cost(mine, tasks)} a task"


def _computing(judgement: Judgement, row: Row, mine: Figures, base: Figures, share: float) -> str:
    whole = f"a task is {1 - share:.0%} CPU"
    if mine.cpus > 1.2:
        return f"{whole}, and it kept {mine.cpus:.2f} CPUs busy, {base.cpus:.2f} the baseline"
    if (
        row.cell.side == Family.PREEMPTIVE
        and judgement.work.holds_gil
        and mine.facts.get("gil", True)
    ):
        why = "the GIL lets one thread compute at a time"
    elif row.cell.has_loop:
        why = "one thread computes, with no waiting to overlap"
    else:
        why = "it had one CPU"
    text = f"{whole} and {why} ({mine.cpus:.2f} CPUs busy)"
    more = mine.cpu_s / base.cpu_s - 1 if base.cpu_s else 0.0
    return f"{text}; handing over took {more:.0%} more CPU" if more > 0.02 else text


def _compared(judgement: Judgement, mine: str, my: Figures, its: str, its_own: Figures) -> str:
    share = waiting_share(judgement)
    tasks = judgement.work.tasks
    if share is not None and share < COMPUTES:
        text = (
            f"a task is {1 - share:.0%} CPU: {its} kept {its_own.cpus:.2f} CPUs busy, "
            f"{mine} {my.cpus:.2f}"
        )
    else:
        text = f"a task waits {share:.0%} of its time; " if share is not None else ""
        mine_lanes, its_lanes = min(my.lanes, tasks), min(its_own.lanes, tasks)
        text += (
            f"both keep {mine_lanes} in flight; "
            if mine_lanes == its_lanes
            else f"{mine} keeps {mine_lanes} in flight, {its} {its_lanes}; "
        )
        text += f"{mine} spends {_cost(my, tasks)} a task, {its} {_cost(its_own, tasks)}"
    late = its_own.startup_s - my.startup_s
    if late > 0.005:
        text += f"; {its} also takes {late * 1e3:.0f} ms longer to start"
    return text


def _cost(figures: Figures, tasks: int) -> str:
    switches = (figures.voluntary + figures.involuntary) / tasks
    return f"{figures.cpu_s / tasks * 1e6:.0f} us of CPU and {switches:.2g} switches"
