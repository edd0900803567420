"""The run as data: what was planned, what was measured, what went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Status = Literal["complete", "interrupted", "unfinished"]


@dataclass(frozen=True, slots=True)
class Work:
    """What is the same for every cell of a table: a workload, its parameters, how much of it.

    `wait_s`, `cpu_s` (None where only measuring tells), `holds_gil` and `longest_s` (the least time
    of its longest task) are its demand a task, which means nothing unless `demand_known`.
    `shows_order`: the order in which its tasks end is what it is about.
    `params` are as they may be shown; `secrets` are the true values of those that may not, which
    are in no journal.
    """

    workload: str
    reference: str
    params: dict[str, Any]
    tasks: int
    concurrency: int
    wait_s: float = 0.0
    cpu_s: float | None = None
    holds_gil: bool = True
    longest_s: float = 0.0
    has_target: bool = False
    demand_known: bool = True
    shows_order: bool = False
    secrets: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Variant:
    """A version of the code under test.

    `folder` stands first on its workers' import path, `python` is the interpreter that they run in;
    None for either means what the run itself has. `facts` are what that interpreter says of itself.
    """

    name: str
    folder: str | None = None
    python: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """Whether nothing was imported from the folder when the variant was asked for its work."""
        return self.facts.get("folder used") is False

    @property
    def path(self) -> list[str]:
        """What goes first on its workers' import path."""
        return [self.folder] if self.folder else []


@dataclass(frozen=True, slots=True)
class Cell:
    """One work under one executor, in one variant of the code where the run has variants.

    `id` and `work` are positions in the plan's lists; `executor` is the label shown; `form` is the
    form of the workload that it calls; `variant` is a variant's name, '' where the run has none. A
    cell with `unavailable` was never run and says why; a cell with `control_of` is a twin of that
    cell, measured to learn whether the machine tells equals apart.
    """

    id: int
    work: int
    executor: str
    reference: str
    family: str
    form: str = "blocking"
    unavailable: str | None = None
    control_of: int | None = None
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run sets out to measure, and by which rules it will judge."""

    works: list[Work]
    cells: list[Cell]
    baseline: str
    seed: int
    margin: float
    budget_s: float
    precision: float | None = None
    timeout_s: float | None = None
    processes: int | None = None
    gc: bool = True
    variants: list[Variant] = field(default_factory=list)

    def variant_of(self, cell: Cell) -> Variant:
        """Give a cell's variant; where the run has none, one that changes nothing."""
        return next((each for each in self.variants if each.name == cell.variant), Variant(""))

    def cells_of(self, work: int) -> list[Cell]:
        """Give the cells of one work, its controls left out, in the order they are shown."""
        return [cell for cell in self.cells if cell.work == work and cell.control_of is None]


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


@dataclass(frozen=True, slots=True)
class Life:
    """One worker's life: how long it took to start and stop, what it held, what it stated."""

    cell: int
    round: int
    lanes: int
    startup_ns: int
    shutdown_ns: int
    peak_rss_bytes: int
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Visit:
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
class Target:
    """A server that a work talked to."""

    work: int
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Served:
    """What a target had used when its run was over."""

    work: int
    wall_ns: int
    cpu_ns: int
    peak_rss_bytes: int


@dataclass(frozen=True, slots=True)
class Look:
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


@dataclass(frozen=True, slots=True)
class Demanded:
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


Line = Sample | Life | Visit | Failure | Target | Served | Look | Demanded | Control | End


@dataclass(slots=True)
class Run:
    """Everything that one `asyncbench run` measured."""

    plan: Plan
    environment: dict[str, Any]
    started: str
    name: str = ""
    samples: list[Sample] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    served: list[Served] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    demands: list[Demanded] = field(default_factory=list)
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
            case Life():
                self.lives.append(line)
            case Visit():
                self.visits.append(line)
            case Failure():
                self.failures.append(line)
            case Target():
                self.targets.append(line)
            case Served():
                self.served.append(line)
            case Look():
                self.looks.append(line)
            case Demanded():
                self.demands.append(line)
            case Control():
                self.controls.append(line.cell)
            case End():
                self.end = line

    def samples_by_cell(self) -> dict[int, list[Sample]]:
        """Give each cell's samples that count, warm-ups left out."""
        return _grouped(sample for sample in self.samples if not sample.warmup)


def _grouped(samples: Iterable[Sample]) -> dict[int, list[Sample]]:
    groups: dict[int, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.cell, []).append(sample)
    return groups
