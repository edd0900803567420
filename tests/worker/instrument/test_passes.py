"""What a run sees of a batch's loop is a batch like those that it times."""

import asyncio
import inspect

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


class Takes(Workload):
    """Lets one task at a time go on; the wait at the lock is what most of the waiting is."""

    lock = asyncio.Lock()

    async def atask(self, lane, index):
        async with self.lock:
            await asyncio.sleep(0.002)
        return index


def test_where_tasks_wait_for_one_another_is_told_with_its_line():
    seen = passes.observe(registry.make("asyncio"), Takes(), 9, 9, order=False, warmup=False)
    line = inspect.getsourcelines(Takes.atask)[1] + 1
    assert seen["queued"] == f"Lock.acquire (test_passes.py:{line})"
    assert seen["waited_ns"] / 2 < seen["queued_ns"] < seen["waited_ns"]


def test_tasks_that_wait_for_nobody_are_in_no_queue():
    seen = passes.observe(registry.make("asyncio"), Prepares(), 3, 3, order=False, warmup=False)
    assert (seen["queued"], seen["queued_ns"]) == ("", 0)


class Leaves(Workload):
    """Starts one task that fails and one that goes on, and asks for neither."""

    async def atask(self, lane, index):
        self.kept = [asyncio.create_task(each) for each in (self.fails(), asyncio.sleep(60))]
        self.kept = self.kept[1:]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return index

    async def fails(self):
        raise ValueError("planted")


@pytest.mark.parametrize("warmup", [True, False])
def test_tasks_that_fail_or_go_on_without_anybody_asking_are_counted(warmup):
    seen = passes.observe(registry.make("asyncio"), Leaves(), 4, 4, order=False, warmup=warmup)
    assert (seen["strays"], seen["stray_errors"]) == (4, 4)
    assert seen["stray_error"] == "ValueError: planted"
