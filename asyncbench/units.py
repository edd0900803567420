"""How quantities are written: three figures, the unit that fits, ratios as people say them."""

from __future__ import annotations

from math import isfinite

from asyncbench.stats.intervals import Interval


def figures(value: float) -> str:
    """Write a number with three significant figures and no exponent."""
    if value == 0 or not isfinite(value):
        return "0" if value == 0 else "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 1e-4 else f"{value:.1e}"


def plain_number(value: float) -> str:
    """Write a number as one would say it: whole where it is, or with three figures."""
    if value == round(value) and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def seconds(value: float) -> str:
    """Write a time with the unit that fits."""
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "us")):
        if abs(value) * factor >= 0.9995:
            return f"{_three(value * factor)} {unit}"
    return f"{value * 1e9:.0f} ns"


def spread(time: Interval) -> str:
    """Write a time with its interval as plus or minus a share."""
    if not isfinite(time.high):
        return seconds(time.estimate)
    widest = max(time.high - time.estimate, time.estimate - time.low) / time.estimate
    return f"{seconds(time.estimate)} ±{_share(widest)}"


def times(ratio: Interval) -> str:
    """Write a ratio of times as so many times faster or slower, with its interval.

    What is as quick, to the digits that are written, is neither.
    """
    middle, way = faster_or_slower(ratio.estimate)
    if factor(middle) == factor(1):
        return plain_times(ratio)
    faster = ratio.estimate < 1
    low, high = (1 / ratio.high, _inverse(ratio.low)) if faster else (ratio.low, ratio.high)
    text = f"{factor(middle)}x {way}"
    return f"{text} ({factor(low)}-{factor(high)})" if isfinite(high) else text


def faster_or_slower(ratio: float) -> tuple[float, str]:
    """Return a ratio of times as a factor of 1 or more, and the word for it."""
    return (1 / ratio, "faster") if ratio < 1 else (ratio, "slower")


def plain_times(ratio: Interval) -> str:
    """Write a ratio of times as a factor with its interval."""
    text = f"{factor(ratio.estimate)}x"
    return f"{text} ({factor(ratio.low)}-{factor(ratio.high)})" if isfinite(ratio.high) else text


def over(value: float, ideal: float) -> str:
    """Write how far a time is from the ideal: signed per cent, or a factor from tenfold on."""
    if ideal <= 0:
        return "-"
    times_ideal = value / ideal
    if times_ideal >= 10:
        return f"{factor(times_ideal)}x"
    return f"{times_ideal - 1:+.0%}".replace("-0%", "+0%")


def size(value: float) -> str:
    """Write a number of bytes in megabytes, of less than one in kilobytes."""
    if 0 < value < 0.95e6:
        return f"{value / 1e3:,.0f} kB"
    return f"{value / 1e6:.0f} MB" if value else "-"


def count(value: float) -> str:
    """Write a mean count: whole, and below 1 with one digit that says how rare it is."""
    return f"{value:.1g}" if 0.0005 <= value < 0.95 else f"{value:,.0f}"


def percent(value: float | None) -> str:
    """Write a share as per cent; '?' where it is not known."""
    if value is None:
        return "?"
    return f"{value:.0%}" if value >= 0.0995 or value < 0.0005 else f"{value:.1%}"


def margin(value: float) -> str:
    """Write a share that somebody chose as per cent, to the digits that it was given with."""
    return f"{plain_number(100 * value)}%"


def counted(number: float, what: str, several: str = "") -> str:
    """Write how many there are of something, such as "1 call" or "2.5 calls".

    `several` is what more than one are called, where that is not by an s.
    """
    many = figures(number)
    return f"{many} {what}" if many == "1" else f"{many} {several or what + 's'}"


def often(number: int) -> str:
    """Write how many times something happened."""
    return "once" if number == 1 else f"{number:,} times"


def _inverse(value: float) -> float:
    return 1 / value if value else float("inf")


def _three(value: float) -> str:
    if abs(value) >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 9.995 else f"{value:.2f}"


def factor(value: float) -> str:
    """Write a factor with about three figures."""
    if value >= 99.5:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"


def _share(value: float) -> str:
    return f"{value:.0%}" if value >= 0.00995 else f"{value:.1%}"
