"""Work that only waits, or only hands over."""

from __future__ import annotations

import asyncio
import os
import random
import time
from dataclasses import dataclass
from math import inf

from asyncbench import Demand, Workload

# What the tutorials call things that have no name; after the last comes the first again.
NAMES = (
    "foo", "bar", "baz", "qux", "quux", "corge", "grault", "garply", "waldo", "fred",
    "plugh", "xyzzy", "thud",
)  # fmt: skip


@dataclass
class Sleep(Workload):
    """Wait: `time.sleep` or `asyncio.sleep`, and nothing else."""

    seconds: float = 0.003

    tasks = 24
    concurrency = 24

    def __post_init__(self) -> None:
        if not 0 <= self.seconds < inf:
            raise ValueError(f"seconds is 0 or more, not {self.seconds}")

    def task(self, lane: None, index: int) -> int:
        """Block the thread."""
        time.sleep(self.seconds)
        return index

    async def atask(self, lane: None, index: int) -> int:
        """Hand control to the loop until the time has come."""
        await asyncio.sleep(self.seconds)
        return index

    async def anytask(self, lane: None, index: int) -> int:
        """Hand control to whichever loop there is until the time has come."""
        from anyio import sleep

        await sleep(self.seconds)
        return index

    def demand(self) -> Demand:
        """All waiting; the CPU it takes to wait is the executor's, not the task's."""
        return Demand(wait_s=self.seconds, cpu_s=0.0)


def _hand_over() -> None:
    # Both let the GIL go. `sched_yield` offers the CPU and returns at once where nobody takes it;
    # `time.sleep(0)` is what comes closest where there is none (Windows).
    if hasattr(os, "sched_yield"):
        os.sched_yield()
    else:
        time.sleep(0)


@dataclass
class Yield(Workload):
    """Hand over as often as `times` says, and nothing else: what one switch costs under each model.

    In the cooperative form every hand-over is a switch: each lane's task has its turn before the
    first runs again. In the blocking form it is an offer, which the operating system may decline
    where nobody waits for that CPU: with one lane it costs a system call, and no switch.
    """

    times: int = 100

    tasks = 50
    concurrency = 50

    def __post_init__(self) -> None:
        if self.times < 1:
            raise ValueError(f"times is at least 1, not {self.times}")

    def task(self, lane: None, index: int) -> int:
        """Offer the CPU and the GIL: `os.sched_yield`, or `time.sleep(0)` where there is none."""
        handed_over = 0
        for _ in range(self.times):
            _hand_over()
            handed_over += 1
        return index + handed_over

    async def atask(self, lane: None, index: int) -> int:
        """Go to the end of the loop's queue: `asyncio.sleep(0)`."""
        handed_over = 0
        for _ in range(self.times):
            await asyncio.sleep(0)
            handed_over += 1
        return index + handed_over

    async def anytask(self, lane: None, index: int) -> int:
        """Go to the end of the queue of whichever loop there is."""
        from anyio.lowlevel import checkpoint

        handed_over = 0
        for _ in range(self.times):
            await checkpoint()
            handed_over += 1
        return index + handed_over

    def demand(self) -> Demand:
        """Nothing but CPU, and all of it the executor's: how much is measured."""
        return Demand(cpu_s=None, holds_gil=False)


@dataclass
class Waiter(Workload):
    """Wait for 1, 2 or 3 quarters of `unit` seconds, `waits` times: foo and bar of the tutorial.

    The tutorial's two coroutines, first with `time.sleep`, which holds the loop so that the waits
    add up, then with `asyncio.sleep`, so that they overlap and the longer task is the total. Its
    waits are random; here they are drawn once from `seed`, by name, and are the same for every
    executor and batch. `unit=1` gives the tutorial's own lengths.
    """

    waits: int = 4
    unit: float = 0.1
    seed: int = 0

    tasks = 2
    concurrency = 2

    def __post_init__(self) -> None:
        if self.waits < 1:
            raise ValueError(f"waits is at least 1, not {self.waits}")
        if not 0 <= self.unit < inf:
            raise ValueError(f"unit is 0 seconds or more, not {self.unit}")
        self._quarters = [self._drawn(name) for name in NAMES]

    def label(self, index: int) -> str:
        """Return the name of a task: foo, bar, baz, ..."""
        return NAMES[index % len(NAMES)]

    def quarters(self, index: int) -> tuple[int, ...]:
        """Return the waits of a task in quarters of a unit, in order."""
        return self._quarters[index % len(NAMES)]

    def task(self, lane: None, index: int) -> int:
        """Block the thread for one wait after the other."""
        waited = 0
        for quarters in self.quarters(index):
            time.sleep(quarters * self.unit / 4)
            waited += quarters
        return index + waited

    async def atask(self, lane: None, index: int) -> int:
        """Hand control to the loop for one wait after the other."""
        waited = 0
        for quarters in self.quarters(index):
            await asyncio.sleep(quarters * self.unit / 4)
            waited += quarters
        return index + waited

    async def anytask(self, lane: None, index: int) -> int:
        """Hand control to whichever loop there is for one wait after the other."""
        from anyio import sleep

        waited = 0
        for quarters in self.quarters(index):
            await sleep(quarters * self.unit / 4)
            waited += quarters
        return index + waited

    def demand(self) -> Demand:
        """All waiting; no executor ends before the name that waits longest has."""
        waits = [sum(self.quarters(index)) * self.unit / 4 for index in range(self.tasks)]
        return Demand(wait_s=min(waits), cpu_s=0.0, longest_s=max(waits))

    def _drawn(self, name: str) -> tuple[int, ...]:
        # Of a generator's methods only `random` gives the same numbers in every Python.
        chance = random.Random(f"{self.seed} {name}")
        return tuple(1 + int(3 * chance.random()) for _ in range(self.waits))


@dataclass
class PrintOrder(Workload):
    """Hand over once or twice, then log one's number: the order shows who decides it.

    Tasks with an even number hand over once, the others twice. The number is logged at the task's
    end by returning it, not by printing, which would be part of what is timed.
    """

    #: A run shows in which order each executor's tasks came to their end.
    shows_order = True

    tasks = 10
    concurrency = 10

    def task(self, lane: None, index: int) -> int:
        """Offer the CPU and the GIL; whether somebody takes them is the operating system's say."""
        for _ in range(1 + index % 2):
            _hand_over()
        return index

    async def atask(self, lane: None, index: int) -> int:
        """Go to the end of the loop's queue, so the order is the loop's."""
        for _ in range(1 + index % 2):
            await asyncio.sleep(0)
        return index

    async def anytask(self, lane: None, index: int) -> int:
        """Go to the end of the queue of whichever loop there is, so the order is that loop's."""
        from anyio.lowlevel import checkpoint

        for _ in range(1 + index % 2):
            await checkpoint()
        return index

    def demand(self) -> Demand:
        """Nothing but CPU, and all of it the executor's: how much is measured."""
        return Demand(cpu_s=None, holds_gil=False)
