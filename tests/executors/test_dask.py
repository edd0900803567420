"""Dask: slices over workers of a cluster, none lost, none counted twice, and none in silence."""

import contextlib
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from asyncbench.workloads.mixed import Handoff

from asyncbench import Proof, Workload
from asyncbench.executors import registry
from asyncbench.executors.dask_cluster import Cluster, refused
from tests.executors.test_pools import keeps_what_all_do
from tests.support.executors import usable

needs_dask = pytest.mark.skipif(not usable(["dask"]), reason="without distributed")


@pytest.fixture(scope="module")
def address():
    """Start one cluster, since that takes seconds; executors find it by its address."""
    with contextlib.closing(Cluster("", 2)) as cluster:
        yield cluster.client.scheduler.address


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("", None),
        ("tcp://127.0.0.1:8786", None),
        ("tls://far.example:8786", None),
        ("far.example", "'far.example' is no address of a scheduler; write tcp://HOST:PORT"),
        ("tcp://far.example:8786", "tcp://far.example:8786 is another machine: whoever reaches"),
    ],
)
def test_another_machine_needs_tls_or_ones_word(address, message):
    told = refused(address, trusted=False)
    assert told is None if message is None else told.startswith(message)
    assert address == "far.example" or refused(address, trusted=True) is None


@needs_dask
def test_slices_on_a_cluster_that_is_there_keep_what_all_do(address, tmp_path):
    keeps_what_all_do(registry.make(f"dask:address={address}"), tmp_path)


@needs_dask
def test_a_loop_in_each_worker(address):
    made = registry.make(f"dask+uvloop:address={address}")
    made.load()
    made.start(Slow(), 10)
    assert made.run(100) == Proof(100, 4950)
    assert made.describe(100)["lanes of each"] == "5, 5"
    made.stop()


@needs_dask
def test_a_worker_may_start_processes_of_its_own(address):
    made = registry.make(f"dask:address={address}")
    made.start(Handoff(items=2), 2)
    assert made.run(4) == Proof(4, 4 * 3 + 6)
    made.stop()


class Slow(Workload):
    def task(self, lane, index):
        time.sleep(0.3)
        return index

    async def atask(self, lane, index):
        return os.getpid() and index


@needs_dask
def test_a_killed_worker_loses_no_task_and_is_told():
    made = registry.make("dask:workers=2,chunk_size=1")
    made.load()
    made.start(Slow(), 2)
    try:
        assert made.run(2) == Proof(2, 1)
        assert made.run(2) == Proof(2, 1)  # done again and not looked up: it is not pure
        pids = [*made._cluster.client.run(os.getpid).values()]
        threading.Timer(0.4, os.kill, (pids[0], signal.SIGKILL)).start()
        with pytest.raises(RuntimeError, match=r"slices ran on others; no task is missing"):
            made.run(6)
    finally:
        made._cluster.close()
    # Members that are called by their address need no folder to meet in.
    assert not [each for each in Path().iterdir() if len(each.name) == 32]
