"""Where the time of a traced batch went: parts that are measured, each apart, and what is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from asyncbench.analysis.trace.timeline import Timeline
from asyncbench.record.trace import NONE, Seen, ThreadState, Trace


@dataclass(frozen=True, slots=True)
class TimeBreakdown:
    """Where the time from start to end went, in nanoseconds; they add up to `whole`.

    They are those of the lane that was done last, for its time is the batch's.

    `startup`: starting the pool or loop, and opening the lanes. `ideal`: what no executor can beat.
    `in_a_row`: more of the tasks' own waiting and computing lay in this lane than the ideal has
    side by side. `computing`: CPU time of tasks beyond what they ask for. `queueing`: could go on,
    and had to wait for a CPU, the GIL or the loop. `over_sleep`: waited for longer than was asked.
    `dispatch`: no task in the lane. `unexplained`: what is left.
    """

    startup: int = 0
    ideal: int = 0
    in_a_row: int = 0
    computing: int = 0
    queueing: int = 0
    over_sleep: int = 0
    dispatch: int = 0
    unexplained: int = 0

    @property
    def whole(self) -> int:
        """All of it."""
        return (
            self.startup + self.ideal + self.in_a_row + self.computing + self.queueing
            + self.over_sleep + self.dispatch + self.unexplained
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TaskDemand:
    """What each task asks for, by index, in nanoseconds: waiting, and CPU time."""

    wait: Sequence[float]
    cpu: Sequence[float]

    def ideal(self, concurrency: int, cpus: int) -> float:
        """Return the time that no executor can beat."""
        each = [wait + cpu for wait, cpu in zip(self.wait, self.cpu, strict=True)]
        rows = -(-len(each) // concurrency)
        # The shortest tasks may be the ones that share a lane.
        in_a_row = max(sum(sorted(each)[:rows]), max(each), sum(each) / concurrency)
        return max(in_a_row, sum(self.cpu) / cpus)


def task_demand(timelines: Sequence[Timeline]) -> TaskDemand:
    """Return what each task of one work asks for, from what it says or from all of its traces."""
    done = [each for each in timelines if NONE not in each.ended]
    if not timelines:
        return TaskDemand([], [])
    work = timelines[0].trace.work
    known = work.demand_known
    none = [0.0] * work.tasks
    wait = none
    if known and not work.longest_s:
        wait = [work.wait_s * 1e9] * work.tasks
    elif honest := [each for each in done if not _blocks(each.trace)]:
        wait = [float(min(waits)) for waits in zip(*(each.waiting for each in honest), strict=True)]
    cpu = none
    if known and work.cpu_s is not None:
        cpu = [work.cpu_s * 1e9] * work.tasks
    elif done:
        # Of a task alone; on a whole it is surer, and the same for all.
        least = min(sum(each.running) - (sum(wait) if _blocks(each.trace) else 0) for each in done)
        least = max(0.0, least / work.tasks)
        cpu = [least] * work.tasks
    return TaskDemand(wait, cpu)


def _blocks(trace: Trace) -> bool:
    """Return whether tasks wait in steps of a loop: then it looks as if they ran."""
    return trace.cell.blocks_loop


@dataclass(slots=True)
class _Lane:
    """How one lane spent the batch: ran, could have run, waited, had no task, was not seen."""

    running: float = 0
    queued: float = 0
    waited: float = 0
    idle: float = 0
    unseen: float = 0


def breakdown(timeline: Timeline, demand: TaskDemand, cpus: int) -> TimeBreakdown | None:
    """Return the parts of the time of the lane that was done last; None where a task was not."""
    trace = timeline.trace
    last = max(range(timeline.tasks), key=lambda index: timeline.ended[index], default=NONE)
    if last == NONE or timeline.ended[last] == NONE:
        return None
    lane = timeline.lane[last]
    tasks = [index for index, other in enumerate(timeline.lane) if other == lane]
    tasks.sort(key=lambda index: timeline.began[index])
    on_loop = timeline.cpu[tasks[0]] == NONE
    spent = (_spent_on_loop if on_loop else _spent_in_thread)(timeline, lane, tasks)
    wait = sum(demand.wait[index] for index in tasks)
    cpu = sum(demand.cpu[index] for index in tasks)
    if _blocks(trace):
        spent.waited = min(spent.running, wait)
        spent.running -= spent.waited
    due = min(spent.running, cpu)
    ideal = demand.ideal(trace.work.concurrency, cpus)
    costs = _without_ideal(
        [
            ("in_a_row", wait + due),
            ("queueing", spent.queued),
            ("dispatch", spent.idle),
            ("over_sleep", spent.waited - wait),
            ("computing", spent.running - due),
        ],
        ideal,
    )
    left = trace.wall_ns - round(ideal) - sum(costs.values())
    return TimeBreakdown(trace.startup_ns, round(ideal), **costs, unexplained=left)


def _without_ideal(costs: Sequence[tuple[str, float]], ideal: float) -> dict[str, int]:
    """Return costs without the ideal time, which is in them, too, in whole nanoseconds.

    It is taken from the first cost for as much as there is in it, then from the next, and so on.
    The order is that of what the ideal is made of: what the lane's tasks ask for; where they ask
    for less than it takes, a queue that is there in any case, since all CPUs are busy with others,
    and time in which the lane would have had one more task.
    """
    rest = {}
    for name, cost in costs:
        taken = min(ideal, max(0.0, cost))
        rest[name] = round(cost - taken)
        ideal -= taken
    return rest


def _spent_on_loop(timeline: Timeline, lane: int, tasks: Sequence[int]) -> _Lane:
    """Return how a lane that is a task of a loop spent the batch: in its tasks, and between."""
    spent = _Lane(
        running=sum(timeline.running[index] for index in tasks),
        queued=sum(timeline.queued[index] for index in tasks),
        waited=sum(timeline.waiting[index] for index in tasks),
    )
    # The lane's own task was created first, and then had to wait for its turn.
    _, number = timeline.lanes[lane]
    first = timeline.began[tasks[0]]
    created = next((task.created for task in timeline.loop_tasks() if task.number == number), 0)
    created = min(max(0, created), first)
    spent.idle += created
    spent.queued += first - created
    spent.idle += sum(end - start for start, end in _gaps(timeline, tasks, first))
    return spent


def _spent_in_thread(timeline: Timeline, lane: int, tasks: Sequence[int]) -> _Lane:
    """Return how a lane that is a thread spent the batch: in its tasks, and between them."""
    _, thread = timeline.lanes[lane]
    seen, zero = timeline.trace.threads.get(thread), timeline.trace.began_ns
    spent = _Lane()
    for index in tasks:
        began, ended = timeline.began[index], timeline.ended[index]
        running = min(ended - began, timeline.cpu[index])
        delayed = min(ended - began - running, timeline.delay[index])
        spent.running += running
        spent.queued += delayed
        for state, share in _states(seen, zero + began, zero + ended):
            part = share * (ended - began - running - delayed)
            if state == ThreadState.GIL:
                spent.queued += part
            elif state == ThreadState.UNSEEN:
                spent.unseen += part
            else:
                spent.waited += part
    for start, end in _gaps(timeline, tasks, 0):
        for state, share in _states(seen, zero + start, zero + end, gap=True):
            if state == ThreadState.GIL:
                spent.queued += share * (end - start)
            else:
                spent.idle += share * (end - start)
    return spent


def _gaps(timeline: Timeline, tasks: Sequence[int], at: int) -> Iterator[tuple[int, int]]:
    """Return (start, end) of each time from `at` on in which a lane had none of its tasks."""
    for index in tasks:
        if timeline.began[index] > at:
            yield at, timeline.began[index]
        at = max(at, timeline.ended[index])
    if timeline.wall_ns > at:
        yield at, timeline.wall_ns


def _states(
    seen: Seen | None, start: int, end: int, *, gap: bool = False
) -> list[tuple[ThreadState, float]]:
    """Return the shares of a time in which a thread was seen in each state but running.

    In a gap between tasks running counts, too: it is the executor's own work.
    """
    times: dict[ThreadState, int] = {}
    for state, since, until in seen.between(start, end) if seen else ():
        if gap or state != ThreadState.RUNNING:
            times[state] = times.get(state, 0) + until - since
    whole = sum(times.values())
    if not whole:
        return [(ThreadState.UNSEEN, 1.0)]
    return [(state, time / whole) for state, time in times.items()]
