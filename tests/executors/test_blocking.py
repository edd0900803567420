"""Blocking calls on an event loop: the mistake holds the loop, the remedy uses as many threads."""

import asyncio
import os
import sqlite3
import sys
import threading
import time

import pytest

from asyncbench import Family, Proof, Workload
from asyncbench.core.system import usable_cpus
from asyncbench.executors import registry
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.planning.plan import build


def started(name, workload, concurrency):
    made = registry.find(name)[1]()
    made.start(workload, concurrency)
    return made


def test_they_call_the_blocking_form_on_a_loop():
    for name, family in (
        ("asyncio-blocking", Family.COOPERATIVE),
        ("asyncio-to-thread", Family.HYBRID),
    ):
        found = registry.find(name)[1]
        assert (found.name, found.form, found.family) == (name, "blocking", family)


def test_the_default_run_leaves_them_out():
    chosen = {cell.executor for cell in build(RunOptions(["sleep"])).cells}
    assert chosen == {"sequential", "threads", "processes", "asyncio", "uvloop"}


class Held(Workload):
    """Each lane adds a task to the loop that ticks; a step notes how many ticks it let pass."""

    ticks = 0

    def open(self):
        return asyncio.get_running_loop().create_task(self._tick())

    def task(self, lane, index):
        before = self.ticks
        time.sleep(0.02)
        return self.ticks - before

    def close(self, lane):
        lane.cancel()

    async def _tick(self):
        while True:
            await asyncio.sleep(0.001)
            self.ticks += 1


def test_the_mistake_holds_the_loop_from_a_steps_start_to_its_end():
    workload = Held()
    made = started("asyncio-blocking", workload, 3)
    try:
        assert made.run(6) == Proof(6, 0)
    finally:
        made.stop()


class SameThread(Workload):
    def open(self):
        return threading.get_ident()

    def task(self, lane, index):
        return int(lane == threading.get_ident() == threading.main_thread().ident)

    def close(self, lane):
        assert lane == threading.get_ident()


def test_the_mistake_opens_calls_and_closes_on_the_loops_own_thread():
    made = started("asyncio-blocking", SameThread(), 3)
    assert made.lanes == 3
    assert made.run(10) == Proof(10, 10)
    made.stop()


class Meet(Workload):
    """Every task waits until all are there: with fewer threads than tasks it breaks."""

    def __init__(self, parties):
        self._all = threading.Barrier(parties)
        self.threads = set()

    def task(self, lane, index):
        self._all.wait(timeout=10)
        self.threads.add(threading.get_ident())
        return index


@pytest.mark.parametrize("concurrency", [3, 40])
def test_the_remedy_uses_the_threads_that_a_loop_has(concurrency):
    usual = min(32, usable_cpus() + 4) if sys.version_info >= (3, 13) else None
    threads = min(concurrency, usual or min(32, os.cpu_count() + 4))
    workload = Meet(threads)
    made = started("asyncio-to-thread", workload, concurrency)
    try:
        assert made.lanes == threads
        assert made.run(threads * 3).count == threads * 3
    finally:
        made.stop()
    assert len(workload.threads) == threads
    assert threading.get_ident() not in workload.threads


class Connection(Workload):
    """A resource that only the thread that made it may use."""

    def open(self):
        return sqlite3.connect(":memory:")

    def task(self, lane, index):
        [(found,)] = lane.execute("select ? + 1", (index,))
        return found

    def close(self, lane):
        lane.close()


@pytest.mark.parametrize("name", ["asyncio-blocking", "asyncio-to-thread"])
def test_a_resource_that_is_bound_to_its_thread_works(name):
    made = started(name, Connection(), 4)
    try:
        assert made.run(100) == Proof(100, 5050)
    finally:
        made.stop()


def test_the_remedy_states_its_threads_and_leaves_none():
    before = threading.active_count()
    made = started("asyncio-to-thread", Connection(), 5)
    assert made.describe(10)["default executor"] == "5 threads, of min(32, CPUs + 4)"
    made.run(10)
    made.stop()
    assert threading.active_count() == before


class Raises(Workload):
    def task(self, lane, index):
        if index == 3:
            raise ValueError("the fourth")
        return index


@pytest.mark.parametrize("name", ["asyncio-blocking", "asyncio-to-thread"])
def test_a_task_that_raises_is_told_and_the_executor_still_stops(name):
    made = started(name, Raises(), 2)
    with pytest.raises(ExceptionGroup) as told:
        made.run(10)
    assert told.group_contains(ValueError, match="the fourth")
    made.stop()
