"""What a run comes to along one axis: who is quickest where, and where two executors cross."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, log

from asyncbench.analysis.judgement import Judgement, Rival, Row
from asyncbench.analysis.lead import level_among
from asyncbench.analysis.result import Result
from asyncbench.record.plan import Axis
from asyncbench.stats import growth, isotonic, simultaneous
from asyncbench.stats.growth import Growth
from asyncbench.stats.intervals import Interval

# A point, the ratio of two executors' times there, and from how many rounds.
Beside = tuple[float, Interval, int]


@dataclass(frozen=True, slots=True)
class Crossover:
    """Where one executor overtakes another: `before` is shown quicker at `low`, `after` at `high`.

    `at` is where a monotone fit of the log-ratio of their times passes 1.
    """

    before: str
    after: str
    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring points with the same quickest, or the same that are level, or none yet told."""

    low: float
    high: float
    names: Sequence[str]
    is_sure: bool


class Sweep:
    """The points of a run with one axis, from low to high."""

    def __init__(self, result: Result) -> None:
        self.result = result
        [self.axis] = result.run.plan.axes
        self.points = sorted(result.judgements, key=self.at)

    def at(self, judgement: Judgement) -> float:
        """Return a point's value on the axis."""
        return judgement.work.at[self.axis.name]

    @cached_property
    def names(self) -> list[str]:
        """The executors, in the order they were asked for."""
        return list(dict.fromkeys(row.name for each in self.points for row in each.rows))

    @cached_property
    def crossovers(self) -> list[Crossover]:
        """Where those in front change places, from low to high.

        Who is shown to be slower than a third, on either side, crosses nobody that matters.
        """
        fronts = {self.at(each): {row.name for row in front(each)} for each in self.points}
        found = [
            crossover
            for one, other in itertools.combinations(self.names, 2)
            for crossover in self._between(one, other)
            if crossover.before in fronts[crossover.low]
            and crossover.after in fronts[crossover.high]
        ]
        return sorted(found, key=lambda each: each.at)

    @cached_property
    def stretches(self) -> list[Stretch]:
        """Who is quickest from where to where."""
        found: list[Stretch] = []
        for judgement in self.points:
            names = [row.name for row in front(judgement)]
            here, sure = self.at(judgement), is_told(judgement)
            last = found[-1] if found else None
            same = last and {*last.names} == {*names}
            if last and last.is_sure == sure and (same or not sure):
                found[-1] = Stretch(last.low, here, last.names, sure)
            else:
                found.append(Stretch(here, here, names, sure))
        return found

    @cached_property
    def growths(self) -> dict[str, Growth | None]:
        """How the time a batch grows with its tasks, by executor; empty where all have as many."""
        if len({each.work.tasks for each in self.points}) < 2:
            return {}
        found: dict[str, Growth | None] = {}
        for name in self.names:
            times = [
                (float(each.work.tasks), row.figures.time.estimate)
                for each in self.points
                for row in each.rows
                if row.name == name and row.ok and row.figures
            ]
            found[name] = growth.fit(*zip(*times, strict=True)) if times else None
        return found

    def _between(self, one: str, other: str) -> list[Crossover]:
        """Return where two executors are shown to change places."""
        beside = self._beside(one, other)
        sure = [(place, _sign(ratio)) for place, ratio, _ in beside if _sign(ratio)]
        turns = [
            (low, high, before)
            for (low, before), (high, after) in itertools.pairwise(sure)
            if before != after
        ]
        found = []
        for number, (low, high, before) in enumerate(turns):
            # The fit is monotone from the turn before to the one after.
            start = turns[number - 1][1] if number else float("-inf")
            end = turns[number + 1][0] if number + 1 < len(turns) else float("inf")
            stretch = [each for each in beside if start <= each[0] <= end]
            names = (one, other) if before < 0 else (other, one)
            at = min(max(self._crossing(stretch, -before), low), high)
            found.append(Crossover(*names, at, low, high))
        return found

    def _beside(self, one: str, other: str) -> list[Beside]:
        """Return the log-ratio of two executors' times at each point that both have, and rounds."""
        summary, plan = self.result.summary, self.result.run.plan
        found = []
        for judgement in self.points:
            able = {row.name: row for row in judgement.rows if row.ok and row.figures}
            if judgement.withheld or not {one, other} <= able.keys():
                continue
            rounds = summary.ratios(able[one].cell, able[other].cell)
            if rounds:
                level = _level(judgement, one, other) or level_among(plan, len(able))
                ratio = simultaneous.ratio(rounds, level, summary.test)
                found.append((self.at(judgement), ratio, len(rounds)))
        return found

    def _crossing(self, stretch: Sequence[Beside], way: int) -> float:
        """Return where a ratio passes 1: rising (`way` 1) or falling (-1) along the axis."""
        fit = isotonic.fitted(
            [scaled(self.axis, place) for place, _, _ in stretch],
            [way * log(ratio.estimate) for _, ratio, _ in stretch],
            [float(rounds) for _, _, rounds in stretch],
        )
        place = isotonic.crossing(fit)
        middle = (scaled(self.axis, stretch[0][0]) + scaled(self.axis, stretch[-1][0])) / 2
        return unscaled(self.axis, middle if place is None else place)


def front(judgement: Judgement) -> list[Row]:
    """Return the quickest of a point and those not shown to be slower; none where nothing ran."""
    lead = judgement.lead
    if lead is None:
        return [row for row in judgement.rows if row.ok and row.figures]
    return [lead.best, *(rival.row for rival in lead.rivals if not rival.is_slower)]


def is_told(judgement: Judgement) -> bool:
    """Return whether it is told of a point who is quickest, or that some are level."""
    return bool(judgement.lead) and not judgement.withheld and judgement.is_decided


def ahead(judgement: Judgement) -> Rival | None:
    """Return the next after the quickest, where that is shown to be the quickest."""
    alone = judgement.lead and len(front(judgement)) == 1
    return judgement.lead.next if judgement.lead and alone and not judgement.withheld else None


def scaled(axis: Axis, value: float) -> float:
    """Return where a value stands along its axis."""
    return log(value) if axis.log else value


def unscaled(axis: Axis, place: float) -> float:
    """Return the value that stands at a place along an axis."""
    return exp(place) if axis.log else place


def _sign(ratio: Interval) -> int:
    """Return which way a ratio of times is shown to differ from 1, 0 where it is not shown."""
    return 1 if ratio.low > 1 else -1 if ratio.high < 1 else 0


def _level(judgement: Judgement, one: str, other: str) -> float | None:
    """Return the level at which two are held against each other, where one of them is the best."""
    lead = judgement.lead
    rivals = lead.rivals if lead and lead.best.name in (one, other) else []
    return next(
        (each.ratio.level for each in rivals if each.ratio and each.row.name in (one, other)), None
    )
