"""Where the time of a traced batch went: parts that are measured, each apart, and what is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from asyncbench.analysis.trace.timeline import Timeline
from asyncbench.record.trace import NONE, Seen, ThreadState, Trace


@dataclass(slots=True)
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
        """Give the time that no executor can beat."""
        each = [wait + cpu for wait, cpu in zip(self.wait, self.cpu, strict=True)]
        rows = -(-len(each) // concurrency)
        # The shortest tasks may be the ones that share a lane.
        in_a_row = max(sum(sorted(each)[:rows]), max(each), sum(each) / concurrency)
        return max(in_a_row, sum(self.cpu) / cpus)


def asked_of(timelines: Sequence[Timeline]) -> TaskDemand:
    """Tell what each task of one work asks for, from what it says or from all of its traces."""
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
    """Tell whether tasks wait in steps of a loop: then it looks as if they ran."""
    return trace.cell.family == "cooperative" and trace.cell.form == "blocking"


@dataclass(slots=True)
class _Lane:
    """How one lane spent the batch: ran, could have run, waited, had no task, was not seen."""

    running: float = 0
    queued: float = 0
    waited: float = 0
    idle: float = 0
    unseen: float = 0


def parts_of(timeline: Timeline, asked: TaskDemand, cpus: int) -> TimeBreakdown | None:
    """Take apart the time of the lane that was done last."""
    trace = timeline.trace
    last = max(range(timeline.tasks), key=lambda index: timeline.ended[index], default=NONE)
    if last == NONE or timeline.ended[last] == NONE:
        return None
    lane = timeline.lane[last]
    mine = [index for index, its in enumerate(timeline.lane) if its == lane]
    mine.sort(key=lambda index: timeline.began[index])
    spent = _spent(timeline, lane, mine)
    wait, cpu = sum(asked.wait[index] for index in mine), sum(asked.cpu[index] for index in mine)
    if _blocks(trace):
        spent.waited = min(spent.running, wait)
        spent.running -= spent.waited
    due = min(spent.running, cpu)
    costs = {
        "in_a_row": wait + due,
        "queueing": spent.queued,
        "dispatch": spent.idle,
        "over_sleep": spent.waited - wait,
        "computing": spent.running - due,
    }
    # The ideal is in there, too. It is made of what the lane's tasks ask for; where they ask for
    # less than it takes, of a queue that is there in any case, since all CPUs are busy with
    # others, or of time in which the lane would have had one more task.
    ideal = left = asked.ideal(trace.work.concurrency, cpus)
    for name, cost in costs.items():
        taken = min(left, max(0.0, cost))
        costs[name] -= taken
        left -= taken
    measured = {name: round(cost) for name, cost in costs.items()}
    parts = TimeBreakdown(startup=trace.startup_ns, ideal=round(ideal), **measured)
    parts.unexplained = trace.startup_ns + trace.wall_ns - parts.whole
    return parts


def _spent(timeline: Timeline, lane: int, mine: Sequence[int]) -> _Lane:
    """Add up how a lane spent the batch, from its tasks and from the gaps between them."""
    _, key = timeline.lanes[lane]
    spent = _Lane()
    on_loop = timeline.cpu[mine[0]] == NONE
    seen = None if on_loop else timeline.trace.threads.get(key)
    zero = timeline.trace.began_ns
    for index in mine:
        whole = timeline.ended[index] - timeline.began[index]
        if on_loop:
            spent.running += timeline.running[index]
            spent.queued += timeline.queued[index]
            spent.waited += timeline.waiting[index]
            continue
        running = min(whole, timeline.cpu[index])
        delayed = min(whole - running, timeline.delay[index])
        spent.running += running
        spent.queued += delayed
        for state, share in _states(
            timeline, seen, zero + timeline.began[index], zero + timeline.ended[index]
        ):
            part = share * (whole - running - delayed)
            if state == ThreadState.GIL:
                spent.queued += part
            elif state == ThreadState.UNSEEN:
                spent.unseen += part
            else:
                spent.waited += part
    at = 0
    if on_loop:
        # Its own task was created first, and then had to wait for its turn.
        at = max(0, next((made for task, _, _, made in timeline.of_loops() if task == key), 0))
        at = min(at, timeline.began[mine[0]])
        spent.idle += at
        spent.queued += timeline.began[mine[0]] - at
        at = timeline.began[mine[0]]
    for start, end in _gaps(timeline, mine, at):
        if on_loop:
            spent.idle += end - start
            continue
        for state, share in _states(timeline, seen, zero + start, zero + end, gap=True):
            if state == ThreadState.GIL:
                spent.queued += share * (end - start)
            else:
                spent.idle += share * (end - start)
    return spent


def _gaps(timeline: Timeline, mine: Sequence[int], at: int) -> Iterator[tuple[int, int]]:
    for index in mine:
        if timeline.began[index] > at:
            yield at, timeline.began[index]
        at = max(at, timeline.ended[index])
    if timeline.wall_ns > at:
        yield at, timeline.wall_ns


def _states(
    timeline: Timeline, seen: Seen | None, start: int, end: int, *, gap: bool = False
) -> list[tuple[ThreadState, float]]:
    """Give the shares of a time in which a thread was seen in each state in which it does not run.

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
