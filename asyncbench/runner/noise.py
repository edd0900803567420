"""What else the machine did while a work was visited: signals that flag a run, never select."""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

# The fixed piece of computing that tells the machine's pace: about 1 ms, three times.
PACE_STEPS = 10_000
PACE_TIMES = 3


class Reading(NamedTuple):
    """The machine's counters, in seconds since it started; None where they cannot be read."""

    busy_s: float | None
    steal_s: float | None
    pressure_s: float | None


def read() -> Reading:
    """Return what /proc/stat and /proc/pressure/cpu say (Linux; elsewhere nothing is known)."""
    try:
        first = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
        user, nice, system, _, _, irq, softirq, steal = (int(field) for field in first[:8])
    except (OSError, ValueError):
        return Reading(None, None, None)
    tick = 1 / os.sysconf("SC_CLK_TCK")
    return Reading((user + nice + system + irq + softirq) * tick, steal * tick, _pressure())


def shares(
    before: Reading, after: Reading, ours_s: float | None, wall_s: float, cpus: int
) -> dict[str, float | None]:
    """Return `steal` and `foreign` as shares of all CPU time, `pressure` as one of wall time.

    `ours_s` is the CPU time that this run's own processes used between the readings; None where
    it is not known, and then neither is what the others used.
    """
    foreign = None
    if ours_s is not None and before.busy_s is not None and after.busy_s is not None:
        foreign = max(0.0, after.busy_s - before.busy_s - ours_s) / max(1e-9, wall_s * cpus)
    return {
        "steal": _share(before.steal_s, after.steal_s, wall_s * cpus),
        "foreign": foreign,
        "pressure": _share(before.pressure_s, after.pressure_s, wall_s),
    }


def pace_ns() -> int:
    """Return how long a fixed piece of computing takes: the machine's own speed just now."""
    times = []
    for _ in range(PACE_TIMES):
        began, total = time.perf_counter_ns(), 0
        for step in range(PACE_STEPS):
            total += step * step % 7
        times.append(time.perf_counter_ns() - began)
    return int(median(times))


def _share(before: float | None, after: float | None, whole: float) -> float | None:
    # A counter of the hypervisor's can step back, and so can a clock.
    return None if before is None or after is None else max(0.0, after - before) / max(whole, 1e-9)


def _pressure() -> float | None:
    try:
        text = Path("/proc/pressure/cpu").read_text()
    except OSError:
        return None
    some = next((line for line in text.splitlines() if line.startswith("some")), "")
    return int(some.rpartition("total=")[2]) / 1e6 if some else None
