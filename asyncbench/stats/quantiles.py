"""Quantiles of many times: by a histogram where hdrhistogram is installed, else exact."""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil

# The histogram tells times from a nanosecond to ten hours apart by three digits.
LONGEST_NS = 36_000_000_000_000
DIGITS = 3
# Fewer times than this are sorted as quickly, and exactly.
MANY = 10_000


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Of times in nanoseconds: how many, what 50, 90 and 99 % do not exceed, the longest."""

    count: int
    p50: float
    p90: float
    p99: float
    longest: float


def quantiles(times: Collection[int], *, histogram: bool | None = None) -> Quantiles:
    """Give the quantiles of times in nanoseconds; all 0 of none.

    `histogram` says whether to use one; where it is None, the number of times and what is installed
    do. The longest is exact either way.
    """
    if histogram is None:
        histogram = len(times) >= MANY and importlib.util.find_spec("hdrh") is not None
    shares = (0.50, 0.90, 0.99)
    if not times:
        return Quantiles(0, 0, 0, 0, 0)
    if histogram:
        from hdrh.histogram import HdrHistogram

        counted = HdrHistogram(1, LONGEST_NS, DIGITS)
        for time in times:
            counted.record_value(min(LONGEST_NS, max(1, time)))
        found = [counted.get_value_at_percentile(share * 100) for share in shares]
    else:
        ordered = sorted(times)
        found = [of_sorted(ordered, share) for share in shares]
    p50, p90, p99 = found
    return Quantiles(len(times), p50, p90, p99, max(times))


def quantile(values: Sequence[int], share: float) -> int:
    """Give the smallest of the values that at least `share` (0.99) of them do not exceed."""
    return of_sorted(sorted(values), share) if values else 0


def of_sorted(values: Sequence[int], share: float) -> int:
    """Give that of values which are in order."""
    return values[max(0, ceil(share * len(values)) - 1)]
