"""How much of a task to measure for advice: so many tasks a batch, and so many at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from asyncbench.analysis import prediction
from asyncbench.analysis.judgement import Judgement
from asyncbench.analysis.prediction import Prediction
from asyncbench.core.system import gil_enabled, usable_cpus
from asyncbench.runner.planning.options import WorkOptions

# All tasks of a batch, one after the other, are to take about so long.
ONE_BY_ONE_S = 0.10
FEWEST, MOST = 8, 64
# Beside as many at once as there may be, so many times fewer are measured: each point takes time.
FEWER = 8


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
    """What to measure for advice: the work, `vary` as a sweep takes it, and what is predicted."""

    work: WorkOptions
    vary: str
    predicted: Prediction


def sized(asked: WorkOptions, probe: Judgement) -> Sized:
    """Return what to measure of a work of which a few tasks were run.

    Executors that are predicted to be much slower than the quickest are left out, unless it was
    asked for them by name.
    """
    able = [row for row in probe.rows if row.ok and row.figures]
    tasks = asked.tasks or tasks_for(_task_s(probe), asked.concurrency)
    one = not any(row.cell.one_by_one for row in able)
    several = concurrencies(tasks, asked.concurrency, one=one)
    cpus = usable_cpus()
    machine = prediction.Machine(cpus, asked.processes or cpus, gil_enabled())
    predicted = prediction.predicted(probe, tasks, several[-1], machine)
    executors = asked.executors or prediction.candidates(probe, predicted.times) or None
    return Sized(
        replace(asked, tasks=tasks, concurrency=None, executors=executors),
        f"concurrency={','.join(map(str, several))}",
        predicted,
    )


def _task_s(probe: Judgement) -> float:
    """Return the seconds that a task takes alone, at least about."""
    task = prediction.task_of(probe)
    if task:
        return task.alone_s
    times = [row.figures.time.estimate for row in probe.rows if row.ok and row.figures]
    return min(times, default=0.0) / probe.work.tasks
