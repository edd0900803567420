"""One visit of a work in a round: its cells sampled block by block, and what else went on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from asyncbench.record.lines import RoundVisit
from asyncbench.runner import noise, schedule
from asyncbench.runner.processes.failures import CellFailure
from asyncbench.runner.processes.launcher import WorkerFactories
from asyncbench.runner.state import RunState
from asyncbench.runner.workers import WorkerSet


def visit(
    state: RunState, factories: WorkerFactories, work: int, number: int, length: float
) -> None:
    """Spend `length` seconds of a round on one work; record what else the machine did meanwhile."""
    began = state.clock()
    with visiting(state, factories, work, number) as workers:
        for cell in schedule.shuffled(state.draw, _to_warm(state, workers, work, length)):
            workers.warm_up(cell)
        _blocks(state, workers, began + length - state.needs[work].stop_s, length)


@contextmanager
def visiting(
    state: RunState, factories: WorkerFactories, work: int, number: int
) -> Iterator[WorkerSet]:
    """Have the workers of a work for a visit; record what else the machine did meanwhile."""
    began, before, pace = state.clock(), noise.read(), noise.pace_ns()
    ours = _own_cpu(state, work)
    with WorkerSet(state, factories, work, number) as workers:
        ready = state.clock()
        yield workers
        done = state.clock()
        used = workers.stop()
    wall, after = state.clock() - began, noise.read()
    start_s, stop_s = ready - began, state.clock() - done
    known = state.needs.get(work)
    state.needs[work] = known.saw(start_s, stop_s) if known else schedule.Need(start_s, stop_s)
    if used is not None and ours is not None:
        used += (_own_cpu(state, work) or 0.0) - ours
    shares = noise.shares(before, after, used, wall, os.cpu_count() or 1)
    state.record(RoundVisit(work, number, int(wall * 1e9), **shares, pace_ns=pace))


def first_block(state: RunState, workers: WorkerSet) -> None:
    """Sample each cell once that has no sample yet, with workers that have found its pace."""
    workers.move()
    left = [cell for cell in workers.present() if cell in state.paces and cell not in workers.told]
    for order, cell in enumerate(schedule.grouped(state.draw, left, state.executor)):
        workers.sample(cell, 1, order)


def _blocks(state: RunState, workers: WorkerSet, deadline: float, length: float) -> None:
    """Sample block by block: all cells in the first, the slow ones in no other."""
    block, members = 1, workers.present()
    while members:
        workers.move()
        for order, cell in enumerate(schedule.grouped(state.draw, members, state.executor)):
            workers.sample(cell, block, order)
        block += 1
        members = _again(state, workers.present(), length, block)
        expected = sum(state.paces[cell].seconds + schedule.ASK_S for cell in members)
        if state.clock() + expected > deadline:
            break


def _to_warm(state: RunState, workers: WorkerSet, work: int, length: float) -> list[int]:
    """Return the cells to warm up: the slow ones seldom, and none that are new processes each."""
    if state.plan.of_commands:
        return []
    present = workers.present()
    if state.is_cold(work):
        return present
    again = {*_near(state, present)} if state.near_blocks > 1 else set[int]()
    return [
        cell for cell in present if cell in again or not schedule.is_slow(state.paces[cell], length)
    ]


def _again(state: RunState, present: Sequence[int], length: float, block: int) -> list[int]:
    """Return the cells that a visit samples in a block after the first.

    A control is there to show whether twins are told apart, which is no open question: it is in
    few blocks, beside the cell that it is a twin of, and where the best is looked for in the first
    alone.
    """
    own = [cell for cell in present if state.cells[cell].control_of is None]
    if state.near_blocks > 1:
        return _near(state, own)
    members = [cell for cell in own if not schedule.is_slow(state.paces[cell], length)]
    if block % schedule.CONTROL_EACH == 1:
        members += [cell for cell in present if state.cells[cell].control_of in members]
    return members


def _near(state: RunState, present: Sequence[int]) -> list[int]:
    """Return the cells that are hard to tell from the quickest."""
    near = schedule.near([state.paces[cell] for cell in present])
    return [cell for cell in present if state.paces[cell] in near]


def _own_cpu(state: RunState, work: int) -> float | None:
    """Return the CPU seconds that this process and the work's target have used."""
    target = state.targets.of(work)
    try:
        return time.process_time() + (target.cpu_ns() / 1e9 if target else 0.0)
    except CellFailure:
        return None
