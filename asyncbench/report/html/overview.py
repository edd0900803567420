"""The chart above all others, in plain HTML: it is there before any script has run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log

from asyncbench import units
from asyncbench.analysis.judgement import Judgement
from asyncbench.report import scale
from asyncbench.report.text import plain
from asyncbench.stats.intervals import Interval


@dataclass(frozen=True, slots=True)
class Line:
    """One ratio: its place on the axis in per cent, and its interval's, None where it has none."""

    name: str
    words: str
    mark: str
    at: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Ratios on one log axis; places are in per cent of its length."""

    title: str
    words: str
    lines: Sequence[Line]
    one: float
    band: tuple[float, float]
    ticks: Sequence[tuple[float, str]]


def of_contests(
    judgements: Sequence[Judgement], names: Sequence[str], margin: float
) -> Overview | None:
    """Return the ratio of every contest, None where there is none."""
    held = [
        (name, each.contest.ratio, str(each.contest.verdict or ""))
        for each, name in zip(judgements, names, strict=True)
        if each.contest.ratio
    ]
    return of_ratios(
        "Time of the best cooperative executor, of the best preemptive = 1", held, margin
    )


def of_ratios(
    title: str, held: Sequence[tuple[str, Interval, str]], margin: float
) -> Overview | None:
    """Return ratios, each with its name and verdict; None where there are none."""
    if not held:
        return None
    known = [
        value for _, ratio, _ in held if isfinite(ratio.high) for value in (ratio.low, ratio.high)
    ]
    low, high = scale.reach([*known, *(ratio.estimate for _, ratio, _ in held)], margin)

    def place(ratio: float) -> float:
        return round(100 * log(ratio / low) / log(high / low), 2)

    lines = [
        Line(
            plain(name),
            units.times(ratio),
            mark,
            place(ratio.estimate),
            place(ratio.low) if isfinite(ratio.high) else None,
            place(ratio.high) if isfinite(ratio.high) else None,
        )
        for name, ratio, mark in held
    ]
    return Overview(
        title,
        "; ".join(f"{line.name}: {line.words}, {line.mark}" for line in lines),
        lines,
        place(1),
        (place(1 / (1 + margin)), place(1 + margin)),
        [(place(value), text) for value, text in scale.ticks(low, high)],
    )
