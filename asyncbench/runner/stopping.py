"""When enough has been measured: the rules that end a run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Protocol

from asyncbench.analysis import outlook, verdict
from asyncbench.analysis.lead import level_among
from asyncbench.analysis.result import Result
from asyncbench.record.plan import Plan
from asyncbench.runner import schedule
from asyncbench.stats import anytime, intervals

# How long a run with a precision to reach goes on before it is first asked whether it has.
STRETCH_S = 30.0
# Rounds are planned with so many times the shortest useful one, so that none is cut short.
ROOM = 1.02
# Which of several executors is best, that all gain much, is sought for so many times the fewest
# rounds.
PATIENCE = 1.5


class StoppingRule(Protocol):
    """Ends a run: some rounds are planned beforehand, and after these it is asked for more."""

    @property
    def rounds(self) -> int:
        """The fewest rounds that can decide what the run is to tell."""

    @property
    def near_blocks(self) -> int:
        """How many samples a round past the planned ones takes of what is near the quickest.

        1: as many as of all.
        """

    def planned_s(self, left_s: float, short_s: float) -> float:
        """Return how many of the seconds left are filled with planned rounds.

        `short_s` is how long the shortest useful round takes.
        """

    def settled(self, result: Result) -> set[int]:
        """Return the works that need no more rounds, once the planned ones are over."""

    def idle(self, result: Result) -> set[int]:
        """Return the cells that no open question needs, which then take no one's time."""


@dataclass(frozen=True, slots=True)
class AfterBudget:
    """Ends a run when its time is up: the planned rounds fill all of it."""

    rounds: int
    near_blocks: int = 1

    def planned_s(self, left_s: float, short_s: float) -> float:
        """Return all of the seconds left."""
        return left_s

    def settled(self, result: Result) -> set[int]:
        """Return all works: there is no time for more."""
        return _all(result)

    def idle(self, result: Result) -> set[int]:
        """Return no cell: all are measured as long."""
        return set()


@dataclass(frozen=True, slots=True)
class WhenPrecise:
    """Ends a run once each ratio is known to plus or minus `precision` (0.02: 2 %)."""

    rounds: int
    precision: float
    near_blocks: int = 1

    def planned_s(self, left_s: float, short_s: float) -> float:
        """Return the seconds of a usual run, or those left where these are fewer."""
        return min(left_s, STRETCH_S)

    def settled(self, result: Result) -> set[int]:
        """Return all works once every ratio's interval is narrow enough, and none before."""
        return _all(result) if verdict.is_precise(result.judgements, self.precision) else set()

    def idle(self, result: Result) -> set[int]:
        """Return no cell: each has a ratio that is to be known precisely."""
        return set()


@dataclass(frozen=True, slots=True)
class WhenDecided:
    """Ends a run as soon as it has told what was asked; its rounds are as short as they can be."""

    rounds: int
    near_blocks: int = 1

    def planned_s(self, left_s: float, short_s: float) -> float:
        """Return the seconds of the fewest rounds that could decide, or those left if fewer."""
        return min(left_s, self.rounds * ROOM * short_s)

    def settled(self, result: Result) -> set[int]:
        """Return the works of which every question is decided; the others get their time."""
        told = {each.number for each in result.judgements if each.is_decided}
        if result.run.plan.advises and self._is_advised(result):
            return _all(result)
        return told

    def _is_advised(self, result: Result) -> bool:
        """Return whether there is an advice, and it had some time to say which of several."""
        from asyncbench.analysis import advice  # no other run needs it

        rounds = max((visit.round for visit in result.run.visits), default=0)
        enough = rounds >= PATIENCE * self.rounds
        return enough and advice.advise(result).told is not advice.Told.CANNOT_TELL

    def idle(self, result: Result) -> set[int]:
        """Return the cells of which all is decided: who is twenty times slower can wait."""
        plan, found = result.run.plan, set[int]()
        for judgement in result.judgements:
            asked = outlook.open_questions(judgement, plan)
            needed = {cell.id for pair in asked for cell in pair[:2]}
            if not needed or judgement.withheld:
                continue  # it is settled, or nothing of it is known
            every = [*plan.cells, *result.run.controls]
            own = [cell for cell in every if cell.work == judgement.number]
            for cell in own:
                if cell.control_of is not None:
                    needed |= {cell.id, cell.control_of}
            found |= {cell.id for cell in own} - needed
        return found


def rule_for(plan: Plan) -> StoppingRule:
    """Return the rule that a plan asks for."""
    if plan.until_decided:
        # Where every cell is held against another, or any two against each other, all are near.
        only_best = not (plan.variants or plan.axes)
        return WhenDecided(_looks(plan), schedule.NEAR_BLOCKS if only_best else 1)
    # A gate decides by one run, which one odd round in it must not keep from deciding.
    dissenting = 1 if plan.variants else 0
    rounds = schedule.useful_rounds(verdict.tests_in(plan), dissenting)
    return AfterBudget(rounds) if plan.precision is None else WhenPrecise(rounds, plan.precision)


def _all(result: Result) -> set[int]:
    return set(range(len(result.run.plan.works)))


def _looks(plan: Plan) -> int:
    """Return the fewest rounds after which the verdicts of a plan can all be decided."""
    if plan.variants:
        level = intervals.ALPHA / max(1, verdict.tests_in(plan))
    else:
        tried = (cell.work for cell in plan.cells if cell.is_tried)
        level = level_among(plan, max(Counter(tried).values(), default=1))
    return max(intervals.LEAST_ROUNDS, anytime.rounds_needed(level))
