"""Ratios of times with their intervals on a log axis: of a work, of contests, of two runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

from asyncbench import units
from asyncbench.analysis.ideal import Ideal
from asyncbench.analysis.judgement import Judgement, Row
from asyncbench.report import scale
from asyncbench.report.html import charts
from asyncbench.report.html.charts import Chart, Line
from asyncbench.stats.intervals import Interval


@dataclass(frozen=True, slots=True)
class Dot:
    """One ratio of times, the verdict on it, and the least that it could be.

    It has the symbol and colour of a family, or a verdict's colour where it has none.
    """

    label: str
    ratio: Interval
    verdict: str = ""
    family: str = ""
    ideal: float | None = None
    is_reference: bool = False

    @property
    def words(self) -> str:
        """Return the ratio with its interval."""
        return "the reference" if self.is_reference else units.times(self.ratio)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The ends of its interval, None where there is none."""
        known = isfinite(self.ratio.high) and not self.is_reference
        return (self.ratio.low, self.ratio.high) if known else None

    @property
    def shown(self) -> list[float]:
        """The ratios that an axis has to reach for it to be seen whole."""
        return [self.ratio.estimate, *(self.interval or ()), self.ideal or 1.0]


def dots(rows: Sequence[Row], ideal: Ideal) -> list[Dot]:
    """Return the ratios of a work; rows with nothing to show are left out."""
    found = []
    for row in rows:
        base = row.reference.figures if row.reference else row.figures
        ratio = Interval(1.0, 1.0, 1.0, 0.0) if row.is_baseline else row.ratio
        if not row.ok or ratio is None or base is None:
            continue
        least = ideal.seconds / base.time.estimate if ideal.seconds > 0 else None
        verdict = str(row.verdict or "")
        found.append(Dot(row.name, ratio, verdict, charts.family(row), least, row.is_baseline))
    return found


def contests(judgements: Sequence[Judgement], names: Sequence[str], margin: float) -> Chart | None:
    """Return the best cooperative executor of each work beside the best preemptive one."""
    held = [
        Dot(
            f"{name}: {its.cooperative.name} beside {its.preemptive.name}",
            its.ratio,
            str(its.verdict or ""),
        )
        for judgement, name in zip(judgements, names, strict=True)
        if (its := judgement.contest).ratio and its.cooperative and its.preemptive
    ]
    title = "The best cooperative executor beside the best preemptive"
    return chart(title, held, margin, "contests")


def chart(title: str, shown: Sequence[Dot], margin: float, kind: str = "ratios") -> Chart | None:
    """Draw ratios on one axis, the margin about 1 as a band; None where there are none.

    A ratio without an interval is hollow and has no whisker.
    """
    if not shown:
        return None
    axis = scale.reach((value for dot in shown for value in dot.shown), margin)
    return Chart(kind, title, [_line(dot, axis) for dot in shown], charts.ground(axis, margin))


def _line(dot: Dot, axis: scale.Axis) -> Line:
    def place(ratio: float) -> float:
        return charts.place(axis.at(ratio))

    interval = dot.interval
    return Line(
        charts.short(dot.label),
        dot.words,
        dot.family or dot.verdict,
        symbol=dot.family or "cooperative",
        at=place(dot.ratio.estimate),
        interval=(place(interval[0]), place(interval[1])) if interval else None,
        hollow=not interval and not dot.is_reference,
        ideal=place(dot.ideal) if dot.ideal else None,
        verdict=dot.verdict,
        more=f"the ideal: {units.times(Interval(dot.ideal, 0, inf, 0))}" if dot.ideal else "",
    )
