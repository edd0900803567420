"""When enough has been measured: the rules that end a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from asyncbench.analysis import verdict
from asyncbench.analysis.result import Result
from asyncbench.record.plan import Plan
from asyncbench.record.run import Run
from asyncbench.runner import schedule

# How long a run with a precision to reach goes on before it is first asked whether it has.
STRETCH_S = 30.0


class StoppingRule(Protocol):
    """Ends a run: some rounds are planned beforehand, and after these it is asked for more."""

    @property
    def rounds(self) -> int:
        """The fewest rounds that can decide what the run is to tell."""

    def planned_s(self, left_s: float) -> float:
        """Return for how many of the seconds left rounds are planned beforehand."""

    def is_met(self, run: Run) -> bool:
        """Return whether a run whose planned rounds are over has measured enough."""


@dataclass(frozen=True, slots=True)
class AfterBudget:
    """Ends a run when its time is up: the planned rounds fill all of it."""

    rounds: int

    def planned_s(self, left_s: float) -> float:
        """Return all of the seconds left."""
        return left_s

    def is_met(self, run: Run) -> bool:
        """Return True: there is no time for more."""
        return True


@dataclass(frozen=True, slots=True)
class WhenPrecise:
    """Ends a run once each ratio is known to plus or minus `precision` (0.02: 2 %)."""

    rounds: int
    precision: float

    def planned_s(self, left_s: float) -> float:
        """Return the seconds of a usual run, or those left where these are fewer."""
        return min(left_s, STRETCH_S)

    def is_met(self, run: Run) -> bool:
        """Return whether every ratio's interval is narrow enough, judged from all samples anew."""
        return verdict.is_precise(Result(run).judgements, self.precision)


def rule_for(plan: Plan) -> StoppingRule:
    """Return the rule that a plan asks for."""
    # A gate decides by one run, which one odd round in it must not keep from deciding.
    dissenting = 1 if plan.variants else 0
    rounds = schedule.useful_rounds(verdict.tests_in(plan), dissenting)
    return AfterBudget(rounds) if plan.precision is None else WhenPrecise(rounds, plan.precision)
