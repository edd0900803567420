"""Before the rounds: what tasks ask for, what holds a loop, how long samples take, the twin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from asyncbench.analysis import first_batches
from asyncbench.core.executor import Scheduler
from asyncbench.executors import registry
from asyncbench.record.lines import Control, MeasuredDemand
from asyncbench.record.plan import Cell
from asyncbench.runner import requests, schedule
from asyncbench.runner.processes.failures import CellFailure
from asyncbench.runner.processes.launcher import WorkerFactories
from asyncbench.runner.schedule import LONG_SAMPLE_S, Need, Pace
from asyncbench.runner.state import RunState
from asyncbench.runner.visit import first_block, visiting
from asyncbench.runner.workers import WorkerSet
from asyncbench.worker import protocol, wire

# So long a batch need not be run to know how long it takes, where anything else tells.
LONG_BATCH_S = 0.5
# Samples that calibration may take of a cell to find how many batches make one long enough.
MOST_TRIES = 4
# An extra pass takes no more of a work's time than about this share, or so many seconds of a short
# run. Watching adds microseconds a step to a batch, which is little where one takes that long.
PASS_SHARE = 0.15
LEAST_PASS_S = 1.0


def calibrate(state: RunState, factories: WorkerFactories, work: int) -> None:
    """Find the demand, the paces and the needs of one work, and choose its control."""
    _find_demand(state, factories, work)
    began = state.clock()
    with WorkerSet(state, factories, work, 0) as workers:
        ready = state.clock()
        _find_paces(state, workers, math.inf)
        warms_all = state.is_cold(work)
        done = state.clock()
        workers.stop()
    state.needs[work] = Need(ready - began, state.clock() - done, warms_all=warms_all)
    _add_control(state, work)


def calibrate_and_visit(
    state: RunState, factories: WorkerFactories, work: int, number: int
) -> None:
    """Do the same, and sample each cell once with the same workers, as the first round's visit.

    A batch that is long in itself is run once: it tells the pace, and it is the sample.
    """
    _find_demand(state, factories, work)
    with visiting(state, factories, work, number) as workers:
        _find_paces(state, workers, LONG_SAMPLE_S)
        first_block(state, workers)
    _add_control(state, work)


def _find_paces(state: RunState, workers: WorkerSet, counts_from_s: float) -> None:
    for cell in workers.present():
        _find_pace(state, workers, cell, counts_from_s)
        if cell in state.paces:
            _observe(state, workers, cell)


def _find_demand(state: RunState, factories: WorkerFactories, work: int) -> None:
    """Measure what a task asks for, where the workload does not say."""
    if state.plan.works[work].demand_known or state.plan.of_functions:
        return  # functions beside each other each ask for something else
    cell = _plainest(state.cells_left(work))
    worker = factories.worker(state.plan.variant_of(cell).python)
    try:
        load = requests.load(state.plan, cell, state.targets.of(work))
        worker.ask(load, state.timeout(cell.id))
        # Tasks that need one another never end where they run one by one.
        patience = _longest_pass_s(state)
        demand = worker.ask(protocol.MeasureDemand(), min(patience, state.timeout(cell.id)))
        state.record(MeasuredDemand(work, **wire.to_dict(demand)))
    except CellFailure:
        # The same will fail the cells, each with its own reason.
        return
    finally:
        worker.end()


def _plainest(cells: Sequence[Cell]) -> Cell:
    """Return the cell whose worker is most like any Python: gevent changes what a process is.

    Of a user's own executor nobody knows that, nor whether it can be imported.
    """
    return min(
        cells,
        key=lambda cell: cell.scheduler == Scheduler.GEVENT or not registry.is_ours(cell.reference),
    )


def _observe(state: RunState, workers: WorkerSet, cell: int) -> None:
    """Watch a batch of a cell where its loop or its order is to be shown and there is time."""
    chosen, pace = state.cells[cell], state.paces[cell]
    shows_order = state.plan.works[chosen.work].shows_order
    if not (shows_order or _tells(chosen) or (chosen.one_by_one and _is_alone(state, chosen))):
        return
    expected, most = pace.seconds / pace.batches, _longest_pass_s(state)
    if shows_order or expected <= most:
        workers.observe(cell, warmup=2 * expected <= most)


def _tells(cell: Cell) -> bool:
    return cell.has_loop or cell.is_threaded


def _is_alone(state: RunState, cell: Cell) -> bool:
    """Return whether no other cell of a work can be watched, which all tell the same of a task."""
    return not any(_tells(each) for each in state.cells_left(cell.work))


def _longest_pass_s(state: RunState) -> float:
    """Return the seconds that an extra pass may take, of a work that shares the time."""
    return max(LEAST_PASS_S, PASS_SHARE * state.plan.budget_s / len(state.plan.works))


def _find_pace(state: RunState, workers: WorkerSet, cell: int, counts_from_s: float) -> None:
    """Find how many batches make a sample."""
    known = _by_demand(state, workers, cell)
    if known is not None and known > LONG_BATCH_S:
        state.paces[cell] = Pace.from_batch(known)
        return
    seconds = workers.first(cell, counts_from_s)
    for _ in range(MOST_TRIES):
        if seconds is None:
            return
        state.paces[cell] = pace = Pace.from_batch(seconds)
        # A first batch is slow, but a long one not by enough to change the plan.
        if seconds >= schedule.LEAST_SAMPLE_S:
            if counts_from_s == math.inf:  # of many cells no batch is run for this alone
                _look_again(state, workers, cell, seconds)
            return
        whole = workers.sample(cell, warmup=True)
        if whole is None:
            return
        if whole >= schedule.SHORT * schedule.LEAST_SAMPLE_S:
            state.paces[cell] = Pace(pace.batches, whole)
            return
        seconds = whole / pace.batches


def _look_again(state: RunState, workers: WorkerSet, cell: int, first_s: float) -> None:
    """See whether a second batch of an unknown work is quicker than the first, where it can be."""
    if state.plan.works[state.cells[cell].work].demand_known or first_s > _longest_pass_s(state):
        return
    workers.sample(cell, warmup=True)
    start = first_batches.of_cell(state.run, cell)
    if start and start.is_slow:
        state.paces[cell] = Pace.from_batch(start.next_s)


def _by_demand(state: RunState, workers: WorkerSet, cell: int) -> float | None:
    """Return the seconds a batch takes by what its tasks ask for; None where that is unknown."""
    work = state.cells[cell].work
    wait, cpu = state.demand(work)
    if wait is None:
        return None
    tasks = state.plan.works[work].tasks
    return -(-tasks // max(1, min(workers.lanes(cell), tasks))) * (wait + cpu)


def _add_control(state: RunState, work: int) -> None:
    """Choose the work's quickest cell to be measured once more, as a twin of itself."""
    paced = [cell for cell in state.plan.cells_of(work) if cell.id in state.paces]
    if not paced:
        return
    twin = min(paced, key=lambda cell: state.paces[cell.id].batch_s)
    control = replace(
        twin,
        id=max(state.cells) + 1,
        executor=f"{twin.executor} (control)",
        control_of=twin.id,
    )
    state.add(control)
    state.paces[control.id] = replace(state.paces[twin.id])
    state.record(Control(control))
