"""A pool of processes, one a CPU: `concurrent.futures.ProcessPoolExecutor`."""

from __future__ import annotations

import atexit
import multiprocessing
import multiprocessing.util
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.reduction import ForkingPickler
from multiprocessing.synchronize import Barrier
from typing import Any, Literal

from asyncbench.core.executor import Executor, Family, Form, Scheduler
from asyncbench.core.items import Given
from asyncbench.core.loading import Files
from asyncbench.core.system import print_by_lines, usable_cpus
from asyncbench.core.values import Count
from asyncbench.core.workload import Proof, Workload
from asyncbench.errors import UnsendableError, told
from asyncbench.executors import _pool


class Processes(Executor):
    """`ProcessPoolExecutor.map` with the platform's start method and a stated chunk size."""

    name = "processes"
    family = Family.PREEMPTIVE
    scheduler = Scheduler.PROCESSES
    sends_results = True

    gives_items = True

    #: Processes at the most; by default the CPUs, or what `--processes` says.
    workers: Count | None = None
    #: How they start; by default as the platform has it.
    start_method: Literal["fork", "spawn", "forkserver"] | None = None
    #: Tasks that are handed over at a time; by default the workload's, or a quarter of a share.
    chunk_size: Count | None = None

    _pool: ProcessPoolExecutor
    _chunk_size: int | None
    _prove: Callable[[Any], int] | None

    def unavailable(self) -> str | None:
        """Return that the platform has no such start method, or None."""
        known = multiprocessing.get_all_start_methods()
        if self.start_method in (None, *known):
            return None
        return f"there is no start method {self.start_method} here; use {' or '.join(known)}"

    def start(self, workload: Workload, concurrency: int) -> None:
        """Start every process and open its lane in it."""
        self.lanes = min(self.workers or self.processes or usable_cpus(), concurrency)
        self._chunk_size = self.chunk_size or workload.chunk_size
        self._given = Given(workload)
        self._prove = workload.prove if workload.sends_result else None
        context = multiprocessing.get_context(self.start_method)
        method = context.get_start_method()
        # What is forked has what this process has loaded.
        loads = None if method == "fork" else self.form
        together = context.Barrier(self.lanes)
        self._pool = ProcessPoolExecutor(
            self.lanes,
            mp_context=context,
            initializer=_enter,
            # The files come first: they hold what the workload is unpickled from.
            initargs=(Files(), workload, together, loads),
        )
        with _pool.starts_by(method):
            self._in_every_process(_open)

    def run(self, tasks: int) -> Proof:
        """Hand the tasks to the pool in chunks and collect them in order."""
        given = self._given.to(range(tasks))
        try:
            returned = self._pool.map(_call, given, chunksize=self._chunk(tasks))
            return Proof.total(map(self._prove, returned) if self._prove else returned)
        except Exception as error:
            # The pool's own frames are all that tells what cannot be sent from a task's own error.
            where = str(error.__cause__)
            if "in _sendback_result" in where and not self._prove:
                what = "raises cannot be sent back from", "raise what can be pickled"
            elif "in _sendback_result" in where:
                what = (
                    "returns or raises cannot be sent back from",
                    "--return none measures without",
                )
            elif "in _feed" in where:
                what = "is given cannot be sent to", "give what can be pickled"
            elif "in wait_result_broken_or_wakeup" in where:
                # The pool calls itself broken by whatever it cannot make out of what has come.
                error = RuntimeError(where.replace("'''", "").strip().rpartition("\n")[2])
                what = (
                    "returns or raises cannot be unpickled when it comes back from",
                    "an exception with arguments of its own needs __reduce__, and --return none "
                    "measures without a result",
                )
            elif isinstance(error, BrokenProcessPool) and (lost := _unreadable(given)):
                error = lost
                what = "is given cannot be unpickled in", "give what can be unpickled"
            else:
                raise
            raise UnsendableError(f"what a task {what[0]} a process ({error}); {what[1]}") from None

    def stop(self) -> None:
        """Close each lane in its own process, then join them all."""
        self._in_every_process(_close)
        self._pool.shutdown()

    def describe(self, tasks: int) -> dict[str, str]:
        """State the start method and the chunk size."""
        return {
            "start method": self.start_method or multiprocessing.get_start_method(),
            "chunk size": str(self._chunk(tasks)),
        }

    def _chunk(self, tasks: int) -> int:
        return _pool.chunk(tasks, self.lanes, self._chunk_size)

    def _in_every_process(self, action: Callable[[], None]) -> None:
        _pool.in_every_member(self._pool, self.lanes, partial(_once, action))


# What follows lives in the pool's processes, where a lane is a process's own global.
_workload: Workload
_together: Barrier
_lane: Any = None


def _unreadable(given: Sequence[Any]) -> Exception | None:
    """Return why one of what tasks are given cannot be unpickled, None where all of them can.

    A process that it was sent to has died of that, and the pool does not tell why.
    """
    for each in given:
        try:
            ForkingPickler.loads(ForkingPickler.dumps(each))
        except Exception as error:  # whatever the user's class raises
            return RuntimeError(told(error))
    return None


def _enter(files: Files, workload: Workload, together: Barrier, loads: Form | None) -> None:
    global _workload, _together
    print_by_lines()
    if loads:
        workload.load(loads)
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
    # A process that was not forked has imported the module, and may have threads of it that never
    # end, or exit handlers that hang: it would wait for them, and its pool for it.
    threading._shutdown = lambda: None  # type: ignore[attr-defined]
    atexit._clear()
    # What unlinks the semaphores that were made here is such a handler, too, from 3.13 on.
    atexit.register(multiprocessing.util._exit_function)  # type: ignore[attr-defined]
