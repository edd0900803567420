"""Student's t distribution: its tail and its quantiles."""

from __future__ import annotations

from math import atan2, cos, pi, sin, sqrt


def student_tail(value: float, degrees: int) -> float:
    """Return the chance that Student's t with these degrees of freedom lies beyond +-`value`.

    Source: M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions (1964), 26.7.3-4.
    """
    angle = atan2(value, sqrt(degrees))
    step = cos(angle) ** 2
    # The sums run over cos^0, cos^2, ... for even degrees and cos^1, cos^3, ... for odd ones.
    term, total = (1.0, 0.0) if degrees % 2 == 0 else (cos(angle), 0.0)
    for order in range(2 + degrees % 2, degrees + 1, 2):
        total += term
        term *= step * (order - 1) / order
    inside = sin(angle) * total
    return 1 - (inside if degrees % 2 == 0 else 2 / pi * (angle + inside))


def student_quantile(level: float, degrees: int) -> float:
    """Return the value that Student's t exceeds, either way, with chance `level` (0.05: 95 %)."""
    low, high = 0.0, 1.0
    while student_tail(high, degrees) > level:
        low, high = high, high * 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, degrees) > level else (low, middle)
    return high
