"""What one task asks for, measured: waiting, computing, and how much of that holds the GIL."""

from __future__ import annotations

import asyncio
import itertools
import sys
import threading
from collections.abc import Callable
from multiprocessing.reduction import ForkingPickler

# Each for itself, since code of a user's can replace them in their module.
from time import perf_counter, process_time, sleep, thread_time
from typing import Any

from asyncbench.core.executor import Executor, Scheduler
from asyncbench.core.items import Given
from asyncbench.core.system import run_delay_ns
from asyncbench.core.workload import Workload, forms
from asyncbench.executors.asyncio_loop import LOOP
from asyncbench.worker.protocol import DemandMeasured

# A demand is measured over this many tasks, or for this long where they are slow.
DEMAND_TASKS = 20
DEMAND_S = 0.5
# What computes for less than this share of its time does not tell whether it holds the GIL, and
# what does for more than that waits for nothing.
LEAST_CPU_SHARE, COMPUTES = 0.05, 0.9
# For so long it is watched whether tasks hold the GIL, which is asked for after each pause; one
# that takes longer than LONG_S was held up.
WATCHED_S, PAUSE_S, LONG_S = 0.2, 0.00005, 0.0003
# Of so many times that a result is pickled and unpickled, the quickest counts.
SENT_TIMES = 3
# Longer than a task usually keeps the GIL.
NEVER_S = 1.0


def measure(workload: Workload, executor: Executor) -> DemandMeasured:
    """Measure what one task asks for, in the process of an executor that is not started.

    Tasks run one by one, so what is neither CPU time nor waiting for a CPU that others have is
    waiting of their own. Whether the GIL was held is seen from
    outside: how much slower a thread in pure Python gets meanwhile. It is not known (None) of a
    workload that has a cooperative form alone, nor under gevent, which has greenlets in the place
    of threads.
    """
    if "blocking" not in forms(type(workload)):
        with asyncio.Runner(loop_factory=LOOP) as runner:
            wait, cpu, longest = runner.run(_one_by_one(workload))
        return DemandMeasured(wait, cpu, None, longest)
    if executor.form != "blocking":
        workload.load("blocking")
    lane = workload.open()
    try:
        wait, cpu, longest = _timed(workload, lane)
        threads = executor.scheduler != Scheduler.GEVENT
        gil = _gil_share(workload, lane, cpu / (wait + cpu)) if cpu and threads else None
        sent = _sent(workload, lane) if workload.sends_result else (0, 0.0)
    finally:
        workload.close(lane)
    return DemandMeasured(wait, cpu, gil, longest, *sent)


class _Stopwatch:
    """Times tasks one by one, as many as there is time for."""

    def __init__(self, cpu_clock: Callable[[], float]) -> None:
        self._clock = cpu_clock
        self._began, self._used, self._late = perf_counter(), cpu_clock(), run_delay_ns()
        self._last, self._longest = self._began, 0.0
        self.done = 0

    @property
    def goes_on(self) -> bool:
        return self.done < DEMAND_TASKS and self._last - self._began < DEMAND_S

    def lap(self) -> None:
        """Note that a task is done."""
        now = perf_counter()
        self._longest, self._last = max(self._longest, now - self._last), now
        self.done += 1

    def figures(self) -> tuple[float, float, float]:
        """Return the seconds waited and computed a task, and the seconds of the longest."""
        wall, cpu = self._last - self._began, self._clock() - self._used
        late = ((run_delay_ns() or 0) - self._late) / 1e9 if self._late is not None else 0.0
        return max(0.0, wall - cpu - late) / self.done, cpu / self.done, self._longest


def _timed(workload: Workload, lane: Any) -> tuple[float, float, float]:
    given = Given(workload).to(range(DEMAND_TASKS))
    workload.task(lane, given[0])
    watch = _Stopwatch(thread_time)
    while watch.goes_on:
        workload.task(lane, given[watch.done])
        watch.lap()
    return watch.figures()


async def _one_by_one(workload: Workload) -> tuple[float, float, float]:
    lane = await workload.aopen()
    given = Given(workload).to(range(DEMAND_TASKS))
    await workload.atask(lane, given[0])
    watch = _Stopwatch(process_time)
    while watch.goes_on:
        await workload.atask(lane, given[watch.done])
        watch.lap()
    await workload.aclose(lane)
    return watch.figures()


def _gil_share(workload: Workload, lane: Any, cpu_share: float) -> float | None:
    """Return the share of the task's CPU time that holds the GIL; None where it hardly uses any.

    A thread that does next to nothing, again and again, has to wait for the GIL whenever the task
    holds it. How long it lacked a CPU is known and taken off, so a busy machine tells the same.
    """
    if cpu_share < LEAST_CPU_SHARE:
        return None
    given = itertools.cycle(Given(workload).to(range(DEMAND_TASKS)))
    usual, watcher = sys.getswitchinterval(), _Watcher()
    # Nobody is made to hand the GIL over: the task keeps it for as long as it would alone.
    sys.setswitchinterval(NEVER_S)
    watcher.start()
    try:
        watcher.watching.wait()
        began, used, late = perf_counter(), thread_time(), run_delay_ns() or 0
        while perf_counter() - began < WATCHED_S:
            workload.task(lane, next(given))
        held = thread_time() - used
        if cpu_share > COMPUTES:
            # Who holds the GIL and lacks a CPU keeps others from it as well. Who waits lacks one
            # when it wakes, and holds nothing then.
            held += ((run_delay_ns() or 0) - late) / 1e9
    finally:
        watcher.going = False
        watcher.join()
        sys.setswitchinterval(usual)
    return min(1.0, watcher.waited_s / held) if held else None


def _sent(workload: Workload, lane: Any) -> tuple[int, float]:
    """Return the bytes that a task's result has when pickled, and the CPU seconds both ways take.

    What cannot be pickled is the failure of whoever has to send it.
    """
    returned = workload.result(lane, Given(workload).to(range(1))[0])
    took = []
    for _ in range(SENT_TIMES):
        began = thread_time()
        try:
            text = ForkingPickler.dumps(returned)
            ForkingPickler.loads(text)
        except Exception:  # whatever the user's class raises
            return 0, 0.0
        took.append(thread_time() - began)
    return len(text), min(took)


class _Watcher(threading.Thread):
    """Wants the GIL for a moment, again and again; `waited_s` is how long it had to wait for it."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.going = True
        self.watching = threading.Event()
        self.waited_s = 0.0

    def run(self) -> None:
        """Pause, and see how much longer that took than a pause takes."""
        last, late = perf_counter(), run_delay_ns() or 0
        self.watching.set()
        while self.going:
            sleep(PAUSE_S)
            now, delay = perf_counter(), run_delay_ns() or 0
            waited = now - last - (delay - late) / 1e9
            if waited > LONG_S:
                self.waited_s += waited - PAUSE_S
            last, late = now, delay
