"""Why one cell is quicker than another: causes, each with the time that its figures account for.

A cause is told only where what was measured of it differs in the direction of the times, and is
large enough to matter. So no reason can contradict the verdict that it stands beside.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace

from asyncbench import units
from asyncbench.analysis.judgement import Judgement, Row
from asyncbench.analysis.summary import Figures
from asyncbench.analysis.waiting import waiting_share
from asyncbench.core.executor import Scheduler
from asyncbench.record.lines import LoopObservation

# A cause that accounts for less than this share of a difference is left out.
LEAST_SHARE = 0.25
# As many causes are told at the most.
MOST = 2
# A loop that is held for more than this share of a batch hands little out.
HELD = 0.5
# Below this share of CPUs busy, a held loop waits: it does not compute.
IDLE = 0.5
# What holds the GIL for more than this share of its computing keeps other threads from theirs.
HOLDS_GIL = 0.5
# What sending a result takes is told where it is at least this share of what a task takes more.
SENDING = 0.25
# A byte goes through a pipe in about this many seconds of CPU time, of whoever writes and reads it.
PIPE_S = 2e-9
# From this factor on it is told that tasks which run beside each other take more CPU time each.
DEARER = 1.25
UNEXPLAINED = "not explained by what was measured"


class Cause(enum.StrEnum):
    """What a difference can come from."""

    WAITING = "waiting"  # how many tasks wait at once
    CPUS = "CPUs"  # how many CPUs compute at once
    CPU_TIME = "CPU time"  # how much CPU time a task takes
    HANDOVERS = "hand-overs"  # how often control changes hands between threads


@dataclass(frozen=True, slots=True)
class Reason:
    """A cause, the seconds of a batch by which it slows the slower cell, and both in words.

    `fast` and `slow` are amounts, and `what` is what they are of: with `before` and the amount of
    a cell in front it is a clause. `after` says more of the slower cell.
    """

    cause: Cause
    seconds: float
    fast: str
    slow: str
    what: str
    before: str = ""
    after: str = ""

    def of_both(self, fast: str, slow: str) -> str:
        """Return it as a clause that names both cells."""
        first = f"{self.before}{self.fast}{self.what}"
        return f"{first} under {fast}, {self.slow} under {slow}{self.after}"

    def of_one(self, other: str, *, is_fast: bool) -> str:
        """Return it as a clause whose subject is one of the cells, the other being named."""
        own, others = (self.fast, self.slow) if is_fast else (self.slow, self.fast)
        return f"{self.before}{own}{self.what}, {others} under {other}{self.after}"


@dataclass(frozen=True, slots=True)
class _Side:
    """One cell in parts: seconds of a batch that go by waiting and computing, and what they are.

    `at_once` tasks wait at the same time; `switches` are a task's.
    """

    name: str
    row: Row
    figures: Figures
    look: LoopObservation | None
    tasks: int
    at_once: int
    waiting_s: float
    switches: float
    hops: float

    @property
    def time_s(self) -> float:
        return self.figures.time.estimate

    @property
    def cpus(self) -> float:
        """How many CPUs compute at once; one where it mostly waits."""
        return max(1.0, self.figures.cpus)

    @property
    def computing_s(self) -> float:
        return self.figures.cpu_s / self.cpus

    @property
    def idle_s(self) -> float:
        """What of a batch is neither waiting that tasks ask for nor computing."""
        return max(0.0, self.time_s - self.waiting_s - self.computing_s)

    @property
    def holds_loop(self) -> bool:
        """Whether its tasks wait while they hold the event loop, one after the other."""
        if self.row.cell.blocks_loop:
            return True
        return self.look is not None and waits_in_steps(self.look, self.figures)


def between(judgement: Judgement, row: Row, other: Row, ratio: float) -> list[Reason]:
    """Return why the time of `row` is `ratio` times that of `other`: what accounts for most first.

    The list is empty where nothing that was measured accounts for a part worth telling.
    """
    if row.figures is None or other.figures is None or ratio == 1:
        return []
    one, another = (_side(judgement, each) for each in (row, other))
    slow, fast = (one, another) if ratio > 1 else (another, one)
    lost = abs(ratio - 1) * another.time_s
    found = [
        reason
        for cause in (_waiting, _cpus, _cpu_time, _handovers)
        for reason in cause(judgement, slow, fast)
        if reason.seconds >= LEAST_SHARE * lost
    ]
    return sorted(found, key=lambda reason: -reason.seconds)[:MOST]


def waits_in_steps(look: LoopObservation, figures: Figures) -> bool:
    """Return whether tasks keep control of their loop for most of the time, and mostly wait then.

    Few CPUs in use are no sign of that on a machine where others have them.
    """
    return look.held_share > HELD and figures.cpus < IDLE and look.waits_in_steps is not False


def alike(judgement: Judgement, row: Row, other: Row) -> str:
    """Return what two cells that are as quick as each other have in common, '' where not known."""
    if row.figures is None or other.figures is None:
        return ""
    one, another = (_side(judgement, each) for each in (row, other))
    waits = waiting_share(judgement)
    if waits is not None and waits > 0.5 and one.at_once == another.at_once:
        return f"both have {units.counted(one.at_once, 'task')} waiting at once"
    if max(one.cpus, another.cpus) < 1.2 and waits is not None and waits <= 0.5:
        gil = [side for side in (one, another) if _gil_bound(judgement, side)]
        why = f": the GIL lets one thread of {gil[0].name} compute at a time" if gil else ""
        return f"both compute on one CPU{why}"
    return ""


def _waiting(judgement: Judgement, slow: _Side, fast: _Side) -> Iterator[Reason]:
    if slow.at_once >= fast.at_once:
        return
    share, after = waiting_share(judgement), ""
    if slow.holds_loop and slow.look:
        longest = units.seconds(slow.look.longest_ns / 1e9)
        after = (
            f", where {slow.look.by} held the loop for {slow.look.held_share:.0%} of the time, up "
            f"to {longest} at once"
        )
    yield Reason(
        Cause.WAITING,
        slow.waiting_s - fast.waiting_s,
        f"{fast.at_once:,}",
        f"{slow.at_once:,}",
        " wait at once",
        f"a task waits {share:.0%} of its time: " if share is not None else "",
        after,
    )


def _cpus(judgement: Judgement, slow: _Side, fast: _Side) -> Iterator[Reason]:
    if fast.cpus < slow.cpus + 0.1:
        return
    saved = min(slow.figures.cpu_s, fast.figures.cpu_s) * (1 / slow.cpus - 1 / fast.cpus)
    after = ""
    if _gil_bound(judgement, slow):
        after = ", where the GIL lets one thread compute at a time"
    elif slow.row.cell.has_loop and slow.cpus < 1.2:
        after = ", whose event loop is one thread"
    if fast.figures.cpu_s >= DEARER * slow.figures.cpu_s:
        dear, cheap = (units.seconds(each.figures.cpu_s / each.tasks) for each in (fast, slow))
        after += f"; but a task takes {dear} of CPU time in place of {cheap}"
    yield Reason(
        Cause.CPUS,
        saved,
        f"{fast.cpus:.2f}",
        f"{slow.cpus:.2f}",
        " CPUs compute at once",
        after=after,
    )


def _cpu_time(judgement: Judgement, slow: _Side, fast: _Side) -> Iterator[Reason]:
    more = slow.figures.cpu_s - fast.figures.cpu_s
    if more <= 0:
        return
    one, another = (units.seconds(side.figures.cpu_s / side.tasks) for side in (slow, fast))
    after = ""
    if slow.hops > fast.hops + 0.5:
        after = f", where it hands {_calls(slow.hops)} to other threads"
    elif told := _sent(judgement, slow, fast, more / slow.tasks):
        after = told
    elif slow.switches > fast.switches + 0.5:
        after = f", where threads switch {_times(slow.switches)}"
    yield Reason(
        Cause.CPU_TIME, more / slow.cpus, another, one, " of CPU time", "a task takes ", after
    )


def _sent(judgement: Judgement, slow: _Side, fast: _Side, more_s: float) -> str:
    """Return what comes back of a task from another process, '' where it is little of `more_s`."""
    demanded = judgement.demanded
    sides = [side.row.cell.scheduler == Scheduler.PROCESSES for side in (slow, fast)]
    if demanded is None or sides != [True, False]:
        return ""
    if demanded.result_s + demanded.result_bytes * PIPE_S < SENDING * more_s:
        return ""
    return f", where a result of {units.size(demanded.result_bytes)} is pickled and sent back"


def _handovers(judgement: Judgement, slow: _Side, fast: _Side) -> Iterator[Reason]:
    if slow.switches <= fast.switches + 0.5 or slow.idle_s <= fast.idle_s:
        return
    after = ", and each is waited for"
    if slow.hops > fast.hops + 0.5:
        after = f", where a task hands {_calls(slow.hops)} to other threads and waits for them"
    yield Reason(
        Cause.HANDOVERS,
        slow.idle_s - fast.idle_s,
        units.figures(fast.switches),
        units.figures(slow.switches),
        " changes of thread a task",
        after=after,
    )


def _gil_bound(judgement: Judgement, side: _Side) -> bool:
    """Return whether what it computes in threads holds the GIL, as measured or as known."""
    if not side.row.cell.is_threaded or not side.figures.facts.get("gil", True):
        return False
    if judgement.demanded:
        share = judgement.demanded.gil_share
        return share is not None and share > HOLDS_GIL
    return judgement.work.demand_known and judgement.work.holds_gil


def _side(judgement: Judgement, row: Row) -> _Side:
    figures, work = row.figures, judgement.work
    assert figures
    look = judgement.loop_of(row)
    side = _Side(
        row.name,
        row,
        figures,
        look,
        work.tasks,
        _at_once(judgement, row, figures),
        0.0,
        (figures.voluntary + figures.involuntary) / work.tasks,
        (look.hops if look else 0) / work.tasks,
    )
    at_once = 1 if side.holds_loop else side.at_once
    return replace(side, at_once=at_once, waiting_s=-(-work.tasks // at_once) * _wait_s(judgement))


def _at_once(judgement: Judgement, row: Row, figures: Figures) -> int:
    """Return how many tasks wait at once for what they are about, and not for one another."""
    lanes = max(1, min(figures.lanes, judgement.work.tasks))
    look = judgement.observations.get(row.cell.id)
    if look is None or not look.is_queued:
        return lanes
    return max(1, min(lanes, round((look.waited_ns - look.queued_ns) / look.wall_ns)))


def _wait_s(judgement: Judgement) -> float:
    """Return the seconds that a task waits: as seen where they run one by one, or its demand."""
    for row in judgement.rows:
        if row.figures and row.ok and row.cell.one_by_one:
            spent = max(0.0, row.figures.time.estimate - row.figures.cpu_s)
            return spent / judgement.work.tasks
    known = judgement.demanded or judgement.work
    return known.wait_s


def _calls(count: float) -> str:
    return units.counted(count, "call")


def _times(count: float) -> str:
    return f"{units.figures(count)} times"
