"""What a run sees of a batch's loop is a batch like those that it times."""

import asyncio

import pytest

from asyncbench import Workload
from asyncbench.executors import registry
from asyncbench.worker.instrument import passes


class Prepares(Workload):
    """Suspends five times in its first call, as if it imported or connected, then once."""

    calls = 0

    async def atask(self, lane, index):
        self.calls += 1
        for _ in range(5 if self.calls == 1 else 1):
            await asyncio.sleep(0)
        return index


@pytest.mark.parametrize(("warmup", "suspends"), [(True, 3), (False, 7)])
def test_what_only_a_first_batch_does_is_not_seen_behind_a_warmup(warmup, suspends):
    made = registry.make("asyncio")
    seen = passes.observe(made, Prepares(), 3, 3, order=True, warmup=warmup)
    assert seen["suspends"] == suspends
    assert sorted(seen["order"]) == [0, 1, 2]
