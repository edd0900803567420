"""The run as data: what was planned, what was measured, what went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

from asyncbench.record.plan import Cell, Plan

Status = Literal["complete", "interrupted", "unfinished"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One timed stretch of `batches` equal batches; the proof is that of one batch."""

    cell: int
    round: int
    block: int
    order: int
    warmup: bool
    batches: int
    wall_ns: int
    user_ns: int
    system_ns: int
    voluntary: int
    involuntary: int
    count: int
    checksum: int
    target_ns: int | None = None

    @property
    def seconds(self) -> float:
        """How long a batch took."""
        return self.wall_ns / self.batches / 1e9


@dataclass(frozen=True, slots=True)
class WorkerLife:
    """One worker's life: how long it took to start and stop, what it held, what it stated."""

    cell: int
    round: int
    lanes: int
    startup_ns: int
    shutdown_ns: int
    peak_rss_bytes: int
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RoundVisit:
    """One round of one work, and what else the machine did meanwhile.

    `steal`, `foreign` and `pressure` are shares: of all CPU time, taken by the hypervisor and by
    other processes; of wall time, with some process waiting for a CPU. `pace_ns` is how long a
    fixed piece of computing took just before: the machine's own speed, which no code under test
    changes. None where unknown.
    """

    work: int
    round: int
    wall_ns: int
    steal: float | None = None
    foreign: float | None = None
    pressure: float | None = None
    pace_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a cell could not go on, and what its worker printed last."""

    cell: int
    round: int
    reason: str
    traceback: str = ""
    output: str = ""


@dataclass(frozen=True, slots=True)
class TargetStarted:
    """A server that a work talked to."""

    work: int
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class TargetUsage:
    """What a target had used when its run was over."""

    work: int
    wall_ns: int
    cpu_ns: int
    peak_rss_bytes: int


@dataclass(frozen=True, slots=True)
class LoopObservation:
    """What a watched batch showed, in a pass of its own.

    Of `wall_ns`, steps kept control of the loop for `held_ns` in all, `longest_ns` at once, 99 % of
    them no longer than `hold_p99_ns`, and those that held it for 10 ms or more `blocked_ns`. A step
    waited for its turn no longer than `lag_max_ns`, 99 % of them `lag_p99_ns`. There were `steps`
    steps, of which `suspends` gave control back before their task ended; `by` names the code of
    the longest. `jain` is the fairness of how tasks fell on lanes (`fairness`), of which `starved`
    got too few. `order` is the order in which tasks ended, for workloads that show it.
    """

    cell: int
    wall_ns: int
    held_ns: int
    longest_ns: int
    steps: int
    suspends: int
    by: str
    order: list[int] | None = None
    blocked_ns: int = 0
    hold_p99_ns: int = 0
    lag_p99_ns: int = 0
    lag_max_ns: int = 0
    jain: float | None = None
    starved: int = 0

    @property
    def held_share(self) -> float:
        """The share of the batch in which tasks kept control of the loop."""
        return min(1.0, self.held_ns / self.wall_ns)


@dataclass(frozen=True, slots=True)
class MeasuredDemand:
    """What one task of a work was measured to ask for, where the workload does not say."""

    work: int
    wait_s: float
    cpu_s: float
    gil_share: float | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """Which cell was chosen, after calibration, to be measured as a twin of itself."""

    cell: Cell


@dataclass(frozen=True, slots=True)
class End:
    """How the run ended; `wall_ns` is all of it, from the first process started."""

    status: Status
    wall_ns: int


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
    | End
)


@dataclass(slots=True)
class Run:
    """Everything that one `asyncbench run` measured."""

    plan: Plan
    environment: dict[str, Any]
    started: str
    name: str = ""
    samples: list[Sample] = field(default_factory=list)
    lives: list[WorkerLife] = field(default_factory=list)
    visits: list[RoundVisit] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    targets: list[TargetStarted] = field(default_factory=list)
    served: list[TargetUsage] = field(default_factory=list)
    observations: list[LoopObservation] = field(default_factory=list)
    demands: list[MeasuredDemand] = field(default_factory=list)
    controls: list[Cell] = field(default_factory=list)
    end: End | None = None
    warnings: list[str] = field(default_factory=list)
    path: Path | None = None

    @property
    def status(self) -> Status:
        """Tell whether it came to its end; a run whose end is missing is 'unfinished'."""
        return self.end.status if self.end else "unfinished"

    def add(self, line: Line) -> None:
        """Take in what happened next."""
        match line:
            case Sample():
                self.samples.append(line)
            case WorkerLife():
                self.lives.append(line)
            case RoundVisit():
                self.visits.append(line)
            case Failure():
                self.failures.append(line)
            case TargetStarted():
                self.targets.append(line)
            case TargetUsage():
                self.served.append(line)
            case LoopObservation():
                self.observations.append(line)
            case MeasuredDemand():
                self.demands.append(line)
            case Control():
                self.controls.append(line.cell)
            case End():
                self.end = line

    def mean_share(self, name: str) -> float | None:
        """Return the mean of a visit's share (`steal`, `foreign`, `pressure`), None if unknown."""
        known = [share for visit in self.visits if (share := getattr(visit, name)) is not None]
        return fmean(known) if known else None

    def samples_by_cell(self) -> dict[int, list[Sample]]:
        """Give each cell's samples that count, warm-ups left out."""
        return _grouped(sample for sample in self.samples if not sample.warmup)


def _grouped(samples: Iterable[Sample]) -> dict[int, list[Sample]]:
    groups: dict[int, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.cell, []).append(sample)
    return groups


# A step that keeps control for this long is one that others notice.
BLOCKS_NS = 10_000_000
