"""Why one function is quicker than another: what a call of each was seen to do."""

from __future__ import annotations

from collections.abc import Iterator

from asyncbench import units
from asyncbench.analysis.judgement import Judgement, Row

# What accounts for less than this share of a difference is left out.
LEAST_SHARE = 0.25
# Counts that differ by less than this factor are the same.
APART = 1.5


def between(judgement: Judgement, slow: Row, fast: Row) -> str:
    """Return what a call of the slower function does that one of the faster does not."""
    return "; ".join([*_seen(judgement, slow, fast), *_spent(judgement, slow, fast)])


def _spent(judgement: Judgement, slow: Row, fast: Row) -> Iterator[str]:
    """Yield the CPU time and the waiting that the difference consists of."""
    if slow.figures is None or fast.figures is None:
        return
    names, tasks = (slow.cell.variant, fast.cell.variant), judgement.work.tasks
    figures = (slow.figures, fast.figures)
    times = [each.time.estimate for each in figures]
    computing = [each.cpu_s / max(1.0, each.cpus) for each in figures]
    waiting = [max(0.0, time - busy) for time, busy in zip(times, computing, strict=True)]
    least = LEAST_SHARE * (times[0] - times[1])
    if computing[0] - computing[1] >= least:
        one, another = (units.seconds(each.cpu_s / tasks) for each in figures)
        yield f"a call takes {one} of CPU in {names[0]}, {another} in {names[1]}"
    if waiting[0] - waiting[1] >= least:
        one, another = map(units.seconds, waiting)
        yield f"a batch waits for {one} in {names[0]}, for {another} in {names[1]}"


def _seen(judgement: Judgement, slow: Row, fast: Row) -> Iterator[str]:
    """Yield what a call was seen to do more often with its loop, the slower one first."""
    looks = judgement.loop_of(slow), judgement.loop_of(fast)
    if looks[0] is None or looks[1] is None:
        return
    tasks, names = judgement.work.tasks, (slow.cell.variant, fast.cell.variant)
    for verb, counts in (
        ("makes {} tasks of its own", [look.spawned / tasks for look in looks if look]),
        ("gives control back {} times", [look.suspends / tasks for look in looks if look]),
        ("hands {} calls to other threads", [look.hops / tasks for look in looks if look]),
    ):
        if counts[0] > APART * counts[1] and counts[0] >= APART:
            told = [units.figures(each) if each else "none" for each in counts]
            yield f"a call of {names[0]} {verb.format(told[0])}, of {names[1]} {told[1]}"
