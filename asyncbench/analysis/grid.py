"""What a run comes to over two axes: at each point who is quickest, or which side is."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from asyncbench.analysis.judgement import Judgement, Verdict, is_open
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who is quickest at a point: one name where it wins, several that are level or open.

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
        outcome = _of_sides if self.by_side else _of_best
        return {place: outcome(each) for place, each in self._points.items()}

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
