"""How a time grows with an amount: the simplest of a few laws that fits, and how well it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, fsum, log, sqrt

# Laws `fixed + each * f(n)`, the simplest first.
LAWS: dict[str, Callable[[float], float]] = {
    "constant": lambda n: 0.0,
    "logarithmic": lambda n: log(n),
    "linear": lambda n: n,
    "n log n": lambda n: n * log(n),
    "quadratic": lambda n: n * n,
}
# A law that is off by more than this on average is none.
HOLDS = 0.15
# A simpler law is kept unless another is nearer by this factor, or both are nearer than ENOUGH.
NEARER = 1.5
ENOUGH = 0.03
# Two figures are fitted, and with fewer points than this any law would do.
LEAST_POINTS = 4
# Each fit gives the weights of the next: what is far off in one is relative to it in the next.
PASSES = 12


@dataclass(frozen=True, slots=True)
class Growth:
    """A law: seconds `fixed` and `each` times its amount; `error` 0.03: off by 3 % on average."""

    law: str
    fixed: float
    each: float
    error: float

    @property
    def holds(self) -> bool:
        """Whether it says anything."""
        return self.error <= HOLDS

    def at(self, amount: float) -> float:
        """Return the time that it gives for an amount."""
        return self.fixed + self.each * LAWS[self.law](amount)


def fit(amounts: Sequence[float], times: Sequence[float]) -> Growth | None:
    """Return the simplest law near the best, None where the points are too few to tell any.

    Errors count in logarithms, so that a short time weighs as much as a long one. Neither of a
    law's figures is below zero: no time is.
    """
    if len({*amounts}) < LEAST_POINTS or min(amounts) < 1 or min(times) <= 0:
        return None
    found = [_fit(law, amounts, times) for law in LAWS]
    best = min(each.error for each in found)
    return next(each for each in found if each.error <= max(NEARER * best, ENOUGH))


def _fit(law: str, amounts: Sequence[float], times: Sequence[float]) -> Growth:
    shape = [LAWS[law](amount) for amount in amounts]
    if not any(shape):
        middle = exp(fsum(map(log, times)) / len(times))
        return Growth(law, middle, 0.0, _error([middle] * len(times), times))
    fitted = list(times)
    best = Growth(law, 0.0, 0.0, float("inf"))
    for _ in range(PASSES):
        # log(time / fitted) is about (time - fitted) / fitted: least squares with these weights.
        fixed, each = _solved(shape, times, [1 / value**2 for value in fitted])
        fitted = [fixed + each * value for value in shape]
        if min(fitted) <= 0:
            break
        error = _error(fitted, times)
        if error < best.error:
            best = Growth(law, fixed, each, error)
    return best


def _solved(
    shape: Sequence[float], times: Sequence[float], weights: Sequence[float]
) -> tuple[float, float]:
    """Return both figures by weighted least squares, one of them 0 where it would be below."""
    rows = [*zip(weights, shape, times, strict=True)]
    one, by, square = (fsum(w * x**power for w, x, _ in rows) for power in (0, 1, 2))
    time, times_by = (fsum(w * x**power * t for w, x, t in rows) for power in (0, 1))
    spread = one * square - by * by
    if spread > 1e-12 * one * square:
        fixed, each = (
            (square * time - by * times_by) / spread,
            (one * times_by - by * time) / spread,
        )
        if fixed >= 0 and each >= 0:
            return fixed, each
        if fixed < 0:
            return 0.0, max(0.0, times_by / square)
    return time / one, 0.0


def _error(fitted: Sequence[float], times: Sequence[float]) -> float:
    squares = (log(time / value) ** 2 for time, value in zip(times, fitted, strict=True))
    return sqrt(fsum(squares) / len(times))
