"""The run as data: what was planned, what was measured, what went wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from msgspec import Struct

from asyncbench.record.lines import (
    Added,
    Control,
    End,
    Failure,
    Line,
    LoopObservation,
    MeasuredDemand,
    RoundVisit,
    RunStatus,
    Sample,
    TargetStarted,
    TargetUsage,
    WorkerLife,
)
from asyncbench.record.plan import Cell, Plan
from asyncbench.record.samples import Samples


@dataclass(slots=True)
class Run:
    """Everything that one `asyncbench run` measured."""

    plan: Plan
    environment: dict[str, Any]
    started: str
    name: str = ""
    samples: Samples = field(default_factory=Samples)
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
    #: What became of a journal that could not be written to its end; '' where all went well.
    unsaved: str = ""

    @property
    def status(self) -> RunStatus:
        """Whether it came to its end."""
        return self.end.status if self.end else RunStatus.UNFINISHED

    @property
    def was_stopped(self) -> bool:
        """Whether somebody ended it early, which nothing that went wrong did."""
        return self.status is RunStatus.INTERRUPTED and not (self.end and self.end.why)

    def add(self, line: Line) -> None:
        """Take in what happened next."""
        if isinstance(line, Sample):
            self.samples.append(line)
        elif isinstance(line, Control):
            self.controls.append(line.cell)
        elif isinstance(line, Added):
            self.plan = self.plan.with_work(line.work, line.cells)
        elif isinstance(line, End):
            self.end = line
            if line.why:
                self.warnings.append(line.why)
        else:
            getattr(self, _LISTS[type(line)]).append(line)

    def mean_share(self, name: str) -> float | None:
        """Return the mean of a visit's share (`steal`, `foreign`, `pressure`), None if unknown."""
        known = [share for visit in self.visits if (share := getattr(visit, name)) is not None]
        return fmean(known) if known else None


# Where a run keeps the lines of each kind.
_LISTS: dict[type[Struct], str] = {
    WorkerLife: "lives",
    RoundVisit: "visits",
    Failure: "failures",
    TargetStarted: "targets",
    TargetUsage: "served",
    LoopObservation: "observations",
    MeasuredDemand: "demands",
}
