"""A pool of threads, one a lane: `concurrent.futures.ThreadPoolExecutor`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from asyncbench.core.executor import Executor, Family
from asyncbench.core.items import Given
from asyncbench.core.values import Count
from asyncbench.core.workload import Proof, Workload
from asyncbench.executors import _pool


class Threads(Executor):
    """`ThreadPoolExecutor.map` with one thread for each lane."""

    name = "threads"
    family = Family.PREEMPTIVE

    gives_items = True

    #: Threads at the most; by default as many as may be in flight at once.
    workers: Count | None = None

    _workload: Workload
    _pool: ThreadPoolExecutor
    _call: Callable[[int], int]

    def start(self, workload: Workload, concurrency: int) -> None:
        """Start every thread and open its lane in it."""
        self._workload, self._given = workload, Given(workload)
        self.lanes = min(self.workers or concurrency, concurrency)
        self._pool = ThreadPoolExecutor(self.lanes, thread_name_prefix="lane")
        self._local = local = threading.local()

        def call(index: int, task: Callable[[Any, int], int] = workload.task) -> int:
            try:
                return task(local.lane, index)
            except StopIteration as error:
                # Whoever awaits it would wait for ever, before 3.11.8 and 3.12.2 (gh-112182).
                raise RuntimeError("a task raised StopIteration") from error

        self._call = call
        self._in_every_thread(self._open)

    def run(self, tasks: int) -> Proof:
        """Hand the tasks to the pool and collect them in order."""
        return self.run_part(range(tasks))

    def run_part(self, indices: range) -> Proof:
        """Hand these tasks to the pool and collect them in order."""
        return Proof.total(self._pool.map(self._call, self._given.to(indices)))

    def stop(self) -> None:
        """Close each lane in its own thread, then join them all."""
        self._in_every_thread(self._close)
        self._pool.shutdown()

    def _open(self) -> None:
        self._local.lane = self._workload.open()

    def _close(self) -> None:
        self._workload.close(self._local.lane)

    def _in_every_thread(self, action: Callable[[], None]) -> None:
        together = threading.Barrier(self.lanes)
        _pool.in_every_member(self._pool, self.lanes, partial(_pool.meet, action, together))
