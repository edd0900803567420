"""What a worker's whole process tree has used: CPU time, context switches, memory."""

from __future__ import annotations

import os
from time import process_time_ns
from typing import NamedTuple

# Imported here and not where it is used: a user's folder may have one of that name, later.
try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

from asyncbench.core.executor import Elsewhere
from asyncbench.core.system import (
    LINUX,
    MAXRSS_BYTES,
    cpu_clock_ns,
    descendants,
    peak_rss,
    proc_text,
    stat_fields,
)


class Usage(NamedTuple):
    """What was used between two readings."""

    user_ns: int = 0
    system_ns: int = 0
    voluntary: int = 0
    involuntary: int = 0


class Counters(NamedTuple):
    """What one process has used since it began; only the ratio of user to system counts."""

    total_ns: int
    user: float
    system: float
    voluntary: int
    involuntary: int


class Meter:
    """Reads the counters of this process and of the processes below it.

    The tree is looked up on request, since a look-up costs more than a reading: it is refreshed
    after start-up and after every warm-up. Outside Linux only this process and the children it
    has waited for are seen.
    """

    def __init__(self) -> None:
        self._below: list[int] = []

    def find_processes(self) -> None:
        """Look up which processes there are below this one."""
        self._below = descendants(os.getpid()) if LINUX else []

    def read(self) -> dict[int, Counters]:
        """Return all counters by process; 0 stands for this one and those it has waited for."""
        readings = {0: _own()}
        for pid in self._below:
            try:
                readings[pid] = _other(pid)
            except (OSError, ValueError):
                continue  # it ended meanwhile and is counted among the children waited for
        return readings

    def own_peak_rss(self) -> int:
        """Return the most memory that this process alone has held, in bytes (0: unknown)."""
        return peak_rss(os.getpid())

    def peak_rss(self) -> int:
        """Return the sum of the processes' peaks of memory, in bytes (0 where it is unknown)."""
        self.find_processes()
        if LINUX:
            return sum(peak_rss(pid) for pid in [os.getpid(), *self._below])
        if resource is None:
            return 0
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_BYTES


def between(before: dict[int, Counters], after: dict[int, Counters]) -> Usage:
    """Return what the whole tree used between two readings."""
    none = Counters(0, 0.0, 0.0, 0, 0)
    user = system = voluntary = involuntary = 0
    for pid in before.keys() | after.keys():
        then, now = before.get(pid, none), after.get(pid)
        # A process that ended is in the counters of the children waited for with its whole life,
        # of which what came before the first reading has to go.
        sign, now = (1, now) if now else (-1, then)
        then = then if sign > 0 else none
        total = now.total_ns - then.total_ns
        ticks = now.user - then.user + now.system - then.system
        part = (now.system - then.system) / ticks if ticks else _system_share(now)
        kernel = int(total * min(1.0, max(0.0, part)))
        user += sign * (total - kernel)
        system += sign * kernel
        voluntary += sign * (now.voluntary - then.voluntary)
        involuntary += sign * (now.involuntary - then.involuntary)
    return Usage(max(0, user), max(0, system), max(0, voluntary), max(0, involuntary))


def plus(used: Usage, before: Elsewhere, after: Elsewhere) -> Usage:
    """Return what was used here together with what was used elsewhere meanwhile."""
    return used._replace(
        user_ns=used.user_ns + max(0, after.user_ns - before.user_ns),
        system_ns=used.system_ns + max(0, after.system_ns - before.system_ns),
    )


def own_ns(before: dict[int, Counters], after: dict[int, Counters]) -> int:
    """Return the CPU time of this process alone between two readings."""
    return max(0, after[0].total_ns - before[0].total_ns)


def _system_share(counters: Counters) -> float:
    whole = counters.user + counters.system
    return counters.system / whole if whole else 0.0


def _own() -> Counters:
    if resource is None:
        times = os.times()
        return Counters(process_time_ns(), times.user, times.system, 0, 0)
    here = resource.getrusage(resource.RUSAGE_SELF)
    gone = resource.getrusage(resource.RUSAGE_CHILDREN)
    user, system = here.ru_utime + gone.ru_utime, here.ru_stime + gone.ru_stime
    return Counters(
        int((user + system) * 1e9),
        user,
        system,
        here.ru_nvcsw + gone.ru_nvcsw,
        here.ru_nivcsw + gone.ru_nivcsw,
    )


def _other(pid: int) -> Counters:
    # The kernel shows another process's user and system time in ticks of 10 ms, but its CPU clock
    # in nanoseconds: the clock gives the total, the ticks only how it is split.
    total = cpu_clock_ns(pid)
    fields = stat_fields(pid)
    voluntary = involuntary = 0
    for line in proc_text(pid, "status").splitlines():
        if line.startswith("voluntary_ctxt_switches"):
            voluntary = int(line.split()[1])
        elif line.startswith("nonvoluntary_ctxt_switches"):
            involuntary = int(line.split()[1])
    return Counters(total, float(fields[11]), float(fields[12]), voluntary, involuntary)
