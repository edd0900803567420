"""A monotone fit through points, and where it crosses zero."""

from __future__ import annotations

import itertools
from collections.abc import Sequence


def fitted(
    places: Sequence[float], values: Sequence[float], weights: Sequence[float]
) -> list[tuple[float, float]]:
    """Return the rising fit that lies nearest to the values, as the middles of its level parts.

    Values that fall are pooled with their neighbours until none does, which gives the least sum of
    weighted squares. Source: M. Ayer et al., Annals of Mathematical Statistics 26 (1955), 641-647.
    """
    parts: list[tuple[float, float, float]] = []  # weight, weight * place, weight * value
    for place, value, weight in zip(places, values, weights, strict=True):
        part = (weight, weight * place, weight * value)
        while parts and parts[-1][2] / parts[-1][0] >= part[2] / part[0]:
            before = parts.pop()
            part = (before[0] + part[0], before[1] + part[1], before[2] + part[2])
        parts.append(part)
    return [(place / weight, value / weight) for weight, place, value in parts]


def crossing(fit: Sequence[tuple[float, float]]) -> float | None:
    """Return where a rising fit passes zero, straight between its middles; None where it does not.

    What it does beyond its outermost middles is not known.
    """
    for (before, low), (after, high) in itertools.pairwise(fit):
        if low <= 0 < high:
            return before + (after - before) * -low / (high - low)
    return None
