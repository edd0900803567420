"""What a reader must know of the machine and its software to repeat a run."""

from __future__ import annotations

import multiprocessing
import os
import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from asyncbench.core.system import gil_enabled, usable_cpus

PACKAGES = ("asyncbench", "uvloop", "click", "psutil", "rich", "tabulate")


def describe(*, gc: bool) -> dict[str, Any]:
    """Return what this machine and interpreter are; every value can be written as JSON."""
    import psutil

    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "platform": platform.platform(),
        "cpu_model": _cpu_model(),
        "cpus": usable_cpus(),
        "cpus_in_machine": os.cpu_count(),
        "cgroup_cpus": _cgroup_quota(),
        "memory_bytes": psutil.virtual_memory().total,
        "load": list(psutil.getloadavg()),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "gc": "on" if gc else "off",
        "gil": gil_enabled(),
        "start_method": multiprocessing.get_start_method(),
        "tcp_nodelay": True,
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()


def _cgroup_quota() -> float | None:
    """Return the CPUs that the control groups of this process allow, None where none sets a limit.

    In a container its own group is the root of what can be seen.
    """
    found = [quota for folder in _control_groups() if (quota := _quota(folder)) is not None]
    return min(found, default=None)


def _control_groups() -> Iterator[Path]:
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return  # not Linux
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers or "cpu" in controllers.split(","):
            root = Path("/sys/fs/cgroup", "cpu" if controllers else "")
            own = Path(path.lstrip("/"))
            yield from (root / each for each in (own, *own.parents))


def _quota(folder: Path) -> float | None:
    try:
        if (folder / "cpu.max").exists():
            quota, period = (folder / "cpu.max").read_text().split()
        else:
            quota = (folder / "cpu.cfs_quota_us").read_text()
            period = (folder / "cpu.cfs_period_us").read_text()
        share = int(quota) / int(period)
    except (OSError, ValueError):  # there is none, or it says "max"
        return None
    return share if share > 0 else None
