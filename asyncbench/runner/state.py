"""What the runner knows so far: who is lost, how fast each cell is, where the targets are."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace

from asyncbench.analysis import first_batches
from asyncbench.analysis.result import Result
from asyncbench.core.system import undisturbed
from asyncbench.record.lines import Added, Failure, Line, TargetStarted, TargetUsage
from asyncbench.record.plan import Cell, Plan
from asyncbench.record.run import Run
from asyncbench.runner import resuming
from asyncbench.runner.planning.options import LONGEST_S
from asyncbench.runner.processes.failures import CellFailure
from asyncbench.runner.processes.launcher import Launcher
from asyncbench.runner.progress import Moment
from asyncbench.runner.schedule import LEAST_TIMEOUT_S, PATIENCE, START_TIMEOUT_S, Need, Pace
from asyncbench.runner.targets import Targets

# Samples of a function are not made longer than this to have as many batches as another's.
MOST_STRETCH = 4
# So many times its share of the time a cell may take that nothing is known of.
SHARES = 10


class RunState:
    """A run under way; every line of its record goes through `record`.

    `clock` returns seconds; with a fake launcher and a fake clock nothing sleeps. A run that has
    been measured for a while goes on from there.
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
        self.launcher = launcher
        self.clock = clock
        self.draw = random.Random(run.plan.seed)
        self.cells: dict[int, Cell] = {}
        self._by_work: dict[int, list[Cell]] = {}
        for cell in [*run.plan.cells, *run.controls]:
            self.add(cell)
        self.lost = {cell.id for cell in run.plan.cells if cell.unavailable}
        self.lost |= {failure.cell for failure in run.failures}
        self.targets = Targets(run.plan, launcher, self._record_once, self.elapsed)
        self.paces: dict[int, Pace] = resuming.paces(run)
        self.needs: dict[int, Need] = resuming.needs(run)
        #: How many rounds there were before.
        self.before = resuming.last_round(run)
        self.rounds = 0
        #: The works that it is not known of yet whether they are worth measuring.
        self.closed: set[int] = set()
        #: The works that have been measured enough, and the judgement that says so.
        self.settled: set[int] = set()
        #: The cells that wait, since nothing more is asked of them.
        self.idle: set[int] = set()
        #: How many samples a round takes of what is near the quickest, where it asks for that.
        self.near_blocks = 1
        self.latest: Result | None = None
        self.needed_s = 0.0  # until anything can be decided, as far as is known
        self._sink = sink
        self._watch = watch
        self._began = clock() - resuming.elapsed_s(run)

    @property
    def plan(self) -> Plan:
        """The plan, with the works that were added on the way."""
        return self.run.plan

    def grow(self, added: Added) -> None:
        """Take in a work that is to be measured from now on, too."""
        self.record(added)
        self.targets.plan = self.plan
        for cell in added.cells:
            self.add(cell)
            if cell.unavailable:
                self.lost.add(cell.id)

    def add(self, cell: Cell) -> None:
        """Take in a cell to be measured."""
        self.cells[cell.id] = cell
        self._by_work.setdefault(cell.work, []).append(cell)

    def elapsed(self) -> float:
        """Return the seconds since the run began."""
        return self.clock() - self._began

    def record(self, line: Line) -> None:
        """Keep a line, and hand it on as it happens."""
        with undisturbed():  # what is in memory is in the journal
            self.run.add(line)
            if self._sink:
                self._sink(line)

    def _record_once(self, line: Line) -> None:
        """Record what becomes of a target, of which a run that goes on may have such a line."""
        match line:
            case TargetStarted(work=work) if any(each.work == work for each in self.run.targets):
                return
            case TargetUsage(work=work) if any(each.work == work for each in self.run.served):
                return
        self.record(line)

    def is_cold(self, work: int) -> bool:
        """Return whether first batches in a process are slow, so that none may be timed."""
        if self.plan.works[work].demand_known:
            return False
        starts = (first_batches.of_cell(self.run, cell.id) for cell in self._by_work[work])
        return any(start.is_slow for start in starts if start)

    def announce(self, cell: int, number: int) -> None:
        """Let whoever watches know that a cell is up in a round."""
        if self._watch:
            work = self.plan.works[self.cells[cell].work]
            executor = self.cells[cell].executor
            at = number, self.rounds, self.elapsed(), self.latest, self.needed_s
            self._watch(Moment(work, executor, *at))

    def executor(self, cell: int) -> str:
        """Return the executor that a cell is shown under, the same in each of its variants."""
        return self.cells[cell].executor

    def works(self) -> list[int]:
        """Return the works that are to be measured on and still have a cell that can be."""
        return [
            work
            for work in sorted(self._by_work)
            if work not in self.settled | self.closed and self.cells_left(work)
        ]

    def cells_left(self, work: int) -> list[Cell]:
        """Return the cells of a work that can still be measured, its control among them."""
        return [cell for cell in self._by_work[work] if cell.id not in self.lost]

    def cells_due(self, work: int) -> list[Cell]:
        """Return the cells of a work that the next round measures."""
        return [cell for cell in self.cells_left(work) if cell.id not in self.idle]

    def lose(self, cell: int, number: int, failure: CellFailure) -> None:
        """Record that a cell cannot go on; a second reason for the same cell is left out."""
        if cell in self.lost:
            return
        self.lost.add(cell)
        self.paces.pop(cell, None)
        told = failure.reason, failure.traceback, failure.output
        self.record(Failure(cell, number, *told, failure.unsuited))

    def lose_all(self, work: int, number: int, failure: CellFailure) -> None:
        """Record that no cell of a work can go on."""
        for cell in self.cells_left(work):
            self.lose(cell.id, number, failure)

    def settle(self, work: int) -> None:
        """Choose the batches of a work's samples for the round to come.

        Samples that turned out too short get longer; an executor's variants get samples of as many
        batches, so many as the quickest of them needs.
        """
        paced = self._paced(work)
        most: dict[str, int] = {}
        for cell in paced:
            self.paces[cell.id] = pace = self.paces[cell.id].settled()
            most[cell.executor] = max(most.get(cell.executor, 1), pace.batches)
        for cell in paced:
            pace = self.paces[cell.id]
            # One function can be a thousand times quicker than another, a version hardly is.
            if not self.plan.of_functions or most[cell.executor] <= MOST_STRETCH * pace.batches:
                self.paces[cell.id] = pace.of(most[cell.executor])

    def need(self, work: int) -> Need:
        """Return what a visit of a work needs at the least."""
        paced = self._paced(work)
        own = [self.paces[cell.id] for cell in paced if cell.control_of is None]
        control = next((self.paces[each.id] for each in paced if each.control_of is not None), None)
        return replace(self.needs[work], paces=own, control=control, near_blocks=self.near_blocks)

    def _paced(self, work: int) -> list[Cell]:
        return [cell for cell in self.cells_due(work) if cell.id in self.paces]

    def demand(self, work: int) -> tuple[float | None, float]:
        """Return seconds waited and seconds of CPU a task, as far as they are known."""
        for measured in self.run.demands:
            if measured.work == work:
                return measured.wait_s, measured.cpu_s
        planned = self.plan.works[work]
        return (planned.wait_s if planned.demand_known else None), planned.cpu_s or 0.0

    def patience(self, cell: int) -> float:
        """Return the seconds that a cell's worker may take to load or to start.

        What a cluster takes for that has nothing to do with how long a batch is.
        """
        known = self.timeout(cell)
        return known if self.plan.timeout_s is not None else max(known, START_TIMEOUT_S)

    def timeout(self, cell: int) -> float:
        """Return the seconds that a cell may take to answer before it counts as hanging."""
        if self.plan.timeout_s is not None:
            return min(LONGEST_S, self.plan.timeout_s)
        if cell in self.paces:
            return min(LONGEST_S, max(LEAST_TIMEOUT_S, PATIENCE * self.paces[cell].seconds))
        # Not calibrated yet: all tasks in a row is the slowest that can be right.
        work = self.cells[cell].work
        wait, cpu = self.demand(work)
        in_a_row = self.plan.works[work].tasks * ((wait or 0.0) + cpu)
        return min(LONGEST_S, max(LEAST_TIMEOUT_S, self._share_s(), PATIENCE * in_a_row))

    def _share_s(self) -> float:
        """Return the seconds after which one of many cells has had more than its share."""
        share = SHARES * self.plan.budget_s / len(self.plan.cells)
        return min(self.plan.budget_s, max(START_TIMEOUT_S, share))
