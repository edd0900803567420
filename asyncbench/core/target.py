"""What a target is: a server that an I/O workload talks to, alone in its process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


class Target:
    """Base class of targets: made by a workload's `target`, served in a process of its own."""

    #: What the tables call it.
    name: str = ""

    def serve(self, ready: Callable[[Any], None]) -> None:
        """Serve until the process ends; call `ready(address)` once connections are taken.

        `address` is what JSON can carry and becomes the workload's `address`.
        """
        raise NotImplementedError

    def stop(self) -> None:
        """Release what would outlive this process; called in another thread than `serve`."""

    def cpu_ns(self) -> int:
        """Return the CPU time used so far, in nanoseconds."""
        return time.process_time_ns()

    def describe(self) -> dict[str, str]:
        """State what a reader must know to repeat it."""
        return {}
