"""The work on which asyncbench is held against a hand-written loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from asyncbench import Workload


@dataclass
class FiveMilliseconds(Workload):
    """About 5 ms of arithmetic."""

    iterations: int = 55_000

    tasks = 1
    concurrency = 1

    def task(self, lane: None, index: int) -> int:
        return arithmetic(self.iterations)


class GatherThousand(Workload):
    """One gather of a thousand sleep(0)."""

    tasks = 1
    concurrency = 1

    async def atask(self, lane: None, index: int) -> int:
        return await gather_thousand()


class HundredSleeps(Workload):
    """A hundred sleeps of 10 ms at once."""

    tasks = 1
    concurrency = 1

    async def atask(self, lane: None, index: int) -> int:
        return await hundred_sleeps()


class Nothing(Workload):
    """A task that does nothing at all."""

    def task(self, lane: None, index: int) -> int:
        return 1

    async def atask(self, lane: None, index: int) -> int:
        return 1


def arithmetic(iterations: int) -> int:
    total = 0
    for number in range(iterations):
        total += number * number & 7
    return total


async def gather_thousand() -> int:
    await asyncio.gather(*(asyncio.sleep(0) for _ in range(1000)))
    return 1000


async def hundred_sleeps() -> int:
    await asyncio.gather(*(asyncio.sleep(0.01) for _ in range(100)))
    return 100
