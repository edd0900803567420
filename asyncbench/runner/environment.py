"""What a reader must know of the machine and its software to repeat a run."""

from __future__ import annotations

import multiprocessing
import os
import platform
import sys
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
    """Return the CPUs that the control group allows, None where it sets no limit."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        pass
    try:
        quota_us = int(Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us").read_text())
        period_us = int(Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us").read_text())
    except (OSError, ValueError):
        return None
    return quota_us / period_us if quota_us > 0 else None
