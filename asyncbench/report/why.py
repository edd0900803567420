"""Why a work came out as it did: labelled sentences for whoever asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asyncbench import units
from asyncbench.analysis import explain, starts
from asyncbench.analysis.judgement import Judgement, Row
from asyncbench.analysis.lead import cpu_ratio
from asyncbench.analysis.result import Result
from asyncbench.report.text import plain
from asyncbench.stats import intervals

# A task that waits this often in a row might wait for some of it at once.
IN_A_ROW = 3
# Tasks whose longest takes so many times the median, and this long, are told of.
SPREAD = 5
LONG_TASK_NS = 5_000_000


def labelled(result: Result, judgement: Judgement, *, rows: bool) -> list[tuple[str, str]]:
    """Return all that explains a work, with labels; `rows`: each row, and not the best alone."""
    best = of_best(judgement)
    more = [each for each in of_rows(judgement) if not _is_told(each, best)] if rows else []
    return [
        *(("Why", each) for each in [*best, *more, *in_cpu_time(result, judgement)]),
        *(("Loop", each) for each in of_loop(judgement)),
        *(("Pool", each) for each in of_pools(judgement)),
        *(("GIL", each) for each in of_gil(judgement)),
        *(("Tasks", each) for each in of_tasks(judgement)),
        *(("Start", each) for each in of_start(result, judgement)),
        *(("How sure", each) for each in how_sure(result, judgement)),
    ]


def of_best(judgement: Judgement) -> list[str]:
    """Return why the best is better than the next, or what the two have in common."""
    lead = judgement.lead
    if lead is None:
        return []
    pairs = [(lead.best, lead.next.row, explain.of_rival(judgement, lead.next))]
    one, other = judgement.contest.cooperative, judgement.contest.preemptive
    # Where one side is best is what the tool is for, be it the first and the second or not.
    if one and other and {one.cell.id, other.cell.id} != {lead.best.cell.id, lead.next.row.cell.id}:
        pairs.append((one, other, explain.of_contest(judgement)))
    return [plain(f"{one.name} beside {other.name}: {why}") for one, other, why in pairs if why]


def of_rows(judgement: Judgement) -> list[str]:
    """Return why each row came out as it did; rows with the same to say share a sentence.

    What `of_best` says of a row and its baseline is not said once more.
    """
    why: dict[str, list[str]] = {}
    lead = judgement.lead
    pair = {lead.best.cell.id, lead.next.row.cell.id} if lead else set()
    for row in judgement.rows:
        is_told = row.reference is not None and {row.cell.id, row.reference.cell.id} == pair
        reason = explain.of_verdict(judgement, row, is_told=is_told) if row.ok else ""
        if reason:
            why.setdefault(reason, []).append(row.name)
    return [plain(f"{', '.join(names)}: {reason}") for reason, names in why.items()]


def _is_told(sentence: str, before: Sequence[str]) -> bool:
    """Return whether a row's sentence has nothing that those before it do not say already."""
    _, _, why = sentence.partition(": ")
    return any(each.partition(": ")[2] == why for each in before)


def of_loop(judgement: Judgement) -> list[str]:
    """Return who held the event loop, and what tasks did with it that they need not have."""
    on_loops = [row for row in judgement.rows if row.ok and row.cell.has_loop]
    looped = [row for row in on_loops if judgement.loop_of(row)]
    unseen = [row.name for row in on_loops if row not in looped]
    missed = [f"{', '.join(unseen)}: not watched, since a batch takes too long for --budget"]
    if not looped:
        return [plain(each) for each in missed if unseen]
    held: dict[str, list[str]] = {}
    for row in looped:
        if said := explain.held(judgement, row):
            held.setdefault(said, []).append(row.name)
    found = [f"{', '.join(names)}: {said}" for said, names in held.items()]
    if not found:
        longest = max(_longest_s(judgement, row) for row in looped)
        found = [f"never held for longer than {units.seconds(longest)}: nothing blocks it"]
    found += [*_slips(judgement, looped[0]), *(missed if unseen else [])]
    return [plain(each) for each in found]


def of_pools(judgement: Judgement) -> list[str]:
    """Return which pools were given more calls at once than they could take, under what."""
    full: dict[str, list[str]] = {}
    for row in judgement.rows:
        if row.ok and (said := explain.full_pool(judgement, row)):
            full.setdefault(said, []).append(row.name)
    return [plain(f"{', '.join(names)}: {said}") for said, names in full.items()]


def of_gil(judgement: Judgement) -> list[str]:
    """Return under which executors threads that could go on had to wait for the GIL."""
    return [
        plain(f"{row.name}: {said}")
        for row in judgement.rows
        if row.ok and (said := explain.kept_from_gil(judgement, row))
    ]


def of_tasks(judgement: Judgement) -> list[str]:
    """Return where tasks waited for one another in threads, or took much longer than others.

    Where they wait for one another, processes have what they wait for several times.
    """
    found = []
    if apart := explain.not_shared(judgement):
        found.append(apart)
    for row in judgement.rows:
        look = judgement.observations.get(row.cell.id)
        if row.ok and not row.cell.has_loop and (queued := explain.queued(judgement, row)):
            found.append(f"{row.name}: {queued}")
        if row.ok and look and look.task_max_ns > SPREAD * look.task_p50_ns > 0:
            times = [units.seconds(each / 1e9) for each in (look.task_p50_ns, look.task_max_ns)]
            if look.task_max_ns >= LONG_TASK_NS:
                found.append(
                    f"{row.name}: half of them took {times[0]} or less, the slowest {times[1]}"
                )
    return [plain(each) for each in found]


def in_cpu_time(result: Result, judgement: Judgement) -> list[str]:
    """Return what CPU time tells of the best and the next where the clock does not tell yet."""
    lead = judgement.lead
    if lead is None or not lead.open:
        return []
    ratio = cpu_ratio(result.summary, lead)
    if ratio is None or ratio.low <= 1 <= ratio.high:
        return []
    return [
        plain(
            f"the clock cannot tell yet, but CPU time does: {lead.next.row.name} uses "
            f"{units.plain_times(ratio)} as much as {lead.best.name}"
        )
    ]


def of_start(result: Result, judgement: Judgement) -> list[str]:
    """Return what the start of a process takes, where that is a part of what is measured."""
    found = starts.of_work(result.run, judgement)
    quickest = min(
        (row for row in judgement.rows if row.ok and row.figures),
        key=lambda row: row.time_s,
        default=None,
    )
    if found is None or quickest is None or quickest.figures is None:
        return []
    share = found.seconds * judgement.work.tasks / quickest.figures.time.estimate
    of_it = f", {share:.0%} of what {quickest.name} takes" if not _at_once(judgement) else ""
    if of_it and share >= 1:
        of_it = f", no less than {quickest.name}"
    return [
        plain(
            f"a process that does nothing ({found.command}) takes {units.seconds(found.seconds)} "
            f"to start and end{of_it}; the times here include it"
        )
    ]


def _at_once(judgement: Judgement) -> bool:
    return min(judgement.work.tasks, judgement.work.concurrency) > 1


def how_sure(result: Result, judgement: Judgement) -> list[str]:
    """Return from how many rounds the answer comes, and what the machine makes of equals."""
    rounds = max((row.figures.rounds for row in judgement.rows if row.figures), default=0)
    found = [f"{units.counted(rounds, 'round')} of fresh processes"]
    if rounds >= intervals.LEAST_ROUNDS:
        found.append("95 % intervals")
    control = judgement.control
    if control and control.ratio:
        found.append(f"{control.name} beside itself: {units.plain_times(control.ratio)}")
    return [plain("; ".join(found))]


def _longest_s(judgement: Judgement, row: Row) -> float:
    look = judgement.loop_of(row)
    return look.longest_ns / 1e9 if look else 0.0


def _slips(judgement: Judgement, row: Row) -> Iterator[str]:
    """Yield what was seen of the tasks that costs time and might be done otherwise."""
    look, tasks = judgement.loop_of(row), judgement.work.tasks
    if look is None:
        return
    if queued := explain.queued(judgement, row):
        yield queued
    suspends, spawned, hops = (each / tasks for each in (look.suspends, look.spawned, look.hops))
    if hops >= 0.5:
        yield f"each task hands {units.counted(hops, 'call')} to other threads"
    if spawned >= 1:
        yield f"each task makes {units.counted(spawned, 'task')} of its own"
    elif suspends >= IN_A_ROW and judgement.work.concurrency == 1 and look.pool_most <= 1:
        yield (
            f"each task awaits {units.figures(suspends)} times, one after the other: what does "
            "not need the one before can wait at the same time (asyncio.gather)"
        )
