"""How far equal code drifts apart between two runs, and what ratio of times is left to claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, hypot, inf, log, sqrt
from statistics import fmean, median, stdev

from asyncbench.analysis.pairing import Key, PairedCell, same_work
from asyncbench.record.run import Run
from asyncbench.stats import intervals, student
from asyncbench.stats.distances import Rounds
from asyncbench.stats.intervals import Interval

VARIANTS = "measured as variants in one run (`run --variant`), they can be told apart"
# No interval of log-ratios reaches further; exp would overflow.
LARGEST = 100.0


@dataclass(frozen=True, slots=True)
class Difference:
    """How a cell's time differs between two runs: `value` is the log of the ratio of its times.

    `error` is its standard error as the rounds within the runs tell it, `between` how much the
    rounds of a run differ; both are 0 where a side has one round.
    """

    key: Key
    value: float
    rounds: int
    error: float = 0.0
    between: float = 0.0


@dataclass(frozen=True, slots=True)
class Drift:
    """What two runs show of how equal code differs between them.

    `apart_s`: the seconds between their starts; None where a run does not state its time.
    `known`: the differences of the cells and controls that both have. `pace`: that of the fixed
    piece of computing which each round times. `same`: the two are one run and its copy.
    """

    apart_s: float | None
    known: list[Difference]
    pace: float | None
    same: bool

    @property
    def size(self) -> float | None:
        """Return the root mean square of all differences, None where there are none."""
        values = self._values(self.known)
        return _root_mean_square(values) if values else None

    def others(self, cell: Difference) -> list[Difference]:
        """Return what shows a cell's drift: not itself, nor its control, which changes with it."""
        return [each for each in self.known if each.key != cell.key]

    def ratio(
        self, cell: Difference, first: PairedCell, other: PairedCell, level: float
    ) -> tuple[Interval, str]:
        """Return the ratio of a cell's times with its interval, and why that is infinite if so."""
        if self.same:
            return Interval(1.0, 1.0, 1.0, level), ""
        infinite = Interval(exp(cell.value), 0.0, inf, level)
        if cell.rounds < intervals.LEAST_ROUNDS:
            return infinite, (
                f"indicative only: a claim takes {intervals.LEAST_ROUNDS} rounds in both runs, and "
                f"these have {len(first.times)} and {len(other.times)} (run --budget gives more)"
            )
        degrees = len(self._values(self.others(cell)))
        if not degrees:
            return infinite, (
                "cannot tell: the runs share nothing else that would show how much equal code "
                f"differs between them; {VARIANTS}"
            )
        scale = max(self._scale(cell), first.twins, other.twins)
        half = student.student_quantile(level, degrees) * hypot(cell.error, scale)
        if abs(cell.value) + half > LARGEST:
            return infinite, "cannot tell: nothing that the runs share is alike in them"
        return Interval(exp(cell.value), exp(cell.value - half), exp(cell.value + half), level), ""

    def _scale(self, cell: Difference) -> float:
        """Return how far a cell may drift: the largest of what there is to tell by.

        Differences are taken about zero and not about their mean: a shift that all cells share is
        drift too, since two runs cannot tell a slower machine from slower code.
        """
        others = self.others(cell)
        near = [each for each in others if same_work(each.key, cell.key)]
        return max(
            _root_mean_square(self._values(near)),
            _root_mean_square(self._values(others)),
            cell.between,
        )

    def _values(self, differences: Sequence[Difference]) -> list[float]:
        values = [each.value for each in differences]
        return values if self.pace is None else [*values, self.pace]


def difference(key: Key, first: Rounds, other: Rounds) -> Difference:
    """Return how a cell's log times differ between two runs."""
    value = intervals.estimate(other) - intervals.estimate(first)
    rounds = min(len(first), len(other))
    if rounds < 2:
        return Difference(key, value, rounds)
    spreads = [stdev(median(values) for values in times) for times in (first, other)]
    counts = len(first), len(other)
    error = sqrt(sum(s**2 / n for s, n in zip(spreads, counts, strict=True)))
    pooled = sum(s**2 * (n - 1) for s, n in zip(spreads, counts, strict=True)) / (sum(counts) - 2)
    return Difference(key, value, rounds, error, sqrt(pooled))


def pace(first: Run, other: Run) -> float | None:
    """Return how the machine's own pace differs, as a log-ratio; None where it was not timed."""
    paces = [[visit.pace_ns for visit in run.visits if visit.pace_ns] for run in (first, other)]
    if not all(paces):
        return None
    return log(median(paces[1]) / median(paces[0]))


def _root_mean_square(values: Sequence[float]) -> float:
    return sqrt(fmean(value**2 for value in values)) if values else 0.0
