"""What the system and the interpreter are: the one place that knows."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

#: The folder that asyncbench's modules are in, with a separator at its end. Not by an import of
#: the package itself, whose public names reach everything.
PACKAGE = os.path.dirname(str(sys.modules["asyncbench"].__file__)) + os.sep  # noqa: PTH120


def usable_cpus() -> int:
    """Count the CPUs that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else (os.cpu_count() or 1)


def print_by_lines() -> None:
    """Send on each line that is printed at once, as in a terminal, whatever stdout is.

    Python keeps back what goes to a pipe or a file, and a process that hangs or is killed never
    sends it. Every process of every executor does the same, so none prints for less than another.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)


def descendants(pid: int) -> list[int]:
    """Give the processes below one (Linux; elsewhere none is found)."""
    found = []
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []
    for thread in threads:
        try:
            children = (thread / "children").read_text().split()
        except OSError:
            continue  # a thread that ended meanwhile
        for child in map(int, children):
            found += [child, *descendants(child)]
    return found


def interpreter_facts() -> dict[str, Any]:
    """Return what this interpreter is, in words for a reader."""
    return {
        "python": f"{sys.implementation.name} {sys.version.split()[0]}",
        "switch interval": f"{sys.getswitchinterval() * 1e3:g} ms",
    }


def gil_enabled() -> bool:
    """Return whether the GIL is on now."""
    # Told after the run: on a free-threaded build an import can switch the GIL back on.
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())
