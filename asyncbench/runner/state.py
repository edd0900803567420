"""What the runner knows so far: who is lost, how fast each cell is, where the targets are."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace

from asyncbench.record.plan import Cell
from asyncbench.record.run import Failure, Line, Run
from asyncbench.runner.processes.failures import CellFailure
from asyncbench.runner.processes.launcher import Launcher
from asyncbench.runner.processes.target import TargetProcess
from asyncbench.runner.progress import Moment
from asyncbench.runner.schedule import LEAST_TIMEOUT_S, PATIENCE, Need, Pace


class RunState:
    """A run under way; every line of its record goes through `record`.

    `clock` gives seconds; with a fake launcher and a fake clock nothing sleeps.
    """

    def __init__(
        self,
        run: Run,
        launcher: Launcher,
        sink: Callable[[Line], None] | None = None,
        watch: Callable[[Moment], None] | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.run = run
        self.plan = run.plan
        self.launcher = launcher
        self.clock = clock
        self.draw = random.Random(run.plan.seed)
        self.cells = {cell.id: cell for cell in run.plan.cells}
        self.lost = {cell.id for cell in run.plan.cells if cell.unavailable}
        self.targets: dict[int, TargetProcess] = {}
        self.paces: dict[int, Pace] = {}
        self.needs: dict[int, Need] = {}
        self.rounds = 0
        self._sink = sink
        self._watch = watch
        self._began = clock()

    def elapsed(self) -> float:
        """Give the seconds since the run began."""
        return self.clock() - self._began

    def record(self, line: Line) -> None:
        """Keep a line, and hand it on as it happens."""
        self.run.add(line)
        if self._sink:
            self._sink(line)

    def tell(self, cell: int, number: int) -> None:
        """Tell whoever watches that a cell is up in a round."""
        if self._watch:
            work = self.plan.works[self.cells[cell].work]
            executor = self.cells[cell].executor
            self._watch(Moment(work, executor, number, self.rounds, self.elapsed()))

    def executor(self, cell: int) -> str:
        """Give the executor that a cell is shown under, the same in each of its variants."""
        return self.cells[cell].executor

    def works(self) -> list[int]:
        """Give the works that still have a cell to measure."""
        return sorted({cell.work for cell in self.cells.values() if cell.id not in self.lost})

    def cells_left(self, work: int) -> list[Cell]:
        """Give the cells of a work that can still be measured, its control among them."""
        return [
            cell for cell in self.cells.values() if cell.work == work and cell.id not in self.lost
        ]

    def lose(self, cell: int, number: int, failure: CellFailure) -> None:
        """Note that a cell cannot go on; a second reason for the same cell is not told."""
        if cell in self.lost:
            return
        self.lost.add(cell)
        self.paces.pop(cell, None)
        self.record(Failure(cell, number, failure.reason, failure.traceback, failure.output))

    def lose_all(self, work: int, number: int, failure: CellFailure) -> None:
        """Note that no cell of a work can go on."""
        for cell in self.cells_left(work):
            self.lose(cell.id, number, failure)

    def need(self, work: int) -> Need:
        """Give what a visit of a work needs, each pace settled for the round to come."""
        for cell in self.cells_left(work):
            if cell.id in self.paces:
                self.paces[cell.id] = self.paces[cell.id].settled()
        self._level(work)
        paces = [self.paces[cell.id] for cell in self.cells_left(work) if cell.id in self.paces]
        return replace(self.needs[work], paces=paces)

    def _level(self, work: int) -> None:
        """Give an executor's variants samples of as many batches: the first is the slowest."""
        most: dict[str, int] = {}
        paced = [cell for cell in self.cells_left(work) if cell.id in self.paces]
        for cell in paced:
            name = cell.executor
            most[name] = max(most.get(name, 1), self.paces[cell.id].batches)
        for cell in paced:
            self.paces[cell.id] = self.paces[cell.id].of(most[cell.executor])

    def demand(self, work: int) -> tuple[float | None, float]:
        """Give seconds waited and seconds of CPU a task, as far as they are known."""
        for demanded in self.run.demands:
            if demanded.work == work:
                return demanded.wait_s, demanded.cpu_s
        planned = self.plan.works[work]
        return (planned.wait_s if planned.demand_known else None), planned.cpu_s or 0.0

    def timeout(self, cell: int) -> float:
        """Give the seconds that a cell may take to answer before it counts as hanging."""
        if self.plan.timeout_s is not None:
            return self.plan.timeout_s
        if cell in self.paces:
            return max(LEAST_TIMEOUT_S, PATIENCE * self.paces[cell].seconds)
        # Not calibrated yet: all tasks in a row is the slowest that can be right.
        work = self.cells[cell].work
        wait, cpu = self.demand(work)
        in_a_row = self.plan.works[work].tasks * ((wait or 0.0) + cpu)
        return max(LEAST_TIMEOUT_S, self.plan.budget_s, PATIENCE * in_a_row)
