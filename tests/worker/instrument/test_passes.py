"""What a run sees of a batch's loop is a batch like those that it times."""

import asyncio
import contextlib
import inspect
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

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


class FailsLater(Workload):
    """Has its loop call a function that fails."""

    async def atask(self, lane, index):
        asyncio.get_running_loop().call_soon(int, "planted")
        await asyncio.sleep(0)
        return index


def test_callbacks_that_fail_are_counted_too():
    seen = seen_of(FailsLater())
    assert (seen["strays"], seen["stray_errors"]) == (0, 9)
    assert "'planted'" in seen["stray_error"]


@pytest.mark.parametrize("warmup", [True, False])
def test_tasks_that_fail_or_go_on_without_anybody_asking_are_counted(warmup):
    seen = passes.observe(registry.make("asyncio"), Leaves(), 4, 4, order=False, warmup=warmup)
    assert (seen["strays"], seen["stray_errors"]) == (4, 4)
    assert seen["stray_error"] == "ValueError: planted"


def seen_of(workload, executor="asyncio", tasks=9):
    made = registry.make(executor)
    return passes.observe(made, workload, tasks, tasks, order=False, warmup=False)


class Connects(Workload):
    """Takes one of a pool of connections by a context manager, as most libraries have it."""

    def __init__(self):
        self.free = asyncio.Queue()
        self.free.put_nowait("connection")

    @contextlib.asynccontextmanager
    async def connection(self):
        yield await self.free.get()
        self.free.put_nowait("connection")

    async def atask(self, lane, index):
        async with self.connection():
            await asyncio.sleep(0.002)
        return index


def test_a_wait_inside_an_async_context_manager_is_told_with_its_line():
    seen = seen_of(Connects())
    line = inspect.getsourcelines(Connects.connection)[1] + 2
    assert seen["queued"] == f"Queue.get (test_passes.py:{line})"
    assert seen["waited_ns"] / 2 < seen["queued_ns"]


class Locks(Workload):
    """Waits for one another in threads, each kind by its number."""

    def __init__(self, kind):
        self.take = getattr(self, kind)
        self.locked, self.counted, self.free = (
            threading.Lock(),
            threading.Semaphore(),
            queue.Queue(),
        )
        self.free.put(1)
        self.told, self.spare = threading.Condition(), 1

    def task(self, lane, index):
        return self.take()

    def lock(self):
        with self.locked:
            time.sleep(0.01)
        return 1

    def semaphore(self):
        with self.counted:
            time.sleep(0.01)
        return 1

    def condition(self):
        with self.told:
            while not self.spare:
                self.told.wait()
            self.spare -= 1
        time.sleep(0.01)
        with self.told:
            self.spare += 1
            self.told.notify()
        return 1

    def queue(self):
        taken = self.free.get()
        time.sleep(0.01)
        self.free.put(taken)
        return 1


@pytest.mark.parametrize(
    ("kind", "told", "below"),
    [
        ("lock", "a lock", 1),
        ("semaphore", "Semaphore.acquire", 1),
        ("condition", "Condition.wait", 3),
        ("queue", "Queue.get", 1),
    ],
)
def test_where_tasks_in_threads_wait_for_one_another_is_told_with_its_line(kind, told, below):
    seen = seen_of(Locks(kind), "threads")
    line = inspect.getsourcelines(getattr(Locks, kind))[1] + below
    assert seen["queued"] == f"{told} (test_passes.py:{line})"
    assert seen["waited_ns"] / 2 < seen["queued_ns"] < seen["waited_ns"]


class Sleeps(Workload):
    """Waits for nobody."""

    def task(self, lane, index):
        time.sleep(0.01)
        return index


def test_tasks_in_threads_that_wait_for_nobody_are_in_no_queue():
    seen = seen_of(Sleeps(), "threads")
    assert (seen["queued"], seen["queued_ns"]) == ("", 0)
    assert (seen["pool"], seen["pool_most"]) == ("", 0)  # that of the executor is none of theirs


class Pools(Workload):
    """Hands five calls to a pool of its own, which has two threads."""

    def __init__(self):
        self.free = threading.Event()

    def task(self, lane, index):
        with ThreadPoolExecutor(2) as pool:
            calls = [pool.submit(self.free.wait, 5) for _ in range(5)]
            self.free.set()
            return sum(each.result() for each in calls)

    async def atask(self, lane, index):
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(2) as pool:
            calls = [loop.run_in_executor(pool, self.free.wait, 5) for _ in range(5)]
            self.free.set()
            return sum(await asyncio.gather(*calls))


@pytest.mark.parametrize("executor", ["threads", "asyncio", "uvloop"])
def test_a_pool_of_the_users_that_is_full_is_told_with_its_size_and_line(executor):
    seen = seen_of(Pools(), executor, 1)
    form = Pools.task if executor == "threads" else Pools.atask
    line = inspect.getsourcelines(form)[1] + (2 if executor == "threads" else 3)
    assert (seen["pool_most"], seen["pool_size"], seen["pool_members"]) == (5, 2, "threads")
    assert seen["pool"].endswith(f"(test_passes.py:{line})")


class Hands(Workload):
    """Hands more calls to the loop's own pool than this has threads."""

    async def atask(self, lane, index):
        free = threading.Event()
        calls = [asyncio.create_task(asyncio.to_thread(free.wait, 5)) for _ in range(50)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        free.set()
        return sum(await asyncio.gather(*calls))


class Maps(Workload):
    """Has pools of `multiprocessing`, by a map and by single calls."""

    def __init__(self, kind):
        self.kind, self.free = kind, threading.Event()

    def task(self, lane, index):
        with ThreadPool(2) as pool:
            if self.kind == "map":
                calls = [pool.map_async(self.free.wait, [5] * 5, 1)]
            else:
                calls = [pool.apply_async(self.free.wait, [5]) for _ in range(5)]
            self.free.set()
            return len([each.get() for each in calls])


@pytest.mark.parametrize("kind", ["map", "apply"])
def test_a_full_pool_of_multiprocessing_is_told_too(kind):
    seen = seen_of(Maps(kind), "threads", 1)
    assert (seen["pool_most"], seen["pool_size"], seen["pool_members"]) == (5, 2, "threads")
    assert "Maps.task" in seen["pool"]


@pytest.mark.parametrize("executor", ["asyncio", "uvloop"])
def test_the_loops_own_pool_is_told_as_that(executor):
    seen = seen_of(Hands(), executor, 1)
    assert (seen["pool"], seen["pool_most"]) == ("", 50)
    # uvloop has been seen to be woken once more.
    assert seen["hops"] == pytest.approx(50, abs=1)
    assert 0 < seen["pool_size"] < 50


class Forgets(Workload):
    """Makes a coroutine and does not await it."""

    async def atask(self, lane, index):
        asyncio.sleep(0)
        return index


@pytest.mark.filterwarnings("error")
def test_a_coroutine_that_nobody_awaits_is_told_with_its_line():
    seen = seen_of(Forgets())
    line = inspect.getsourcelines(Forgets.atask)[1] + 1
    assert (seen["unawaited"], seen["unawaited_at"]) == (9, f"sleep (test_passes.py:{line})")


class Limits(Workload):
    """Takes turns by a limiter of anyio, which waits for an event within."""

    def __init__(self):
        self.limiter = pytest.importorskip("anyio").CapacityLimiter(1)

    async def atask(self, lane, index):
        async with self.limiter:
            await asyncio.sleep(0.002)
        return index


def test_a_wait_for_a_limiter_of_a_library_is_told_with_the_users_line():
    seen = seen_of(Limits())
    line = inspect.getsourcelines(Limits.atask)[1] + 1
    assert seen["queued"] == f"CapacityLimiter.acquire_on_behalf_of (test_passes.py:{line})"


class CallsBack(Workload):
    """Has its loop call a function in C that blocks."""

    async def atask(self, lane, index):
        asyncio.get_running_loop().call_soon(time.sleep, 0.03)
        await asyncio.sleep(0.001)
        return index


@pytest.mark.parametrize("executor", ["asyncio", "uvloop"])
def test_a_function_in_c_that_a_loop_calls_holds_it(executor):
    seen = seen_of(CallsBack(), executor, 1)
    assert (seen["by"], seen["longest_ns"] >= 30_000_000) == ("sleep", True)


class LeavesThreads(Workload):
    """Leaves a thread of its own that goes on, one that ends, and those of a pool."""

    def __init__(self):
        self.free = threading.Event()
        self.pool = ThreadPoolExecutor(1)

    def task(self, lane, index):
        threading.Thread(target=self.free.wait, args=(5,), daemon=True).start()
        done = threading.Thread(target=int)
        done.start()
        done.join()
        return self.pool.submit(int).result()

    async def atask(self, lane, index):
        return self.task(lane, index)


@pytest.mark.parametrize("executor", ["threads", "sequential", "asyncio"])
def test_threads_that_go_on_are_counted(executor):
    workload = LeavesThreads()
    assert seen_of(workload, executor, 3)["stray_threads"] == 3
    workload.free.set()
