"""What may follow in a journal: lines about what is planned, each once, none after the end."""

from __future__ import annotations

from asyncbench.record.lines import (
    Control,
    End,
    Failure,
    Line,
    LoopObservation,
    MeasuredDemand,
    RoundVisit,
    Sample,
    TargetStarted,
    TargetUsage,
    WorkerLife,
)
from asyncbench.record.plan import Cell
from asyncbench.record.run import Run

# Before the first round and block.
FIRST = -1, -1


class Sequence:
    """The lines of a journal as they come, held against its plan and those before them."""

    def __init__(self, run: Run) -> None:
        self._works = range(len(run.plan.works))
        self._originals = {cell.id: cell for cell in run.plan.cells}
        self._once: set[tuple[object, ...]] = set()
        self._ended = False
        #: By cell, where its last sample that counts stands: it is the order they were taken in.
        self.places = dict.fromkeys(self._originals, FIRST)

    def sample(self, sample: Sample) -> None:
        """Raise ValueError for a sample of no cell, or one that cannot come here."""
        place = self.places.get(sample.cell)
        if place is None:
            raise ValueError(f"no cell {sample.cell} in the plan")
        if self._ended:
            raise ValueError("a line after the end")
        if sample.warmup:
            return
        here = sample.round, sample.block
        if here <= place:
            raise ValueError("a sample that is there already, or out of order")
        self.places[sample.cell] = here

    def check(self, line: Line) -> None:
        """Raise ValueError where a line speaks of what is not there, or is there already."""
        if isinstance(line, Sample):
            self.sample(line)
            return
        if self._ended:
            raise ValueError("a line after the end")
        match line:
            case WorkerLife() | Failure() | LoopObservation():
                if line.cell not in self.places:
                    raise ValueError(f"no cell {line.cell} in the plan")
            case RoundVisit() | TargetStarted() | TargetUsage() | MeasuredDemand():
                if line.work not in self._works:
                    raise ValueError(f"no work {line.work} in the plan")
            case Control():
                self._check_control(line.cell)
                self.places[line.cell.id] = FIRST
            case End():
                self._ended = True
        self._check_once(line)

    def _check_once(self, line: Line) -> None:
        match line:
            case WorkerLife():
                key: tuple[object, ...] = (type(line), line.cell, line.round)
            case Failure() | LoopObservation():
                key = (type(line), line.cell)
            case RoundVisit():
                key = (type(line), line.work, line.round)
            case TargetStarted() | TargetUsage() | MeasuredDemand():
                key = (type(line), line.work)
            case _:
                return
        if key in self._once:
            raise ValueError("a line that is there already")
        self._once.add(key)

    def _check_control(self, cell: Cell) -> None:
        original = self._originals.get(-1 if cell.control_of is None else cell.control_of)
        if (
            original is None
            or (original.work, original.variant) != (cell.work, cell.variant)
            or cell.id in self.places
        ):
            raise ValueError("a control of no cell")
