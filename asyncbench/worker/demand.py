"""What one task asks for, measured: waiting, computing, and how much of that holds the GIL."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable

# Each for itself, since code of a user's can replace them in their module.
from time import perf_counter, process_time, sleep, thread_time
from typing import Any

from asyncbench.core.items import Given
from asyncbench.core.system import run_delay_ns
from asyncbench.core.workload import Workload, forms
from asyncbench.executors.asyncio_loop import LOOP
from asyncbench.worker.protocol import DemandMeasured

# A demand is measured over this many tasks, or for this long where they are slow.
DEMAND_TASKS = 20
DEMAND_S = 0.5


def measure(workload: Workload) -> DemandMeasured:
    """Measure what one task asks for and return it.

    Tasks run one by one, so what is neither CPU time nor waiting for a CPU that others have is
    waiting of their own. Whether the GIL was held is seen from
    outside: how much slower a thread in pure Python gets meanwhile. It is not known (None) of a
    workload that has a cooperative form alone.
    """
    if "blocking" not in forms(type(workload)):
        with asyncio.Runner(loop_factory=LOOP) as runner:
            wait, cpu, longest = runner.run(_one_by_one(workload))
        return DemandMeasured(wait, cpu, None, longest)
    lane = workload.open()
    try:
        wait, cpu, longest = _timed(workload, lane)
        gil = _gil_share(workload, lane, cpu / (wait + cpu) if cpu else 0.0)
    finally:
        workload.close(lane)
    return DemandMeasured(wait, cpu, gil, longest)


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

    Beside work that holds the GIL all the time, a thread in pure Python gets every other turn.
    """
    if cpu_share < 0.05:
        return None
    alone = _counted(lambda: sleep(0.1))
    busy = perf_counter() + 0.2
    given = itertools.cycle(Given(workload).to(range(DEMAND_TASKS)))

    def work() -> None:
        while perf_counter() < busy:
            workload.task(lane, next(given))

    lost = 1 - min(1.0, _counted(work) / alone)
    return min(1.0, 2 * lost / cpu_share)


def _counted(action: Callable[[], object]) -> float:
    """Return how many turns a second a thread in pure Python makes while an action runs."""
    count = 0
    going = True

    def turn() -> None:
        nonlocal count
        while going:
            count += 1

    thread = threading.Thread(target=turn)
    began = perf_counter()
    thread.start()
    action()
    spent = perf_counter() - began
    going = False
    thread.join()
    return count / spent
