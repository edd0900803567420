"""What a batch would take under each executor, from what one task was seen to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from asyncbench.analysis.judgement import Judgement, Row
from asyncbench.analysis.summary import Figures
from asyncbench.core.executor import Scheduler
from asyncbench.executors._pool import chunk
from asyncbench.record.plan import Cell
from asyncbench.stats.queueing import Step, batch_s

# A prediction may be off by this factor: who is predicted to take longer than so many times the
# least is not measured.
TRUSTED = 2.0
# More turns of a task than this are simulated as so many longer ones.
MOST_TURNS = 20
LOOPS = (Scheduler.ASYNCIO, Scheduler.TRIO)
GIL, CPU, ELSEWHERE = "gil", "cpu", "elsewhere"
# To hand a chunk of tasks to another process takes so much CPU time at the most, however many they
# are; what a task takes beyond that is for what is sent.
CHUNK_S = 0.0005
# So often the range is halved in which lies what a task takes elsewhere.
HALVINGS = 14


@dataclass(frozen=True, slots=True)
class Task:
    """What one task does, in seconds: it waits, computes, and waits while it keeps its loop.

    It does so in `turns`; `gil_share` of its computing holds the GIL (None: not known).
    """

    wait_s: float
    cpu_s: float
    blocked_s: float = 0.0
    gil_share: float | None = 1.0
    turns: int = 1

    @property
    def alone_s(self) -> float:
        """The seconds that it takes where no other is in flight."""
        return self.wait_s + self.blocked_s + self.cpu_s


@dataclass(frozen=True, slots=True)
class Machine:
    """How many CPUs may be used, how many processes a pool has, and whether there is a GIL."""

    cpus: int
    processes: int
    gil: bool = True


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a batch would take: `times` are its seconds by executor.

    Of a task `computes_s` and `sending_s` are seconds of CPU time: what it computes, and what it
    takes more in another process, to send it there and its result back. Of `budget_s` that the
    whole may take, `looked_s` have gone into it.
    """

    times: dict[str, float] = field(default_factory=dict)
    computes_s: float = 0.0
    sending_s: float = 0.0
    budget_s: float = 0.0
    looked_s: float = 0.0


def task_of(judgement: Judgement) -> Task | None:
    """Return what a task does by a batch of a few, None where that is not known."""
    work, demanded = judgement.work, judgement.demanded
    looks = [look for row in judgement.rows if row.ok and (look := judgement.loop_of(row))]
    turns = max((round(look.suspends / work.tasks) for look in looks), default=1)
    # Tasks one by one, with pauses in between, take more CPU time than the same in a row.
    used = [row.figures.cpu_s / work.tasks for row in judgement.rows if row.figures and row.ok]
    gil: float | None
    if demanded:
        gil, wait, cpu = demanded.gil_share, demanded.wait_s, min([demanded.cpu_s, *used])
    elif work.demand_known:
        gil, wait = float(work.holds_gil), work.wait_s
        cpu = min(used, default=0.0) if work.cpu_s is None else work.cpu_s
    else:
        alone = _one_by_one(judgement)
        if alone is None or not alone.busiest:
            return None
        cpu = alone.cpu_s / work.tasks
        gil, wait = None, cpu * max(0.0, 1 / alone.busiest - 1)
    blocked = 0.0
    if looks and all(look.waits_in_steps and look.held_share > 0.5 for look in looks):
        blocked = min(wait, wait * min(look.held_share for look in looks))
    return Task(wait - blocked, cpu, blocked, gil, min(MOST_TURNS, max(1, turns)))


def _one_by_one(judgement: Judgement) -> Figures | None:
    """Return the figures of whoever does one task after the other."""
    rows = [row for row in judgement.rows if row.ok and row.cell.one_by_one]
    return rows[0].figures if rows else None


def seconds(
    task: Task,
    cell: Cell,
    tasks: int,
    at_once: int,
    machine: Machine,
    extra_s: float = 0.0,
    elsewhere_s: float = 0.0,
) -> float | None:
    """Return what a batch would take under an executor, None where that is not known.

    `extra_s` is the CPU time that the executor itself takes for a task, and `elsewhere_s` for how
    long a task has something to itself that all of them need, such as the server that they ask.
    """
    turns, scheduler = task.turns, cell.scheduler
    gil_share = 1.0 if task.gil_share is None else task.gil_share
    holds, apart = task.cpu_s * gil_share, task.cpu_s * (1 - gil_share)
    wait, both = task.wait_s + task.blocked_s, task.cpu_s + extra_s
    shared = {GIL: 1 if machine.gil else machine.cpus, CPU: machine.cpus, ELSEWHERE: 1}
    last = [Step(elsewhere_s, ELSEWHERE)] if elsewhere_s else []
    if scheduler == Scheduler.NONE:
        return tasks * (wait + both)
    if scheduler == Scheduler.PROCESSES:
        steps = [Step(both / turns, CPU), Step(wait / turns)] * turns
        return batch_s(tasks, min(machine.processes, at_once), steps + last, shared)
    if scheduler in LOOPS and cell.form == "cooperative" and cell.family == "cooperative":
        held = (both + task.blocked_s) / turns
        steps = [Step(held, GIL), Step(task.wait_s / turns)] * turns
        return batch_s(tasks, at_once, steps + last, {GIL: 1, ELSEWHERE: 1})
    if scheduler == Scheduler.THREADS and task.gil_share is None and task.cpu_s > task.wait_s:
        return None  # they compute at once, or one at a time
    if scheduler == Scheduler.THREADS:
        turn = [
            Step(max(0.0, holds + extra_s) / turns, GIL),
            Step(apart / turns, CPU),
            Step(wait / turns),
        ]
        steps = [each for each in turn * turns if each.seconds]
        # Who holds the GIL computes on one of the same CPUs.
        least = tasks * both / machine.cpus
        return max(least, batch_s(tasks, at_once, steps + last, shared))
    return None


def predicted(
    probe: Judgement, tasks: int, at_once: int, machine: Machine, crowd: Judgement | None = None
) -> Prediction:
    """Return what a batch would take, from a run of a task or a few; nothing if that is not known.

    What an executor itself takes is the CPU time of its cell beyond what tasks compute. `crowd` is
    a run of such a batch under one executor. It tells how much less CPU time a task takes among
    many, under those of its kind; and what it took longer than it was predicted to is time for
    which tasks wait for one another elsewhere, under whatever executor.
    """
    task = task_of(probe)
    if task is None:
        return Prediction()
    found, sending_s, elsewhere_s = dict[str, float](), 0.0, 0.0
    able = [(row, row.figures) for row in probe.rows if row.ok and row.figures]
    extras = {
        row.name: max(0.0, figures.cpu_s / probe.work.tasks - task.cpu_s) for row, figures in able
    }
    for row in crowd.rows if crowd else ():
        if row.ok and row.figures and row.name in extras:
            # What is paid once a batch is less a task of many.
            known = task.cpu_s + extras[row.name]
            share = min(1.0, row.figures.cpu_s / tasks / known) if known else 1.0
            for alike, _ in able:
                if alike.cell.scheduler == row.cell.scheduler:
                    extras[alike.name] = share * (task.cpu_s + extras[alike.name]) - task.cpu_s
            own = partial(seconds, task, row.cell, tasks, at_once, machine, extras[row.name])
            elsewhere_s = _elsewhere_s(own, row.figures.time.estimate)
    for row, figures in able:
        extra = extras[row.name]
        if row.cell.scheduler == Scheduler.PROCESSES:
            sending_s = extra
            extra -= min(extra, CHUNK_S) * (1 - 1 / _handed_over(figures, probe.work.tasks, tasks))
        time = seconds(task, row.cell, tasks, at_once, machine, extra, elsewhere_s)
        if time is not None:
            found[row.name] = time
    return Prediction(found, task.cpu_s, sending_s)


def _elsewhere_s(batch: Callable[..., float | None], took_s: float) -> float:
    """Return the seconds of a task elsewhere with which a batch takes as long as it took."""
    low, high = 0.0, took_s
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if (batch(elsewhere_s=middle) or took_s) < took_s:
            low = middle
        else:
            high = middle
    return low


def _handed_over(figures: Figures, few: int, tasks: int) -> int:
    """Return how many tasks at a time go to another process, by what was seen with a few."""
    said = figures.facts.get("chunk size", "")
    if not said.isdecimal():
        return 1
    usual = chunk(few, figures.lanes, None)
    return chunk(tasks, figures.lanes, None if int(said) == usual else int(said))


def candidates(probe: Judgement, times: dict[str, float]) -> list[str]:
    """Return the executors that may be quickest, and whoever does tasks one by one.

    Of whom nothing is predicted may be, too. There are two at the least, where so many can run it:
    nothing is told of one beside nobody.
    """
    able = [row for row in probe.rows if row.ok]
    if not times:
        return [row.name for row in able]
    second = sorted(times.values())[:2][-1]
    most = max(TRUSTED * min(times.values()), second)
    return [row.name for row in able if _may_win(row, times, most)]


def _may_win(row: Row, times: dict[str, float], most: float) -> bool:
    return row.cell.one_by_one or times.get(row.name, most) <= most
