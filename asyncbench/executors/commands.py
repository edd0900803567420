"""Commands: each task is a process of its own, started and waited for."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import IO

from asyncbench.core.commands import Command
from asyncbench.core.executor import Executor, Family, Scheduler
from asyncbench.core.workload import Proof, Workload

REFERENCE = f"{__name__}:Commands"
# Beside each worker's samples a process that does nothing is started so often; the quicker counts.
STARTS = 2


class Commands(Executor):
    """One process after the other, or up to one a lane at once."""

    name = "process"
    family = Family.PREEMPTIVE
    scheduler = Scheduler.PROCESSES
    side = None

    _command: Command
    _files: list[IO[bytes]]
    _pool: ThreadPoolExecutor | None = None
    _start_ns: int | None = None

    def start(self, workload: Workload, concurrency: int) -> None:
        """Open a file a lane, and see what the start of a process takes here and now."""
        assert isinstance(workload, Command)
        self._command = workload
        self._files = [workload.open() for _ in range(concurrency)]
        self.lanes = concurrency
        if concurrency > 1:
            self._pool = ThreadPoolExecutor(concurrency)
        seen = [workload.start_ns(self._files[0], time.perf_counter_ns) for _ in range(STARTS)]
        self._start_ns = min((each for each in seen if each is not None), default=None)

    def run(self, tasks: int) -> Proof:
        """Run as many processes."""
        if self._pool is None:
            [file] = self._files
            return Proof.total([self._command.task(file, index) for index in range(tasks)])
        return Proof.total(self._pool.map(self._in_a_lane, range(tasks)))

    def stop(self) -> None:
        """Close the lanes' files."""
        if self._pool:
            self._pool.shutdown()
        for file in self._files:
            self._command.close(file)

    def describe(self, tasks: int) -> dict[str, str]:
        """State what a process takes that starts and does nothing, in nanoseconds."""
        if self._start_ns is None:
            return {}
        return {"start_ns": str(self._start_ns), "started": self._command.idle}

    def peak_bytes(self) -> int | None:
        """Return what the largest of the processes held."""
        return self._command.peak_bytes

    def _in_a_lane(self, index: int) -> int:
        file = self._files.pop()  # a thread more than there are files is never at work
        try:
            return self._command.task(file, index)
        finally:
            self._files.append(file)
