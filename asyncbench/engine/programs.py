"""Starting our own Python programs, and telling how a process ended."""

from __future__ import annotations

import signal
import sys

GOODBYE_S = 3.0  # how long a process that was told to end may take
OUTPUT_KEPT = 16 * 1024  # bytes of what a process printed last


def python(module: str) -> list[str]:
    """Give the command that runs a module of ours."""
    # -P: the folder one stands in does not shadow what a worker imports.
    return [sys.executable, "-P", "-m", module]


def ending(status: int | None, who: str = "its worker") -> str:
    """Say how a process ended, by its exit code (negative: the signal)."""
    if status is None:
        return f"{who} is gone"
    if status < 0:
        return f"{who} was killed by {signal.Signals(-status).name}"
    return f"{who} exited with status {status}"
