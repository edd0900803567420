"""A logarithmic axis of ratios: where it ends, and which ticks it has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite, log

DECADES = range(-12, 13)
# What ticks are drawn from, the coarsest first; the finer ones are for ratios near 1.
ROUND = (
    tuple(10.0**decade for decade in DECADES),
    tuple(step * 10.0**decade for decade in DECADES for step in (1.0, 2.0, 5.0)),
    (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 2.0, 3.0, 4.0, 5.0),
    (0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.3),
)
FEWEST = 4
# The share of the axis that a tick's text needs, on a phone too.
APART = 0.12


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis from one ratio to another."""

    low: float
    high: float

    def at(self, ratio: float) -> float:
        """Return where a ratio stands, as a share of the axis's length."""
        return log(ratio / self.low) / log(self.high / self.low)

    def ticks(self) -> list[tuple[float, str]]:
        """Return the ratios that have ticks and their texts, with room between; one is at 1."""
        found: list[float] = []
        for values in ROUND:
            inside = [value for value in values if self.low <= value <= self.high]
            found = _spaced(inside, log(self.high / self.low))
            if len(found) >= FEWEST:
                break
        return [(value, _text(value)) for value in found]


def reach(values: Iterable[float], margin: float) -> Axis:
    """Return an axis that shows all values, 1 and the margin about it, with room."""
    shown = [1 / (1 + 2 * margin), 1 + 2 * margin, 0.9, 1.1]
    shown += [value for value in values if isfinite(value) and value > 0]
    low, high = min(shown), max(shown)
    room = (high / low) ** 0.06
    return Axis(low / room, high * room)


def _spaced(values: Sequence[float], width: float) -> list[float]:
    """Leave out, from 1 outward, what stands too near to the one before."""
    kept = [1.0]
    for side in (
        [value for value in values if value > 1],
        [value for value in reversed(values) if value < 1],
    ):
        last = 1.0
        for value in side:
            if abs(log(value / last)) >= APART * width:
                kept.append(value)
                last = value
    return sorted(kept)


def _text(value: float) -> str:
    inverse = 1 / value
    if value < 0.6 and abs(inverse - round(inverse)) < 1e-6 * inverse:
        return f"1/{round(inverse):,}"
    return f"{value:,.0f}" if value >= 10 else f"{value:.3g}"
