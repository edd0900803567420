"""What a trace of a whole program shows, in sentences: its tasks, threads, and what never ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from asyncbench import units
from asyncbench.analysis.trace.model import Call, Endless
from asyncbench.analysis.trace.summary import TraceSummary
from asyncbench.record.trace import NO_LOOP

# So many kinds of tasks that never ended are told one by one.
MOST_ENDLESS = 6
# A share of fewer steps than this is that of one or two.
MANY_STEPS = 100
# Calls that had to wait for a thread of their pool for longer are told of.
LONG_QUEUE_NS = 1_000_000


def what_happened(summary: TraceSummary) -> str:
    """Return how much ran on loops, and how late what was ready got its turn."""
    timeline, loop = summary.timeline, summary.loop
    if loop is None:
        if summary.trace.attached:
            return "No task began meanwhile, and nothing held a loop."
        if summary.trace.cell.executor == NO_LOOP:
            return "It ran no event loop of asyncio, so there is nothing of it to show."
        return "No task ran on its loop, and nothing held that."
    count = sum(row.kind == "coroutine" for row in timeline.spawned)
    hands = len(timeline.hand_overs)
    changed = (
        f"control changed hands {units.often(hands)}" if hands else "control never changed hands"
    )
    steps = units.counted(loop.steps, "step")
    text = f"{units.counted(count, 'task')} in {steps}, and {changed}."
    if not count:
        text = f"No task ran on its loop, which took {steps} for callbacks."
        if summary.trace.attached:
            held = units.often(loop.steps)
            text = f"No task began meanwhile; what had begun before held its loop {held}."
    if loop.steps >= MANY_STEPS:
        text += f" Who was ready had control within {_time(loop.lags.p99)} in 99 % of the steps."
    late = loop.lags.longest
    if late and (loop.culprits or loop.starving):  # else it is told with the longest hold
        text += f" At the latest it was {_time(late)} late."
    return text


def of_rest(summary: TraceSummary) -> Iterator[str]:
    """Yield for how much of the time nothing was noted but what held a loop."""
    unnoted = sum(until - since for since, until in summary.timeline.unnoted)
    if unnoted:
        # Who looks does so twice within the time that counts as holding.
        precise = _time(summary.trace.threshold_ns / 2)
        yield (
            f"That is of {_time(summary.timeline.wall_ns - unnoted)} of its time. It took so many "
            f"steps that for the other {_time(unnoted)} only what held the loop was looked for, "
            f"within {precise}: lines have gaps then, and tasks that began then have none, unless "
            "they awaited for long. --every-step shows all, and slows it down."
        )


def of_threads(summary: TraceSummary) -> Iterator[str]:
    """Yield what was called in threads of pools, and how long it had to wait for one."""
    calls = [each for each in summary.timeline.calls if each.asked < each.began]
    if not calls:
        return
    names = Counter(each.text.place for each in calls).most_common(2)
    told = ", ".join(f"{name} {units.often(count)}" for name, count in names)
    longest = max(calls, key=lambda each: each.ended - each.began)
    text = (
        f"{units.counted(len(calls), 'call')} in threads of a pool ({told}), up to "
        f"{_at_once(calls):,} at once, the longest {_time(longest.ended - longest.began)}"
    )
    queued = max(each.began - each.asked for each in calls)
    if queued > LONG_QUEUE_NS:
        text += f"; one had to wait {_time(queued)} for a thread"
    yield f"{text}."


def of_endless(summary: TraceSummary) -> Iterator[str]:
    """Yield which tasks never ended, and where each kind of them awaits."""
    endless = sorted(summary.timeline.endless, key=_kind)
    kinds = [(kind, list(those)) for kind, those in groupby(endless, key=_kind)]
    kinds.sort(key=lambda each: each[1][0].since)
    trace = summary.trace
    if trace.interrupted_ns and trace.began_ns:
        after = _time(trace.interrupted_ns - trace.began_ns)
        yield f"It was interrupted after {after}" + ("; until then:" if kinds else ".")
    for _, those in kinds[:MOST_ENDLESS]:
        first = those[0]
        if first.text is None:
            yield _cut_short(first, len(those))
            continue
        many = f" and {len(those) - 1:,} more like it" if len(those) > 1 else ""
        how = "had been waiting" if trace.interrupted_ns else "never ended; it waited"
        code = f": {first.text.code}" if first.text.code else "."
        where = f" in {first.text.place}"
        lasted = _time(max(0, first.until - first.since))
        yield f"Task {first.label}{many} {how} for {lasted}{where}{code}"
    if len(kinds) > MOST_ENDLESS:
        rest = sum(len(those) for _, those in kinds[MOST_ENDLESS:])
        yield f"{rest:,} more tasks never ended."


def _cut_short(first: Endless, many: int) -> str:
    """Return that tasks were there when the program ended so that nobody could look at them."""
    more = f", and {many - 1:,} more like it," if many > 1 else ","
    lasted = _time(max(0, first.until - first.since))
    return (
        f"Task {first.label}, which is {first.code.place}{more} never ended: the program did, "
        f"{lasted} after the task last gave control back."
    )


def _kind(each: Endless) -> tuple[str, str]:
    return each.label.rpartition(">")[2], each.text.place if each.text else ""


def _at_once(calls: Sequence[Call]) -> int:
    moments = sorted([(each.began, 1) for each in calls] + [(each.ended, -1) for each in calls])
    most = now = 0
    for _, change in moments:
        now += change
        most = max(most, now)
    return most


def _time(nanoseconds: float) -> str:
    return units.seconds(nanoseconds / 1e9)
