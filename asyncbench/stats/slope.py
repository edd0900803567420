"""How much more there is of one thing with each more of another."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from statistics import median


def each(amounts: Sequence[float], values: Sequence[float]) -> float | None:
    """Return the median slope of all pairs of points, None where all amounts are the same.

    A few odd points move it little. Source: P. K. Sen, Estimates of the regression coefficient
    based on Kendall's tau, Journal of the American Statistical Association 63 (1968), 1379-1389.
    """
    points = zip(amounts, values, strict=True)
    slopes = [
        (value - other) / (amount - another)
        for (another, other), (amount, value) in itertools.combinations(points, 2)
        if amount != another
    ]
    return median(slopes) if slopes else None
