"""How throughput grows with how many work at once: the universal scalability law, fitted."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, fsum, inf, log, sqrt

# Three figures are fitted, and with fewer points than this any law would do.
LEAST_POINTS = 5
# A law that is off by more than this on average is none.
HOLDS = 0.15
# Shares below this are noise: a fit gives none of them as exactly 0.
LEAST_SHARE = 1e-9
Row = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Scaling:
    """Throughput `each * n / (1 + contention * (n - 1) + coherence * n * (n - 1))` for n at once.

    `contention` is the share of the work that is done one at a time, `coherence` what every pair
    of them costs, `error` 0.03: off by 3 % on average. Source: N. J. Gunther, A General Theory of
    Computational Scalability Based on Rational Functions, arXiv 0808.1431, equation 3.
    """

    each: float
    contention: float
    coherence: float
    error: float

    @property
    def holds(self) -> bool:
        """Whether it says anything."""
        return self.error <= HOLDS

    @property
    def peak(self) -> float:
        """At how many at once throughput is highest; infinite where more never make it lower.

        Where it falls from the first on, that is at one. Source: the same, theorem 2.
        """
        if not self.coherence:
            return inf
        return max(1.0, sqrt(max(0.0, 1 - self.contention) / self.coherence))

    def at(self, n: float) -> float:
        """Return the throughput that it gives for n at once."""
        return self.each * n / (1 + self.contention * (n - 1) + self.coherence * n * (n - 1))


def fit(counts: Sequence[float], throughputs: Sequence[float]) -> Scaling | None:
    """Return the law nearest to some throughputs, None where the points are too few to tell any.

    n / throughput is a polynomial of n in the law's figures, none of which is below zero: least
    squares of its relative error, over each choice of figures that are not zero.
    """
    if len({*counts}) < LEAST_POINTS or min(counts) < 1 or min(throughputs) <= 0:
        return None
    costs = [n / each for n, each in zip(counts, throughputs, strict=True)]
    shapes: list[Row] = [(1.0, n - 1, n * (n - 1)) for n in counts]
    best, least = None, inf
    for used in itertools.chain.from_iterable(
        itertools.combinations((0, 1, 2), size) for size in (1, 2, 3)
    ):
        found = _solved(shapes, costs, used)
        if found is None or min(found) < 0 or found[0] <= 0:
            continue
        off = fsum(
            (_dot(found, row) / cost - 1) ** 2 for row, cost in zip(shapes, costs, strict=True)
        )
        if off < least:
            least, best = off, found
    if best is None:
        return None
    one, *rest = best
    queued, shared = (each / one if each / one > LEAST_SHARE else 0.0 for each in rest)
    law = Scaling(1 / one, queued, shared, 0.0)
    apart = [abs(log(law.at(n) / each)) for n, each in zip(counts, throughputs, strict=True)]
    return Scaling(law.each, law.contention, law.coherence, exp(fsum(apart) / len(apart)) - 1)


def _solved(shapes: Sequence[Row], costs: Sequence[float], used: Sequence[int]) -> Row | None:
    """Return the figures, 0 where not used, with the least relative error; None for no solution."""
    rows = [
        [shape[place] / cost for place in used] for shape, cost in zip(shapes, costs, strict=True)
    ]
    size = len(used)
    # The normal equations, with as many ones on the right as there are rows.
    matrix = [
        [fsum(row[one] * row[other] for row in rows) for other in range(size)]
        + [fsum(row[one] for row in rows)]
        for one in range(size)
    ]
    for place in range(size):
        pivot = max(range(place, size), key=lambda row: abs(matrix[row][place]))
        matrix[place], matrix[pivot] = matrix[pivot], matrix[place]
        if not matrix[place][place]:
            return None
        for row in range(size):
            if row != place:
                factor = matrix[row][place] / matrix[place][place]
                matrix[row] = [
                    one - factor * other
                    for one, other in zip(matrix[row], matrix[place], strict=True)
                ]
    found = [0.0, 0.0, 0.0]
    for number, place in enumerate(used):
        found[place] = matrix[number][size] / matrix[number][number]
    return found[0], found[1], found[2]


def _dot(one: Row, other: Row) -> float:
    return fsum(each * factor for each, factor in zip(one, other, strict=True))
