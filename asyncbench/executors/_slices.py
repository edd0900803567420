"""What any pool of `concurrent.futures` has in common: it is sent slices of a batch."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Executor as Pool
from functools import partial
from pathlib import Path
from threading import get_ident
from typing import Any

from asyncbench.core.executor import Executor, Family, Scheduler
from asyncbench.core.system import usable_cpus
from asyncbench.core.values import Count
from asyncbench.core.workload import Proof, Workload
from asyncbench.executors import _kit, _pool
from asyncbench.executors._kit import Kit, Sealed

# What members wait for each other at the most: a pool may have fewer than it was asked for.
TOGETHER_S = 10.0
POLL_S = 0.001


class SlicedPool(Executor):
    """A pool whose members have a lane each, and which is handed slices of a batch.

    Slices and not tasks, since not every pool heeds a `chunksize`. Members open their lanes before
    the first batch; they meet by files in a folder, which threads, processes and interpreters of
    one machine all have in common.
    """

    family = Family.PREEMPTIVE
    scheduler = Scheduler.PROCESSES
    sends_results = True

    #: Members at the most; by default the CPUs, or what `--processes` says.
    workers: Count | None = None
    #: Tasks a slice; by default the workload's, or a quarter of a member's share.
    chunk_size: Count | None = None

    _pool: Pool
    _kit: Kit
    _sealed: Sealed
    _size: int | None
    _prove: Callable[[Any], int] | None

    def make_pool(self, members: int) -> Pool:
        """Return the pool."""
        raise NotImplementedError

    def members(self, concurrency: int) -> int:
        """Return how many members the pool is asked to have."""
        return min(self.workers or self.processes or usable_cpus(), concurrency)

    def start(self, workload: Workload, concurrency: int) -> None:
        """Make the pool and open a lane in each of its members."""
        self._size = self.chunk_size or workload.chunk_size
        members = self.members(concurrency)
        self._pool = self.make_pool(members)
        self._folder = tempfile.mkdtemp(prefix="asyncbench-members-")
        self._kit = _kit.pack(workload, self.form, shared=True)
        self._sealed = self._kit.seal()
        self.lanes = members
        self._prove = proof_of_sent(workload, self.scheduler)
        try:
            self.lanes = len(set(self._in_every_member(enter)))
        except BaseException:
            self._end()
            raise

    def run(self, tasks: int) -> Proof:
        """Hand the slices to the pool and add up their proofs."""
        size, sealed, submit = self.chunk(tasks), self._sealed, self._pool.submit
        call = returned if self._prove else work
        sent = [
            submit(call, sealed, range(first, min(first + size, tasks)))
            for first in range(0, tasks, size)
        ]
        try:
            answers = (each.result() for each in sent)
            return sent_back(answers, self._prove) if self._prove else added(answers)
        except BaseException:
            for each in sent:
                each.cancel()
            raise

    def stop(self) -> None:
        """Close each lane in its own member, then shut the pool down."""
        try:
            self._in_every_member(leave)
        finally:
            self._end()

    def _end(self) -> None:
        self._kit.forget()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._pool.shutdown()

    def chunk(self, tasks: int) -> int:
        """Return how many tasks a slice has."""
        return _pool.chunk(tasks, self.lanes, self._size)

    def describe(self, tasks: int) -> dict[str, str]:
        """State the size of a slice."""
        return {"chunk size": str(self.chunk(tasks))}

    def _in_every_member(self, action: Callable[[Sealed, str, int], str]) -> list[str]:
        place = self._place()
        sent = [
            self._pool.submit(action, self._sealed, place, self.lanes) for _ in range(self.lanes)
        ]
        return [each.result() for each in sent]

    def _place(self) -> str:
        """Return a new folder to meet in."""
        place = Path(self._folder, uuid.uuid4().hex)
        place.mkdir()
        return str(place)


def added(parts: Any) -> Proof:
    """Return the proof of slices that each have a count and a sum."""
    count = total = 0
    for each_count, each_total in parts:
        count += each_count
        total += each_total
    return Proof.of(count, total)


def proof_of_sent(workload: Workload, scheduler: Scheduler) -> Callable[[Any], int] | None:
    """Return what makes the proof of what is sent back, or None where nothing has to be sent."""
    sends = workload.sends_result and scheduler == Scheduler.PROCESSES
    return workload.prove if sends else None


def sent_back(parts: Any, prove: Callable[[Any], int]) -> Proof:
    """Return the proof of slices that sent back what their tasks returned."""
    return Proof.total(prove(each) for part in parts for each in part)


# What follows lives in the members: each has one lane at a time.

# By token and thread, the task in its lane: what is called for each task alone.
_calls: dict[tuple[str, int], Callable[[int], int]] = {}


def enter(sealed: Sealed, place: str, members: int) -> str:
    """Open the lane of this member and wait for the others; return who it is."""
    try:
        _lane(sealed)
    finally:
        _meet(place, members)
    return f"{os.getpid()} {get_ident()}"


def leave(sealed: Sealed, place: str, members: int) -> str:
    """Close the lane of this member and wait for the others; return who it is."""
    try:
        if sealed[0] in _kit.here():
            workload, lane = _kit.here().pop(sealed[0])
            _calls.pop((sealed[0], get_ident()), None)
            workload.close(lane)
    finally:
        _meet(place, members)
    return f"{os.getpid()} {get_ident()}"


def work(sealed: Sealed, indices: range) -> tuple[int, int]:
    """Do a slice in this member's lane; return count and sum of what the tasks returned."""
    workload, lane = _lane(sealed)
    task = workload.task
    proof = Proof.total([task(lane, index) for index in indices])
    return proof.count, proof.checksum


def returned(sealed: Sealed, indices: range) -> list[Any]:
    """Do a slice in this member's lane; return what the tasks returned, which is to be sent."""
    workload, lane = _lane(sealed)
    result = workload.result
    return [result(lane, index) for index in indices]


def one(sealed: Sealed, index: int) -> int:
    """Do one task in this member's lane."""
    call = _calls.get((sealed[0], get_ident()))
    if call is None:
        workload, lane = _lane(sealed)
        _calls[sealed[0], get_ident()] = call = partial(workload.task, lane)
    return call(index)


def only(index: int) -> int:
    """Do one task in the one lane of this process."""
    raise RuntimeError("this process has no lane")


def _lane(sealed: Sealed) -> tuple[Workload, Any]:
    """Return the workload and this member's lane, which one that came later opens now."""
    mine = _kit.here()
    found: tuple[Workload, Any] | None = mine.get(sealed[0])
    if found is None:
        kit = _kit.opened(sealed)
        workload = kit.workload()
        found = mine[sealed[0]] = workload, workload.open()
        if kit.pid != os.getpid():
            # Who sends calls by name means this one from now on, and each costs no frame of ours.
            call = workload.result if workload.sends_result else workload.task
            globals()["only"] = partial(call, found[1])
    return found


def _meet(place: str, members: int) -> None:
    """Wait until all have come: no member takes a second call before all had their first."""
    if not place:  # each is called by its address
        return
    until = time.monotonic() + TOGETHER_S
    with contextlib.suppress(OSError):  # another machine has no such folder
        Path(place, uuid.uuid4().hex).touch(exist_ok=False)
        while len(os.listdir(place)) < members and time.monotonic() < until:  # noqa: PTH208
            time.sleep(POLL_S)
