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
        present = workers.present()
        if not state.is_cold(work):
            present = [each for each in present if not schedule.is_slow(state.paces[each], length)]
        for cell in schedule.shuffled(state.draw, present):
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
        members = _again(state, workers.present(), length)
        expected = sum(state.paces[cell].seconds + schedule.ASK_S for cell in members)
        if state.clock() + expected > deadline:
            break


def _again(state: RunState, present: Sequence[int], length: float) -> list[int]:
    """Return the cells that a visit samples more than once."""
    paces = [state.paces[cell] for cell in present]
    chosen = schedule.near(paces) if state.near_blocks > 1 else paces
    return [
        cell
        for cell, pace in zip(present, paces, strict=True)
        if pace in chosen and not schedule.is_slow(pace, length)
    ]


def _own_cpu(state: RunState, work: int) -> float | None:
    """Return the CPU seconds that this process and the work's target have used."""
    target = state.targets.of(work)
    try:
        return time.process_time() + (target.cpu_ns() / 1e9 if target else 0.0)
    except CellFailure:
        return None
