"""Work that computes and waits, or passes things on: where the models change places."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import multiprocessing.queues
import os
import queue
import threading
import time
from dataclasses import dataclass
from math import inf
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any, Protocol

from asyncbench import Demand, Workload

if TYPE_CHECKING:
    from ._any_lanes import Passing


@dataclass
class Mixed(Workload):
    """Compute for `cpu_share` of `service_time` seconds and wait for the rest, in `slices`.

    The axis on which cooperative multitasking turns from winning (0: all waiting) to losing (1:
    all computing). Each slice computes, then waits.

    The computing is an amount of work, not a time: `iterations_per_ms` iterations of pure Python
    for each millisecond of CPU asked for. To compute until a clock says enough would be no work
    at all for a thread that waits for the GIL meanwhile, and a rate measured at start-up would
    differ from one worker to the next. The default is about a millisecond on a server core of the
    2020s (CPython 3.11); set it to what your machine does where `service_time` is to be exact.
    """

    cpu_share: float = 0.5
    service_time: float = 0.004
    slices: int = 2
    iterations_per_ms: int = 12_000

    tasks = 32
    concurrency = 32

    def __post_init__(self) -> None:
        if not 0 <= self.cpu_share <= 1:
            raise ValueError(f"cpu_share is from 0 to 1, not {self.cpu_share}")
        if not 0 <= self.service_time < inf:
            raise ValueError(f"service_time is 0 seconds or more, not {self.service_time}")
        if self.slices < 1:
            raise ValueError(f"slices is at least 1, not {self.slices}")
        if self.iterations_per_ms < 1:
            raise ValueError(f"iterations_per_ms is at least 1, not {self.iterations_per_ms}")
        compute_ms = self.service_time * 1e3 * self.cpu_share
        self._iterations = round(compute_ms * self.iterations_per_ms / self.slices)
        self._wait_s = self.service_time * (1 - self.cpu_share) / self.slices

    def task(self, lane: None, index: int) -> int:
        """Compute, then block the thread, once a slice."""
        value = index
        for _ in range(self.slices):
            value = self._computed(value)
            if self._wait_s:
                time.sleep(self._wait_s)
        return value + index

    async def atask(self, lane: None, index: int) -> int:
        """Compute, then hand control to the loop, once a slice; without a wait it never does."""
        value = index
        for _ in range(self.slices):
            value = self._computed(value)
            if self._wait_s:
                await asyncio.sleep(self._wait_s)
        return value + index

    async def anytask(self, lane: None, index: int) -> int:
        """Compute, then hand control to whichever loop there is, once a slice."""
        from anyio import sleep

        value = index
        for _ in range(self.slices):
            value = self._computed(value)
            if self._wait_s:
                await sleep(self._wait_s)
        return value + index

    def demand(self) -> Demand:
        """Return the wait, which is known; the seconds that the computing takes are measured."""
        return Demand(
            wait_s=self.service_time * (1 - self.cpu_share),
            cpu_s=None if self._iterations else 0.0,
            holds_gil=True,
        )

    def _computed(self, value: int) -> int:
        # The generator of the workload `cpu`, so that their iterations compare.
        for _ in range(self._iterations):
            value = (value * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
        return value


class Queue(Protocol):
    """What the queues of threads and of processes have in common."""

    def put(self, item: int | None) -> None:
        """Add an item; None ends the consumer."""

    def get(self) -> Any:
        """Wait for an item and take it."""


@dataclass
class Pair:
    """A lane of the blocking form: the producer's ends of two queues, and who consumes."""

    items: Queue
    replies: Queue
    consumer: threading.Thread | BaseProcess


@dataclass
class Coroutines:
    """A lane of the cooperative form."""

    items: asyncio.Queue[int | None]
    replies: asyncio.Queue[int]
    consumer: asyncio.Task[None]


@dataclass
class Handoff(Workload):
    """Pass `items` one by one to a consumer over a queue and wait for its reply to each.

    One item is two hand-overs, there and back, that no executor can save: the producer has
    nothing to do until the reply is in. Each lane has a consumer of its own, which is

    - a task of the loop behind an `asyncio.Queue`, in the cooperative form, and behind a stream of
      anyio's in the portable form;
    - a process behind a `multiprocessing.Queue`, where the lane itself is in a child process, as
      under `processes`; that queue's own feeder thread is part of each hand-over;
    - else a thread behind a `queue.Queue`: so under `sequential`, whose producer has to hand over
      to somebody as well, and under the executors that call the blocking form from a loop.
    """

    items: int = 20  # type: ignore[assignment]

    tasks = 16
    concurrency = 16

    def __post_init__(self) -> None:
        if self.items < 1:
            raise ValueError(f"items is at least 1, not {self.items}")

    def open(self) -> Pair:
        """Start the lane's consumer: a process where this is a child process, else a thread."""
        pair = _processes() if multiprocessing.parent_process() else _threads()
        pair.consumer.start()
        return pair

    def task(self, lane: Pair, index: int) -> int:
        """Put an item, get its reply."""
        received = 0
        for item in range(self.items):
            lane.items.put(item)
            received += lane.replies.get()
        return received + index

    def close(self, lane: Pair) -> None:
        """Return the consumer to end and wait until it has."""
        lane.items.put(None)
        lane.consumer.join()
        for ends in (lane.items, lane.replies):
            if isinstance(ends, multiprocessing.queues.Queue):
                ends.close()
                ends.join_thread()

    async def aopen(self) -> Coroutines:
        """Start the lane's consumer as a task of the running loop."""
        items: asyncio.Queue[int | None] = asyncio.Queue()
        replies: asyncio.Queue[int] = asyncio.Queue()
        return Coroutines(items, replies, asyncio.create_task(_aconsume(items, replies)))

    async def atask(self, lane: Coroutines, index: int) -> int:
        """Put an item, get its reply."""
        received = 0
        for item in range(self.items):
            await lane.items.put(item)
            received += await lane.replies.get()
        return received + index

    async def aclose(self, lane: Coroutines) -> None:
        """Return the consumer to end and wait until it has."""
        await lane.items.put(None)
        await lane.consumer

    async def anyopen(self) -> Passing:
        """Start the lane's consumer as a task of whichever loop runs."""
        from ._any_lanes import Passing

        return Passing()

    async def anytask(self, lane: Passing, index: int) -> int:
        """Put an item, get its reply."""
        return index + await lane.pass_on(self.items)

    async def anyclose(self, lane: Passing) -> None:
        """Return the consumer to end and wait until it has."""
        await lane.close()

    def demand(self) -> Demand:
        """Nothing but CPU, and all of it the executor's: how much is measured."""
        return Demand(cpu_s=None, holds_gil=True)


def _threads() -> Pair:
    items: queue.Queue[int | None] = queue.Queue()
    replies: queue.Queue[int | None] = queue.Queue()
    consumer = threading.Thread(target=_consume, args=(items, replies), name="consumer")
    with contextlib.suppress(RuntimeError):  # a subinterpreter has no such threads
        consumer.daemon = True
    return Pair(items, replies, consumer)


def _processes() -> Pair:
    if multiprocessing.current_process().daemon:
        raise RuntimeError(
            "each lane of handoff starts a process, and this one may start none (it is daemonic); "
            "where it is a worker of Dask, set distributed.worker.daemon to False"
        )
    # loky's processes start others by a method of its own, which no process of another kind has.
    methods = multiprocessing.get_all_start_methods()
    method = multiprocessing.get_start_method()
    context = multiprocessing.get_context(method if method in methods else methods[0])
    items: multiprocessing.Queue[int | None] = context.Queue()
    replies: multiprocessing.Queue[int | None] = context.Queue()
    consumer = context.Process(target=_consume_below, args=(items, replies), daemon=True)  # type: ignore[attr-defined]
    return Pair(items, replies, consumer)


def _consume(items: Queue, replies: Queue) -> None:
    while (item := items.get()) is not None:
        replies.put(item + 1)


def _consume_below(items: Queue, replies: Queue) -> None:
    # A parent that is killed can close nothing: its death must not leave this process waiting.
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _consume(items, replies)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent
    parent.join()
    os._exit(1)


async def _aconsume(items: asyncio.Queue[int | None], replies: asyncio.Queue[int]) -> None:
    while (item := await items.get()) is not None:
        await replies.put(item + 1)
