"""What each executor costs over its bare primitive, and a composition over one by hand.

`python -m tests.benchmarks.models [NAME...]` prints medians of the ratios of neighbours: executor
and bare primitive in turn in one process, each first in every other pair. `--hand` measures
`OUTER+INNER` over the same written by hand instead.
"""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures
import contextlib
import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from asyncbench import Workload
from asyncbench.executors import registry

LANES = 100


@dataclass
class Nothing(Workload):
    """A task that does nothing, in each form."""

    def task(self, lane: None, index: int) -> int:
        return index

    async def atask(self, lane: None, index: int) -> int:
        return index

    anytask = atask


def nothing(index: int) -> int:
    return index


async def anothing(index: int) -> int:
    return index


def stretch(indices: range) -> int:
    return sum([nothing(index) for index in indices])


def ranges(tasks: int, size: int) -> list[range]:
    return [range(first, min(first + size, tasks)) for first in range(0, tasks, size)]


Bare = Callable[[int], int]


@contextlib.contextmanager
def asyncio_gather(made: Any) -> Iterator[Bare]:
    async def groups(tasks: int) -> int:
        found: list[int] = []
        for group in ranges(tasks, LANES):
            found += await asyncio.gather(*map(anothing, group))
        return sum(found)

    yield lambda tasks: made.loop().run_until_complete(groups(tasks))


@contextlib.contextmanager
def asyncio_semaphore(made: Any) -> Iterator[Bare]:
    async def bounded(tasks: int) -> int:
        semaphore = asyncio.Semaphore(LANES)

        async def one(index: int) -> int:
            async with semaphore:
                return await anothing(index)

        async with asyncio.TaskGroup() as group:
            running = [group.create_task(one(index)) for index in range(tasks)]
        return sum([each.result() for each in running])

    yield lambda tasks: made.loop().run_until_complete(bounded(tasks))


@contextlib.contextmanager
def asyncio_queue(made: Any) -> Iterator[Bare]:
    async def queued(tasks: int) -> int:
        waiting: asyncio.Queue[int] = asyncio.Queue()
        for index in range(tasks):
            waiting.put_nowait(index)
        found: list[int] = []

        async def work() -> None:
            while True:
                index = await waiting.get()
                found.append(await anothing(index))
                waiting.task_done()

        workers = [asyncio.create_task(work()) for _ in range(LANES)]
        await waiting.join()
        for each in workers:
            each.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        return sum(found)

    yield lambda tasks: made.loop().run_until_complete(queued(tasks))


@contextlib.contextmanager
def task_group(made: Any) -> Iterator[Bare]:
    """One lane a task there; so here, too."""

    async def grouped(tasks: int) -> int:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(anothing(index)) for index in range(tasks)]
        return sum([each.result() for each in running])

    yield lambda tasks: made.loop().run_until_complete(grouped(tasks))


@contextlib.contextmanager
def trio_nursery(made: Any) -> Iterator[Bare]:
    import trio

    async def nursery_of(tasks: int) -> int:
        found: list[int] = []

        async def one(index: int) -> None:
            found.append(await anothing(index))

        async with trio.open_nursery() as nursery:
            for index in range(tasks):
                nursery.start_soon(one, index)
        return sum(found)

    yield lambda tasks: trio.run(nursery_of, tasks)


@contextlib.contextmanager
def gevent_pool(made: Any) -> Iterator[Bare]:
    from gevent import joinall
    from gevent.pool import Pool

    pool = Pool(None)

    def spawned(tasks: int) -> int:
        running = [pool.spawn(nothing, index) for index in range(tasks)]
        joinall(running, raise_error=True)
        return sum([each.value for each in running])

    yield spawned


@contextlib.contextmanager
def joblib_parallel(made: Any) -> Iterator[Bare]:
    from joblib import Parallel, delayed

    size, call = made.chunk(made.tasks), delayed(nothing)
    with Parallel(
        made.lanes, backend=made.backend, batch_size=size, pre_dispatch="all"
    ) as parallel:
        yield lambda tasks: sum(parallel(call(index) for index in range(tasks)))


@contextlib.contextmanager
def loky_slices(made: Any) -> Iterator[Bare]:
    submit, size = made._pool.submit, made.chunk(made.tasks)

    def slices(tasks: int) -> int:
        return sum([each.result() for each in [submit(stretch, s) for s in ranges(tasks, size)]])

    yield slices


@contextlib.contextmanager
def dask_submit(made: Any) -> Iterator[Bare]:
    client, size = made._cluster.client, made.chunk(made.tasks)

    def slices(tasks: int) -> int:
        sent = [client.submit(stretch, each, pure=False) for each in ranges(tasks, size)]
        return sum(client.gather(sent))

    yield slices


# By executor: the bare primitive, tasks a batch, and whether there is a lane for each task.
BARE: dict[str, tuple[Callable[[Any], Any], int, bool]] = {
    "asyncio-eager": (task_group, 10_000, True),
    "asyncio-gather": (asyncio_gather, 10_000, False),
    "asyncio-semaphore": (asyncio_semaphore, 10_000, False),
    "asyncio-queue": (asyncio_queue, 10_000, False),
    "rloop": (task_group, 10_000, True),
    "trio": (trio_nursery, 10_000, True),
    "gevent": (gevent_pool, 10_000, True),
    "joblib": (joblib_parallel, 10_000, False),
    "joblib-threading": (joblib_parallel, 1_000, False),
    "loky": (loky_slices, 10_000, False),
    "interpreters": (loky_slices, 10_000, False),
    "dask": (dask_submit, 10_000, False),
}


def over_bare(name: str, pairs: int) -> str:
    """Return the median ratios of an executor's time to its bare primitive's."""
    bare, tasks, each = BARE[name]
    made = registry.make(name)
    if name != "gevent":  # nothing waits here, and this process has others to measure
        made.load()
    made.start(Nothing(), tasks if each else LANES)
    made.tasks = tasks  # type: ignore[attr-defined]
    with bare(made) as primitive:
        ratio = neighbours(lambda: made.run(tasks).checksum, lambda: primitive(tasks), pairs)
    made.stop()
    return ratio


# What follows is `OUTER+INNER` by hand: a loop kept in each member, and stretches of tasks.
@dataclass
class Load(Workload):
    """Both loads of the comparison: all waiting, or all computing."""

    seconds: float = 0.0
    iterations: int = 0

    async def atask(self, lane: None, index: int) -> int:
        if self.seconds:
            await asyncio.sleep(self.seconds)
        value = index
        for _ in range(self.iterations):
            value = (value * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
        return value


_loops: dict[str, asyncio.Runner] = {}


def by_hand(load: Load, indices: range) -> int:
    """Run a stretch on this member's loop."""

    async def grouped() -> int:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(load.atask(None, index)) for index in indices]
        return sum([each.result() for each in running])

    import threading

    runner = _loops.setdefault(threading.current_thread().name, asyncio.Runner())
    return runner.get_loop().run_until_complete(grouped())


def over_hand(name: str, load: Load, tasks: int, pairs: int) -> str:
    """Return the median ratios of a composition's time to that of the same by hand."""
    made = registry.make(f"{name}:workers=2")
    made.start(load, tasks)
    kind = (
        concurrent.futures.ProcessPoolExecutor
        if name.startswith("processes")
        else concurrent.futures.ThreadPoolExecutor
    )
    with kind(2) as pool:
        halves = [range(tasks // 2), range(tasks // 2, tasks)]

        def hand() -> int:
            sent = [pool.submit(by_hand, load, half) for half in halves]
            return sum(each.result() for each in sent)

        ratio = neighbours(lambda: made.run(tasks).checksum, hand, pairs)
    made.stop()
    return ratio


def neighbours(ours: Callable[[], int], its: Callable[[], int], pairs: int) -> str:
    """Return the medians of the ratios of neighbours, each first in every other pair."""
    assert ours() == its(), "unequal work"
    gc.collect()
    gc.freeze()
    walls, used = [], []
    for pair in range(pairs):
        if pair % 2:
            mine, bare = timed(ours), timed(its)
        else:
            bare, mine = timed(its), timed(ours)
        walls.append(mine[0] / bare[0])
        used.append(mine[1] / bare[1])
    return f"wall {median(walls):.3f}, CPU of this process {median(used):.3f} ({pairs} pairs)"


def timed(run: Callable[[], int]) -> tuple[int, int]:
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    run()
    return time.perf_counter_ns() - wall, time.process_time_ns() - cpu


def main() -> None:
    """Print a ratio a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--hand", action="store_true", help="compositions over those by hand")
    options = parser.parse_args()
    if options.hand:
        for name in options.names or ("processes+asyncio", "threads+asyncio"):
            for what, load, tasks in (
                ("cpu", Load(iterations=8_000), 32),
                ("1000 sleeps", Load(seconds=0.01), 1000),
            ):
                told = over_hand(name, load, tasks, options.pairs)
                print(f"{name}, {what}: {told}", flush=True)
        return
    for name in options.names or BARE:
        reason = registry.make(name).unavailable()
        told = reason or over_bare(name, options.pairs)
        print(f"{name}: {told}", flush=True)


if __name__ == "__main__":
    # By its own name: members of pools look up there what is sent to them.
    from tests.benchmarks import models

    models.main()
