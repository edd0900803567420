"""What a journal is made of: each kind of line as a frozen class, with its ranges."""

from __future__ import annotations

import enum
from typing import Annotated, Any

from msgspec import Meta, Struct

from asyncbench.record.plan import Cell, Work


class RunStatus(enum.StrEnum):
    """Whether a run came to its end."""

    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    UNFINISHED = "unfinished"  # it has no end line: it was killed, or goes on


# No time, count or size is larger: nearly three hundred years of nanoseconds.
LARGEST = 2**63 - 1
# A round takes a tenth of a second at the least: this many are hours of measuring.
MOST_ROUNDS = 100_000

# Tasks that wait for one another for this share of their waiting do so mostly.
QUEUED = 0.5

Count = Annotated[int, Meta(ge=0, le=LARGEST)]
Positive = Annotated[int, Meta(ge=1, le=LARGEST)]
Round = Annotated[int, Meta(ge=0, lt=MOST_ROUNDS)]
Quantity = Annotated[float, Meta(ge=0, le=float(LARGEST))]


class _Line(Struct, frozen=True, tag_field="is"):
    """One line of a journal; `tag` is what it is called there, whatever its class is called here.

    Its types are checked where a journal is read, by `record.schema`.
    """


class Sample(_Line, frozen=True, gc=False, tag="sample"):
    """One timed stretch of `batches` equal batches; the proof is that of one batch.

    `engine_ns` is the part of the CPU time of who only hands work out, None where nobody does.
    """

    cell: Count
    round: Round
    block: Count
    order: Count
    warmup: bool
    batches: Positive
    wall_ns: Positive
    user_ns: Count
    system_ns: Count
    voluntary: Count
    involuntary: Count
    count: Count
    checksum: Count
    target_ns: Count | None = None
    engine_ns: Count | None = None

    @property
    def seconds(self) -> float:
        """How long a batch took."""
        return self.wall_ns / self.batches / 1e9


class WorkerLife(_Line, frozen=True, tag="life"):
    """One worker's life: how long it took to start and stop, what it held, what it stated."""

    cell: Count
    round: Count
    lanes: Count
    startup_ns: Count
    shutdown_ns: Count
    peak_rss_bytes: Count
    facts: dict[str, Any]
    engine_rss_bytes: Count | None = None


class RoundVisit(_Line, frozen=True, tag="visit"):
    """One round of one work, and what else the machine did meanwhile.

    `steal`, `foreign` and `pressure` are shares: of all CPU time, taken by the hypervisor and by
    other processes; of wall time, with some process waiting for a CPU. `pace_ns` is how long a
    fixed piece of computing took just before: the machine's own speed, which no code under test
    changes. None where unknown.
    """

    work: Count
    round: Count
    wall_ns: Count
    steal: Quantity | None = None
    foreign: Quantity | None = None
    pressure: Quantity | None = None
    pace_ns: Count | None = None


class Failure(_Line, frozen=True, tag="failure"):
    """Why a cell could not go on, and what its worker printed last.

    `unsuited`: nothing failed, but its executor cannot do what its tasks ask for.
    """

    cell: Count
    round: Count
    reason: str
    traceback: str = ""
    output: str = ""
    unsuited: bool = False


class TargetStarted(_Line, frozen=True, tag="target"):
    """A server that a work talked to."""

    work: Count
    facts: dict[str, str]


class TargetUsage(_Line, frozen=True, tag="served"):
    """What a target had used when its work was over."""

    work: Count
    wall_ns: Count
    cpu_ns: Count
    peak_rss_bytes: Count


class LoopObservation(_Line, frozen=True, tag="look"):
    """What a watched batch showed, in a pass of its own.

    Of `wall_ns`, steps kept control of the loop for `held_ns` in all, `longest_ns` at once, 99 % of
    them no longer than `hold_p99_ns`, and those that held it for 10 ms or more `blocked_ns`; where
    `delay_ns` is known, without what others had the CPU for meanwhile. A step
    waited for its turn no longer than `lag_max_ns`, 99 % of them `lag_p99_ns`. There were `steps`
    steps, of which `suspends` gave control back before their task ended; `by` names the code of
    the longest. `jain` is the fairness of how tasks fell on lanes (`fairness`), of which `starved`
    got too few. `order` is the order in which tasks ended, for workloads that show it.
    `awaits` is whether the code of a task has an await, and `spawned` how many tasks the tasks
    made. Other threads woke the loop `hops` times; a pool had up to `pool_most` calls at once, for
    `pool_size` members: `pool_members` are threads or processes, and `pool` is the line that gave
    it a call, '' for the loop's own. A task took `task_p50_ns` in the median, and the longest
    `task_max_ns`; both are 0 where tasks ran in other processes. The loop's thread used `used_ns`
    of CPU time and waited `delay_ns` for a CPU that others had (None: not known). Threads were seen
    waiting for the GIL for `gil_ns` in all, `gil_longest_ns` at once; both are 0 where that cannot
    be seen. What coroutines waited for took `waited_ns` in all, `queued_ns` of it at the lock,
    semaphore or queue `queued` of theirs, where one waits for another; in threads `waited_ns` is
    all of the time of tasks. Of the tasks that tasks made, `strays` went on when the batch had
    ended, and of their threads `stray_threads`; `stray_errors` had ended with an error that nobody
    asked for, the first with `stray_error`. They made `unawaited` coroutines that nobody awaited,
    the first at `unawaited_at`.
    """

    cell: Count
    wall_ns: Positive
    held_ns: Count
    longest_ns: Count
    steps: Count
    suspends: Count
    by: str
    order: list[int] | None = None
    blocked_ns: Count = 0
    hold_p99_ns: Count = 0
    lag_p99_ns: Count = 0
    lag_max_ns: Count = 0
    jain: Quantity | None = None
    starved: Count = 0
    awaits: bool | None = None
    spawned: Count = 0
    hops: Count = 0
    pool_most: Count = 0
    pool_size: Count = 0
    task_p50_ns: Count = 0
    task_max_ns: Count = 0
    used_ns: Count | None = None
    delay_ns: Count | None = None
    gil_ns: Count = 0
    gil_longest_ns: Count = 0
    waited_ns: Count = 0
    queued_ns: Count = 0
    queued: str = ""
    strays: Count = 0
    stray_errors: Count = 0
    stray_error: str = ""
    pool_members: str = ""
    pool: str = ""
    stray_threads: Count = 0
    unawaited: Count = 0
    unawaited_at: str = ""

    @property
    def waits_in_steps(self) -> bool | None:
        """Whether steps that kept control mostly waited meanwhile, None where that is not known.

        What of their time was no computing was waiting: others that had the CPU are not in it.
        """
        if self.used_ns is None or self.delay_ns is None:
            return None
        return 2 * self.used_ns < self.held_ns

    @property
    def queued_share(self) -> float:
        """The share of their waiting, in threads of their time, in which tasks wait for others."""
        return self.queued_ns / self.waited_ns if self.waited_ns else 0.0

    @property
    def is_queued(self) -> bool:
        """Whether tasks mostly wait for one another."""
        return self.queued_share >= QUEUED

    @property
    def held_share(self) -> float:
        """The share in which tasks kept control, without what others had the CPU for."""
        return min(1.0, self.held_ns / max(1, self.wall_ns - (self.delay_ns or 0)))


class MeasuredDemand(_Line, frozen=True, tag="demanded"):
    """What one task of a work was measured to ask for, where the workload does not say.

    What it returns has `result_bytes` when pickled; pickling and unpickling that take `result_s`
    of CPU time. Both are 0 where nothing of a task goes back.
    """

    work: Count
    wait_s: Quantity
    cpu_s: Quantity
    gil_share: Quantity | None = None
    longest_s: Quantity = 0.0
    result_bytes: Count = 0
    result_s: Quantity = 0.0


class Control(_Line, frozen=True, tag="control"):
    """Which cell was chosen, after calibration, to be measured as a twin of itself."""

    cell: Cell


class Added(_Line, frozen=True, tag="work"):
    """A point that a sweep came to measure between two others, and its cells."""

    work: Work
    cells: list[Cell]


class End(_Line, frozen=True, tag="end"):
    """How the run ended; `wall_ns` is all of it, from the first process started.

    `why` is what broke it off, '' where nothing did but its rules or whoever interrupted it.
    `digest` is a checksum of all lines before this one and of its other fields, '' in a journal
    without it.
    """

    status: RunStatus
    wall_ns: Count
    why: str = ""
    digest: str = ""


Line = (
    Sample
    | WorkerLife
    | RoundVisit
    | Failure
    | TargetStarted
    | TargetUsage
    | LoopObservation
    | MeasuredDemand
    | Control
    | Added
    | End
)
