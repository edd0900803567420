"""The parent: calibrates, then has every work visited round by round until it is enough."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

from asyncbench.analysis.result import Result
from asyncbench.record.lines import End, Line, RunStatus
from asyncbench.record.plan import Variant
from asyncbench.record.run import Run
from asyncbench.runner import schedule
from asyncbench.runner.calibration import calibrate, calibrate_and_visit
from asyncbench.runner.finer import Finer
from asyncbench.runner.opening import Opening
from asyncbench.runner.processes.failures import CellFailure, LostProcessError
from asyncbench.runner.processes.launcher import Launcher, WorkerFactories
from asyncbench.runner.progress import Moment
from asyncbench.runner.state import RunState
from asyncbench.runner.stopping import StoppingRule
from asyncbench.runner.visit import visit

# A plan of more cells than this has them sampled as soon as they are calibrated, with the same
# workers: starting so many of them twice takes longer than all samples of a round.
MANY_CELLS = 60
# A few works are measured once however little time they are given; many, if it takes no longer.
LEAST_S = 60.0


def measuring(
    run: Run,
    launcher: Launcher,
    rule: StoppingRule,
    record: Callable[[Line], None] | None = None,
    watch: Callable[[Moment], None] | None = None,
    clock: Callable[[], float] = time.perf_counter,
    finer: Finer | None = None,
    opening: Opening | None = None,
) -> Iterator[None]:
    """Measure the plan of `run`, and pause after each round, when no worker lives; servers do.

    Each line goes to `record` as it happens. It ends when `rule` is met or the time is up; an
    interrupt ends it early, and so does closing it. Whatever ends it, every process is gone then.
    `finer` adds works on the way, and `opening` says which of those that are planned are worth it;
    all, unless it is given.
    """
    state = RunState(run, launcher, record, watch, clock)
    status, why = RunStatus.INTERRUPTED, ""
    try:
        with closing(state.targets):
            yield from _Rounds(state, rule, finer, opening).go()
        status = RunStatus.COMPLETE
    except KeyboardInterrupt:
        pass
    except LostProcessError as error:
        why = str(error)
    except (OSError, MemoryError) as error:
        # Descriptors, processes or memory ran out. What was measured until then is as good as ever.
        reason = error.strerror if isinstance(error, OSError) else "out of memory"
        why = f"the run broke off: {reason or error}; what was measured until then is kept"
    finally:
        state.record(End(status, int(state.elapsed() * 1e9), why))


class _Rounds:
    """Calibration and the rounds after it, each with factories of its own."""

    def __init__(
        self,
        state: RunState,
        rule: StoppingRule,
        finer: Finer | None,
        opening: Opening | None,
    ) -> None:
        self._state = state
        self._finer = finer
        self._opening = opening
        self._fresh: list[int] = []  # works that were added and have still to be calibrated
        self._rule = rule
        state.near_blocks = min(schedule.FIRST_BLOCKS, rule.near_blocks)
        self._deadline = state.clock() - state.elapsed() + state.plan.budget_s
        self._at_once = len(state.plan.cells) > MANY_CELLS and not (state.plan.axes or state.before)
        self._start_s = 0.0  # what starting the last round's factories took

    def go(self) -> Iterator[None]:
        """Calibrate, then visit every work once a round until it is enough; pause after each."""
        state = self._state
        if state.before:
            self._look()  # a run that goes on has told some of it
        worth = self._worth(None)
        state.closed = {*range(len(state.plan.works))} - {*worth} - state.needs.keys()
        with self._started() as factories:
            for work in [work for work in worth if work in state.works()]:
                if self._is_full() or self._is_late():
                    state.closed.add(work)  # a coarser sweep that is told is better than none
                else:
                    self._calibrate(factories, work)
        yield
        number = 1 if self._at_once else state.before
        if (state.before and not self._wants_more()) or (self._at_once and not self._fits()):
            state.targets.end_unused(())
            return
        self._settle()
        whole = self._left()
        needs = [state.need(work) for work in state.works()]
        short = schedule.short_round_s(self._start_s, needs)
        state.needed_s = state.elapsed() + max(1, self._rule.rounds - number) * short
        stretch = self._rule.planned_s(whole, short)
        useful = max(1, self._rule.rounds - int(self._at_once))
        planned = number + schedule.rounds_for(stretch, self._start_s, needs, useful)
        if state.before:  # it is looked at from the first round on, as it was before
            stretch, planned = stretch / (planned - number), number + 1
        each = stretch / (planned - number)
        length = each - self._start_s
        state.rounds = planned
        while state.works() and self._goes_on(number, planned):
            number += 1
            state.rounds = max(planned, number)
            with self._started() as factories:
                while self._fresh:
                    self._begin(factories, self._fresh.pop())
                if stretch == whole:
                    # This round's factory has been paid for, those of the others have not.
                    later = max(0, planned - number)
                    length = (self._left() - later * self._start_s) / (later + 1)
                elif number > planned:
                    # What is still open is hard to tell: each round of it is to tell more.
                    state.near_blocks = self._rule.near_blocks
                    # With less to measure a round is as much shorter.
                    needs = [state.need(work) for work in state.works()]
                    now = schedule.short_round_s(self._start_s, needs)
                    length = each * now / short - self._start_s
                self._round(factories, number, min(length, self._left()))
            self._settle()
            yield
        state.targets.end_unused(())

    def _begin(self, factories: WorkerFactories, work: int) -> None:
        """Calibrate a work that was added on the way, where there is still time for that."""
        if self._fits():
            self._calibrate(factories, work)
        else:
            self._state.closed.add(work)

    def _calibrate(self, factories: WorkerFactories, work: int) -> None:
        state = self._state
        for cell in state.cells_left(work):
            if cell.broken:
                state.lose(cell.id, 0, CellFailure(cell.broken))
        if not state.cells_left(work):
            return
        try:
            state.targets.start(work)
        except CellFailure as failure:
            state.lose_all(work, 0, failure)
            return
        # What a run that goes on knows of a work is not found out once more.
        if work not in state.needs:
            if self._at_once:
                calibrate_and_visit(state, factories, work, 1)
            else:
                calibrate(state, factories, work)

    def _settle(self) -> None:
        """Leave behind what no round to come will visit, and prepare what they will."""
        works = self._state.works()
        self._state.targets.end_unused(works)
        for work in works:
            self._state.settle(work)

    def _round(self, factories: WorkerFactories, number: int, length: float) -> None:
        works = self._state.works()
        lengths = schedule.visit_lengths(length, [self._state.need(work) for work in works])
        visits = list(zip(works, lengths, strict=True))
        # As many as a sweep has ends are visited once in any case: less tells nothing.
        axes = len(self._state.plan.axes)
        certain = 2**axes if number == self._state.before + 1 else 0
        for place, (work, each) in enumerate(schedule.shuffled(self._state.draw, visits)):
            late = self._state.need(work).least_s() > self._left()
            if axes and late and place >= certain:
                continue
            visit(self._state, factories, work, number, each)

    def _goes_on(self, number: int, planned: int) -> bool:
        """Return whether there is to be another round after so many.

        A run of a few works is planned to end in time, and each round that it lacks tells less.
        """
        if number >= planned:
            return self._wants_more()
        if self._at_once or self._state.plan.axes:
            return number == self._state.before or self._fits()
        return True

    def _fits(self) -> bool:
        """Return whether there is time for a round: of all works, or of any point of a sweep."""
        state = self._state
        least = [state.need(work).least_s() for work in state.works() if work in state.needs]
        needed = min(least, default=0.0) if state.plan.axes else sum(least)
        return needed + self._start_s <= self._left()

    def _wants_more(self) -> bool:
        if not self._fits():
            return False
        state = self._state
        latest = self._look()
        for added in self._finer(latest, state.settled) if self._finer else ():
            state.grow(added)
            self._fresh.append(len(state.plan.works) - 1)
        self._open(latest)
        return bool(state.works())

    def _open(self, latest: Result) -> None:
        """Open the works that are now known to be worth it, as many as there is time for."""
        state = self._state
        each = [state.need(work).least_s() for work in state.needs]
        visits = self._left() / max(sum(each) / len(each), 1e-9)
        room = int(visits / self._rule.rounds) - len(state.works())
        opened = [work for work in self._worth(latest) if work in state.closed][: max(0, room)]
        state.closed -= {*opened}
        self._fresh += opened

    def _worth(self, latest: Result | None) -> Sequence[int]:
        if self._opening and self._state.plan.axes:
            return self._opening(latest or Result(self._state.run))
        return range(len(self._state.plan.works))

    def _is_full(self) -> bool:
        """Return whether the points of a sweep so far take all of the time that is left.

        Its two ends are measured in any case, and the four corners of a map, unless all that was
        tried failed until the time was up, as what hangs does.
        """
        state = self._state
        known = [state.need(work) for work in state.works() if work in state.needs]
        axes = state.plan.axes
        if not self._opening or not axes:
            return False
        if not known and state.needs and self._left() <= 0:
            return True
        if len(known) < 2 ** len(axes):
            return False
        return self._rule.rounds * sum(each.least_s() for each in known) > self._left()

    def _is_late(self) -> bool:
        """Return whether finding out what works need has taken all of the time: the rest waits.

        Those that are known are visited once in any case, so that there is something to show.
        """
        state = self._state
        least = 0.0 if self._at_once else LEAST_S
        return bool(state.needs) and state.elapsed() > max(state.plan.budget_s, least)

    def _look(self) -> Result:
        """Judge what there is: what is settled, and which cells nothing more is asked of."""
        state = self._state
        latest = state.latest = Result(state.run)
        visited = {visit.work for visit in state.run.visits}
        settled = self._rule.settled(latest)
        # Of what was not measured yet nothing is open, and nothing decided.
        state.settled = {each for each in settled if each in visited or not state.cells_left(each)}
        state.idle = self._rule.idle(latest)
        return latest

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
