"""How much of a task to measure for advice: so many tasks a batch, and so many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from asyncbench import units
from asyncbench.analysis import prediction
from asyncbench.analysis.judgement import Judgement
from asyncbench.analysis.prediction import Prediction
from asyncbench.core.executor import Scheduler
from asyncbench.core.system import gil_enabled, usable_cpus
from asyncbench.errors import EmptyRunError
from asyncbench.runner.planning.options import WorkOptions
from asyncbench.stats import intervals

# All tasks of a batch, one after the other, are to take about so long.
ONE_BY_ONE_S = 0.10
FEWEST, MOST = 8, 64
# Beside as many at once as there may be, so many times fewer are measured: each point takes time.
FEWER = 8
# So many times what one by one takes is an advice: others are measured beside it, at three points.
ROOM = 3
# No second look is taken at a batch that is predicted to take longer; a task that does is long.
LONG_S = 1.0
# Who can have as many tasks in flight as there are.
MANY_AT_ONCE = (*prediction.LOOPS, Scheduler.THREADS)


def tasks_for(task_s: float, at_once: int | None) -> int:
    """Return how many tasks make a batch, of tasks that take so many seconds each.

    `at_once` is how many the user would have in flight; there are at least as many.
    """
    wanted = round(ONE_BY_ONE_S / task_s) if task_s > 0 else MOST
    return max(FEWEST, at_once or 0, min(MOST, wanted))


def concurrencies(tasks: int, at_once: int | None, *, one: bool) -> list[int]:
    """Return how many at once to measure, up to what the user would have or all of a batch.

    With `one`, a task alone is measured, too: where no executor does them one by one anyway.
    """
    most = min(tasks, at_once or tasks)
    found = [most]
    if most > 2:
        found.append(max(2, round(most / FEWER)))
    if one or len(found) < 2:
        found.append(1)
    return sorted({*found})


@dataclass(frozen=True, slots=True)
class Sized:
    """What to measure for advice: the work, `vary` as a sweep takes it, and what is predicted.

    `at_once` is the most of that; of a task that waits, `waiters` can have so many in flight.
    """

    work: WorkOptions
    vary: str
    predicted: Prediction
    at_once: int
    waiters: Sequence[str]


def crowd(asked: WorkOptions, size: Sized) -> WorkOptions | None:
    """Return a whole batch at once, under whoever is predicted to be quickest at that.

    A batch tells what a few tasks do not: how long they wait for one another elsewhere. None where
    tasks compute rather than wait, which they do on their own, where nothing is predicted, or where
    it would take long.
    """
    waiting = {name: each for name, each in size.predicted.times.items() if name in size.waiters}
    name = min(waiting, key=lambda each: waiting[each], default="")
    if not name or waiting[name] > LONG_S:
        return None
    return replace(asked, tasks=size.work.tasks, concurrency=size.at_once, executors=[name])


def sized(asked: WorkOptions, probe: Judgement, crowd: Judgement | None = None) -> Sized:
    """Return what to measure of a work of which a few tasks were run, and perhaps a `crowd`.

    Executors that are predicted to be much slower than the quickest are left out, unless it was
    asked for them by name.
    """
    able = [row for row in probe.rows if row.ok and row.figures]
    tasks = asked.tasks or tasks_for(_task_s(probe), asked.concurrency)
    one = not any(row.cell.one_by_one for row in able)
    several = concurrencies(tasks, asked.concurrency, one=one)
    cpus = usable_cpus()
    machine = prediction.Machine(cpus, asked.processes or cpus, gil_enabled())
    predicted = prediction.predicted(probe, tasks, several[-1], machine, crowd)
    task = prediction.task_of(probe)
    waits = task is not None and task.wait_s > task.cpu_s
    executors = asked.executors or prediction.candidates(probe, predicted.times) or None
    return Sized(
        replace(asked, tasks=tasks, concurrency=None, executors=executors),
        f"concurrency={','.join(map(str, several))}",
        predicted,
        several[-1],
        [row.name for row in able if waits and row.cell.scheduler in MANY_AT_ONCE],
    )


def check_time(probe: Judgement, size: Sized, budget_s: float) -> None:
    """Raise EmptyRunError where tasks take so long that no advice comes of `budget_s` seconds."""
    late = [row.why for row in probe.rows if row.why.startswith("timed out")]
    name, few = probe.work.workload, probe.work.tasks
    if late:
        raise EmptyRunError(
            f"{few} tasks of {name} {late[0]}, and advise runs many times as many: give a "
            "shorter one by -p NAME=VALUE, or more --timeout and --budget"
        )
    task = prediction.task_of(probe)
    task_s = task.alone_s if task else few * _task_s(probe)
    most = "" if task or few == 1 else "up to "
    least_s = intervals.LEAST_ROUNDS * (size.work.tasks or FEWEST) * task_s
    if task_s > LONG_S and least_s > budget_s:
        raise EmptyRunError(
            f"a task of {name} takes {most}{units.seconds(task_s)}, and advise measures "
            f"{size.work.tasks} of them one by one several times: give a shorter one by "
            f"-p NAME=VALUE, or --budget {10 * ceil(ROOM * least_s / 10)}"
        )


def _task_s(probe: Judgement) -> float:
    """Return the seconds that a task takes alone, at least about."""
    task = prediction.task_of(probe)
    if task:
        return task.alone_s
    times = [row.figures.time.estimate for row in probe.rows if row.ok and row.figures]
    return min(times, default=0.0) / probe.work.tasks
