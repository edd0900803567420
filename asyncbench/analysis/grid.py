"""What a run comes to over two axes: at each point who is quickest, or which side is."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

from asyncbench.analysis.frontier import Frontier, Place, explore, halving
from asyncbench.analysis.judgement import Judgement, Status, Verdict, is_open
from asyncbench.analysis.result import Result
from asyncbench.analysis.sweep import ahead, front
from asyncbench.core.executor import Family
from asyncbench.record.plan import Axis
from asyncbench.stats.intervals import Interval


class Kind(enum.StrEnum):
    """What is known of a point."""

    WINS = "wins"
    TIES = "ties"
    OPEN = "not yet sure"
    HOLE = "not measured"
    AMID = "as all around it"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who is quickest at a point: one name where it wins, several that are level or open.

    What was not measured and lies amid points of one outcome has their names.
    `ratio` is the time of the next over that of the winner.
    """

    kind: Kind
    names: Sequence[str] = ()
    ratio: Interval | None = None
    why: str = ""


class Grid:
    """The points of a run with two axes, by their values on both."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self.x: Axis
        self.y: Axis
        self.x, self.y = result.run.plan.axes
        self._points = {
            (each.work.at[self.x.name], each.work.at[self.y.name]): each
            for each in result.judgements
        }
        self.across = sorted({x for x, _ in self._points})
        self.up = sorted({y for _, y in self._points})

    @property
    def by_side(self) -> bool:
        """Whether it is of the best cooperative executor against the best preemptive one."""
        return self.result.run.plan.by_side

    @cached_property
    def names(self) -> list[str]:
        """Who can win, in the order they were asked for."""
        if self.by_side:
            return [str(Family.COOPERATIVE), str(Family.PREEMPTIVE)]
        points = self._points.values()
        return list(dict.fromkeys(row.name for each in points for row in each.rows))

    @cached_property
    def outcomes(self) -> dict[tuple[float, float], Outcome]:
        """What is known of each point."""
        found = dict(self._measured)
        for place, like in self._frontier.amid.items():
            here, there = self._value(place), self._value(like)
            if found[here].kind is Kind.HOLE and not self._has_begun(here):
                found[here] = Outcome(Kind.AMID, found[there].names)
        return found

    @property
    def worth_measuring(self) -> list[int]:
        """The works that show where outcomes change, as far as is known, those far apart first."""
        ranks = [
            {place: rank for rank, place in enumerate(halving(len(values)))}
            for values in (self.across, self.up)
        ]
        places = sorted(
            self._frontier.wanted,
            key=lambda place: sorted((ranks[0][place[0]], ranks[1][place[1]]), reverse=True),
        )
        return [self._points[self._value(place)].number for place in places]

    @cached_property
    def _measured(self) -> dict[tuple[float, float], Outcome]:
        outcome = _of_sides if self.by_side else _of_best
        return {place: outcome(each) for place, each in self._points.items()}

    @cached_property
    def _frontier(self) -> Frontier:
        return explore(len(self.across), len(self.up), self._label)

    def _label(self, place: Place) -> Hashable:
        here = self._value(place)
        outcome = self._measured[here]
        if outcome.kind is Kind.OPEN or not self._has_begun(here):
            return None
        return outcome.kind, frozenset(outcome.names)

    def _value(self, place: Place) -> tuple[float, float]:
        column, row = place
        return self.across[column], self.up[row]

    def _has_begun(self, place: tuple[float, float]) -> bool:
        """Return whether anything came of a point, be it that all failed there."""
        rows = self._points[place].rows
        return any(row.figures or row.status is not Status.NOT_MEASURED for row in rows)

    @property
    def counts(self) -> Counter[str]:
        """How many points each wins, and how many are level, open or not measured."""
        return Counter(
            each.names[0] if each.kind is Kind.WINS else str(each.kind)
            for each in self.outcomes.values()
        )

    def at(self, x: float, y: float) -> Judgement | None:
        """Return a point, None where the grid has none."""
        return self._points.get((x, y))


def _of_best(judgement: Judgement) -> Outcome:
    names = [row.name for row in front(judgement)]
    if not names:
        return Outcome(Kind.HOLE, why=_failed(judgement))
    if judgement.withheld or judgement.lead is None:
        return Outcome(Kind.OPEN, names, why=judgement.withheld or "nobody else ran")
    second = ahead(judgement)
    if second:
        return Outcome(Kind.WINS, names, second.ratio)
    return Outcome(Kind.OPEN if judgement.lead.open else Kind.TIES, names)


def _of_sides(judgement: Judgement) -> Outcome:
    contest = judgement.contest
    both = [str(Family.COOPERATIVE), str(Family.PREEMPTIVE)]
    if contest.cooperative is None or contest.preemptive is None or contest.ratio is None:
        return Outcome(Kind.HOLE, why=_failed(judgement))
    ratio = contest.ratio
    if judgement.withheld or is_open(contest.verdict, ratio):
        return Outcome(Kind.OPEN, both, why=judgement.withheld)
    if contest.verdict is Verdict.TIES:
        return Outcome(Kind.TIES, both)
    if ratio.estimate < 1:
        faster = Interval(1 / ratio.estimate, 1 / ratio.high, 1 / ratio.low, ratio.level)
        return Outcome(Kind.WINS, both[:1], faster)
    return Outcome(Kind.WINS, both[1:], ratio)


def _failed(judgement: Judgement) -> str:
    """Return why there is nothing to say of a point."""
    reasons = dict.fromkeys(row.why for row in judgement.rows if row.why)
    return "; ".join(reasons) or "the run ended before it came to it"
