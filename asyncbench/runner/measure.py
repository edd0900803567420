"""The parent: calibrates, then has every work visited round by round until the time is up."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from asyncbench.analysis import verdict
from asyncbench.record.plan import Variant
from asyncbench.record.run import End, Line, RoundVisit, Run, Status, TargetStarted, TargetUsage
from asyncbench.runner import noise, schedule
from asyncbench.runner.calibration import calibrate
from asyncbench.runner.processes.failures import CellFailure, LostProcessError
from asyncbench.runner.processes.launcher import Launcher, WorkerFactories
from asyncbench.runner.progress import Moment
from asyncbench.runner.state import RunState
from asyncbench.runner.workers import WorkerSet

# How long a run with a precision to reach goes on before it first looks whether it has.
STRETCH_S = 30.0


def measure(
    run: Run,
    launcher: Launcher,
    record: Callable[[Line], None] | None = None,
    watch: Callable[[Moment], None] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Run:
    """Measure the plan of `run` and give it back filled; each line goes to `record` as it happens.

    It ends when the time is up or the answer is sharp enough; an interrupt ends it early. Whatever
    ends it, every process is gone when this returns.
    """
    state = RunState(run, launcher, record, watch, clock)
    status: Status = "interrupted"
    try:
        with ExitStack() as stack:
            _start_targets(state, stack)
            _Rounds(state).go()
            _ask_targets(state)
        status = "complete"
    except KeyboardInterrupt:
        pass
    except LostProcessError as error:
        run.warnings.append(str(error))
    finally:
        state.record(End(status, int(state.elapsed() * 1e9)))
    return run


def _start_targets(state: RunState, stack: ExitStack) -> None:
    for number, work in enumerate(state.plan.works):
        if not work.has_target:
            continue
        try:
            # All variants talk to one server: it is the first's.
            variant = next(iter(state.plan.variants), Variant(""))
            target = state.launcher.target(work.reference, work.params | work.secrets, variant)
        except CellFailure as failure:
            state.lose_all(number, 0, failure)
            continue
        stack.callback(target.close)
        state.targets[number] = target
        state.record(TargetStarted(number, target.facts))


def _ask_targets(state: RunState) -> None:
    for work, target in state.targets.items():
        try:
            peak, used = target.peak_rss(), target.cpu_ns()
        except CellFailure:
            continue  # it died on the way, which its cells have told
        state.record(TargetUsage(work, int(state.elapsed() * 1e9), used, peak))


class _Rounds:
    """Calibration and the rounds after it, each with factories of its own."""

    def __init__(self, state: RunState) -> None:
        self._state = state
        self._deadline = state.clock() - state.elapsed() + state.plan.budget_s
        self._start_s = 0.0  # what starting the last round's factories took

    def go(self) -> None:
        """Visit every work once a round."""
        state = self._state
        with self._started() as factories:
            for work in state.works():
                calibrate(state, factories, work)
        stretch = self._left()
        if state.plan.precision is not None:
            # The first look comes after the time of a usual run, and then after every round.
            stretch = min(stretch, STRETCH_S)
        state.rounds = schedule.rounds_for(
            stretch,
            self._start_s,
            [state.need(work) for work in state.works()],
            verdict.tests_in(state.plan),
            # A gate decides by one run, which one odd round in it must not keep from deciding.
            dissenting=1 if state.plan.variants else 0,
        )
        length, number = stretch / state.rounds - self._start_s, 0
        while state.works() and (number < state.rounds or self._wants_more()):
            number += 1
            with self._started() as factories:
                if state.plan.precision is None:
                    # This round's factory has been paid for, those of the others have not.
                    later = state.rounds - number
                    length = (self._left() - later * self._start_s) / (later + 1)
                self._round(factories, number, min(length, self._left()))

    def _round(self, factories: WorkerFactories, number: int, length: float) -> None:
        works = self._state.works()
        lengths = schedule.visit_lengths(length, [self._state.need(work) for work in works])
        visits = list(zip(works, lengths, strict=True))
        for work, each in schedule.shuffled(self._state.draw, visits):
            _visit(self._state, factories, work, number, each)

    def _wants_more(self) -> bool:
        state = self._state
        if state.plan.precision is None:
            return False
        least = sum(state.need(work).least_s() for work in state.works()) + self._start_s
        if least > self._left():
            return False
        if verdict.is_precise(verdict.judge(state.run), state.plan.precision):
            return False
        state.rounds += 1
        return True

    def _left(self) -> float:
        return self._deadline - self._state.clock()

    @contextmanager
    def _started(self) -> Iterator[WorkerFactories]:
        state = self._state
        began = state.clock()
        pythons = {variant.python: None for variant in state.plan.variants or [Variant("")]}
        factories = WorkerFactories(state.launcher, [*pythons])
        self._start_s = state.clock() - began
        try:
            yield factories
        finally:
            factories.close()


def _visit(
    state: RunState, factories: WorkerFactories, work: int, number: int, length: float
) -> None:
    """Give one work `length` seconds of a round, and note what else the machine did meanwhile."""
    began, before, pace = state.clock(), noise.read(), noise.pace_ns()
    ours = _own_cpu(state, work)
    with WorkerSet(state, factories, work, number) as workers:
        present = workers.present()
        quick = [cell for cell in present if not schedule.is_slow(state.paces[cell], length)]
        for cell in schedule.shuffled(state.draw, quick):
            workers.sample(cell, warmup=True)
        _blocks(state, workers, began + length - state.needs[work].stop_s, length)
        used = workers.stop()
    wall, after = state.clock() - began, noise.read()
    if used is not None and ours is not None:
        used += (_own_cpu(state, work) or 0.0) - ours
    shares = noise.shares(before, after, used, wall, os.cpu_count() or 1)
    state.record(RoundVisit(work, number, int(wall * 1e9), **shares, pace_ns=pace))


def _blocks(state: RunState, workers: WorkerSet, deadline: float, length: float) -> None:
    """Sample block by block: all cells in the first, the slow ones in no other."""
    block, members = 1, workers.present()
    while members:
        workers.move()
        for order, cell in enumerate(schedule.grouped(state.draw, members, state.executor)):
            workers.sample(cell, block, order)
        block += 1
        members = [
            cell for cell in workers.present() if not schedule.is_slow(state.paces[cell], length)
        ]
        expected = sum(state.paces[cell].seconds + schedule.ASK_S for cell in members)
        if state.clock() + expected > deadline:
            break


def _own_cpu(state: RunState, work: int) -> float | None:
    """Give the CPU seconds that this process and the work's target have used."""
    target = state.targets.get(work)
    try:
        return time.process_time() + (target.cpu_ns() / 1e9 if target else 0.0)
    except CellFailure:
        return None
