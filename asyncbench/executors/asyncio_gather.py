"""asyncio with `gather`: as many tasks as there are lanes, one group after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from asyncbench.core.workload import Proof
from asyncbench.executors.asyncio_base import not_done
from asyncbench.executors.asyncio_loop import AsyncioLoop


class AsyncioGather(AsyncioLoop):
    """`asyncio.gather` over groups of as many tasks as there are lanes.

    The usual way to bound a `gather`. Each group waits for its slowest task before the next one
    begins; with a lane for each task there is one group.
    """

    name = "asyncio-gather"

    def describe(self, tasks: int) -> dict[str, str]:
        """State how many groups there are."""
        return {"groups": str(-(-tasks // self.lanes))}

    async def _batch(self, given: Sequence[Any]) -> Proof:
        task, lanes = self._call(), self._lanes
        proofs: list[int] = []
        for first in range(0, len(given), len(lanes)):
            group = given[first : first + len(lanes)]
            try:
                proofs += await asyncio.gather(*map(task, lanes, group))
            except asyncio.CancelledError as error:  # nobody else cancels a batch
                raise not_done(None, error) from None
        return Proof.total(proofs)
