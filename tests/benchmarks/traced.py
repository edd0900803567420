"""Work with planted faults: one coroutine that blocks, one lane that is slow, equal lanes."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass

from asyncbench import Workload


@dataclass
class OneBlocks(Workload):
    """A thousand coroutines, one of which blocks the loop for 50 ms."""

    blocks_ms: int = 50

    tasks, concurrency = 1000, 1000

    async def atask(self, lane: None, index: int) -> int:
        await asyncio.sleep(0.002)
        if index == 371:
            time.sleep(self.blocks_ms / 1e3)  # planted
        await asyncio.sleep(0.002)
        return index


@dataclass
class OneLaneIsSlow(Workload):
    """Ten lanes, of which the fourth takes `times` as long for a task as the others."""

    times: int = 10

    tasks, concurrency = 1000, 10

    def __post_init__(self) -> None:
        self._numbers = itertools.count()

    async def aopen(self) -> int:
        return next(self._numbers)

    async def atask(self, lane: int, index: int) -> int:
        await asyncio.sleep(0.001 * (self.times if lane == 3 else 1))
        return index
