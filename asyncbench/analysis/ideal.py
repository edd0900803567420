"""The time a batch that no executor can beat: from what tasks ask for, as said or as measured."""

from __future__ import annotations

from dataclasses import dataclass

from asyncbench.analysis.summary import Summary

# Timers may end a little early.
TOLERANCE = 0.02
# A task that takes so many times as long as the mean is longer, and was not just held up.
UNEQUAL = 1.5


@dataclass(frozen=True, slots=True)
class Ideal:
    """The time a batch that no executor can beat; `measured` where the demand had to be."""

    seconds: float
    measured: bool


def ideal(summary: Summary, number: int) -> Ideal:
    """Return the ideal time a batch of a work.

    A lane does ceil(tasks / concurrency) tasks one after the other, and all tasks share the
    CPUs: the larger of the two bounds holds, and the longest task bounds it too. What a task
    asks for is the workload's own word, or else was measured; where only its CPU time is not
    known, that is the least that a cell was measured to use. It is not known (0 seconds) where
    a cell was quicker, or where the waits inside of a task might pass at once.
    """
    work = summary.run.plan.works[number]
    wait, cpu, longest, measured = work.wait_s, work.cpu_s, work.longest_s, False
    demanded = summary.demanded(number)
    if demanded:
        wait, cpu, measured = demanded.wait_s, demanded.cpu_s, True
        if demanded.longest_s > UNEQUAL * (wait + cpu):
            longest = demanded.longest_s
        if _waits_inside(summary, number):
            return Ideal(0.0, measured=True)
    elif not work.demand_known:
        return Ideal(0.0, measured=True)
    if cpu is None:
        used = [
            figures.cpu_s / work.tasks
            for cell in summary.cells_of(number)
            if (figures := summary.figures(cell))
        ]
        cpu, measured = min(used, default=0.0), True
    row = -(-work.tasks // work.concurrency)
    cpus = summary.run.environment.get("cpus", 1)
    seconds = max(row * (wait + cpu), work.tasks * cpu / cpus, longest)
    known = [figures for cell in summary.cells_of(number) if (figures := summary.figures(cell))]
    if any(figures.time.estimate < seconds * (1 - TOLERANCE) for figures in known):
        return Ideal(0.0, measured)
    return Ideal(seconds, measured)


def _waits_inside(summary: Summary, number: int) -> bool:
    """Return whether tasks were seen to wait more than once, or for other threads."""
    tasks = summary.run.plan.works[number].tasks
    looks = (summary.observations.get(cell.id) for cell in summary.cells_of(number))
    return any(look.suspends > tasks or look.hops for look in looks if look)
