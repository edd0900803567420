"""A pool of processes, one a CPU: `concurrent.futures.ProcessPoolExecutor`."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing.synchronize import Barrier
from typing import Any

from asyncbench.core.executor import Executor, Family, Scheduler
from asyncbench.core.items import Given
from asyncbench.core.loading import Files
from asyncbench.core.system import print_by_lines, usable_cpus
from asyncbench.core.workload import Proof, Workload
from asyncbench.executors import _pool

# Chunks a process gets of each batch, unless the workload says how large a chunk is: the rule of
# `multiprocessing.Pool.map`, large enough to spare hand-overs and small enough to even out slow
# chunks.
CHUNKS_PER_PROCESS = 4


class Processes(Executor):
    """`ProcessPoolExecutor.map` with the platform's start method and a stated chunk size."""

    name = "processes"
    family = Family.PREEMPTIVE
    scheduler = Scheduler.PROCESSES

    gives_items = True

    _pool: ProcessPoolExecutor
    _chunk_size: int | None
    _prove: Callable[[Any], int] | None

    def start(self, workload: Workload, concurrency: int) -> None:
        """Start every process and open its lane in it."""
        self.lanes = min(self.processes or usable_cpus(), concurrency)
        self._chunk_size, self._given = workload.chunk_size, Given(workload)
        self._prove = workload.prove if workload.sends_result else None
        context = multiprocessing.get_context()
        together = context.Barrier(self.lanes)
        self._pool = ProcessPoolExecutor(
            self.lanes,
            mp_context=context,
            initializer=_enter,
            # The files come first: they hold what the workload is unpickled from.
            initargs=(Files(), workload, together),
        )
        self._in_every_process(_open)

    def run(self, tasks: int) -> Proof:
        """Hand the tasks to the pool in chunks and collect them in order."""
        given = self._given.to(tasks)
        try:
            returned = self._pool.map(_call, given, chunksize=self._chunk(tasks))
            return Proof.total(map(self._prove, returned) if self._prove else returned)
        except Exception as error:
            # The pool's own frames are all that tells what cannot be sent from a task's own error.
            where = str(error.__cause__)
            if "in _sendback_result" in where:
                told = (
                    "returns cannot be sent back from",
                    "--return none measures without",
                )
            elif "in _feed" in where:
                told = "is given cannot be sent to", "give what can be pickled"
            else:
                raise
            raise TypeError(f"what a task {told[0]} a process ({error}); {told[1]}") from None

    def stop(self) -> None:
        """Close each lane in its own process, then join them all."""
        self._in_every_process(_close)
        self._pool.shutdown()

    def describe(self, tasks: int) -> dict[str, str]:
        """State the start method and the chunk size."""
        return {
            "start method": multiprocessing.get_start_method(),
            "chunk size": str(self._chunk(tasks)),
        }

    def _chunk(self, tasks: int) -> int:
        if self._chunk_size is not None:
            return self._chunk_size
        return max(1, -(-tasks // (self.lanes * CHUNKS_PER_PROCESS)))

    def _in_every_process(self, action: Callable[[], None]) -> None:
        _pool.in_every_member(self._pool, self.lanes, partial(_once, action))


# What follows lives in the pool's processes, where a lane is a process's own global.
_workload: Workload
_together: Barrier
_lane: Any = None


def _enter(files: Files, workload: Workload, together: Barrier) -> None:
    global _workload, _together
    print_by_lines()
    _workload, _together = workload, together


def _once(action: Callable[[], None]) -> None:
    _pool.meet(action, _together)


def _open() -> None:
    global _lane
    _lane = _workload.open()
    # A chunk of work says which function to call by its name, which is looked up here: from now
    # on the name means the task itself, and a call costs no frame of ours.
    call = _workload.result if _workload.sends_result else _workload.task
    globals()["_call"] = partial(call, _lane)


def _call(index: int) -> int:
    raise RuntimeError("this process has no lane")


def _close() -> None:
    _workload.close(_lane)
