"""Work from benchmark suites that people quote, with their parameters and in our own words."""

from __future__ import annotations

import asyncio
import math
import random
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from asyncbench import Demand, Workload

from ._fibonacci import driven, fibonacci
from ._tree import EagerTasks, GroupTree, Tree

# The parameters of pyperformance's bm_async_tree; `_tree` has the length of the sleep.
SEED = 0
DATA = 100  # a leaf's datum is drawn from 1 to this
MEMOISED = 90  # a datum up to this can be cached
CPU_SHARE = 0.5
FACTORIAL_OF = 500

# What a leaf does that can do either.
COMPUTES, LOOKS_UP = 0, 1
# A prime that a factorial is taken modulo, for a proof that it was computed.
DIGEST_MODULUS = 1_000_003


@dataclass
class _AsyncTree(Workload):
    """A tree of tasks, `depth` levels below its root, with `branches` children a node.

    One task of the batch is one whole tree. There is no blocking form: a thread a node would be
    tens of thousands of threads, and a plain call of each would leave nothing of the workload,
    which is the making, waiting for and ending of tasks.
    """

    eager: bool = False
    taskgroup: bool = False
    depth: int = 6
    branches: int = 6

    tasks = 1
    concurrency = 1

    def __post_init__(self) -> None:
        for parameter in ("depth", "branches"):
            value = getattr(self, parameter)
            if value < 1:
                raise ValueError(f"{parameter} is at least 1, not {value}")
        self._start: AbstractContextManager[None] = EagerTasks() if self.eager else nullcontext()

    def unavailable(self) -> str | None:
        """Return whether this Python has no eager tasks and they are wanted."""
        if not self.eager or sys.version_info >= (3, 12):
            return None
        return (
            f"eager tasks need Python 3.12, and this is {sys.version.split()[0]}; "
            "run asyncbench under a newer one, or leave out eager"
        )

    def lacks(self, form: str) -> str | None:
        """Return that a node is a task of asyncio's, whatever else there is, or None."""
        if form == "cooperative":
            return None
        return "its tree is made of asyncio's tasks; run it under asyncio or uvloop"

    async def aopen(self) -> list[int]:
        """Draw what each leaf does, so that every tree of every batch does the same."""
        generator = random.Random(SEED)
        leaves = range(self.branches**self.depth)
        return [choice for _ in leaves for choice in self.draw(generator)]

    async def atask(self, lane: list[int], index: int) -> int:
        """Grow one tree and wait for all of it; the proof is what its leaves did."""
        tree = (GroupTree if self.taskgroup else Tree)(self.branches, self.leaf, lane)
        with self._start:
            await tree.grow(self.depth)
        return index + tree.proof()

    def demand(self) -> Demand:
        """CPU time that only a measurement tells, and no waiting that is certain.

        Leaves that sleep do so while the rest of the tree grows: in a tree of the full size the
        sleeps are over before the loop has the time to look.
        """
        return Demand(cpu_s=None, holds_gil=True)

    def draw(self, generator: random.Random) -> Sequence[int]:
        """Choose what one leaf does; called for the leaves from left to right."""
        return ()

    async def leaf(self, tree: Tree) -> None:
        """Do what a leaf does."""
        raise NotImplementedError


@dataclass
class AsyncTreeNone(_AsyncTree):
    """Grow a tree of 55,986 tasks whose 46,656 leaves do nothing (pyperformance's async_tree)."""

    async def leaf(self, tree: Tree) -> None:
        """Return at once."""


@dataclass
class AsyncTreeIo(_AsyncTree):
    """Grow a tree of tasks whose leaves all sleep 50 ms (pyperformance's async_tree_io)."""

    async def leaf(self, tree: Tree) -> None:
        """Sleep."""
        await tree.sleep()


@dataclass
class AsyncTreeMemoization(_AsyncTree):
    """Grow a tree of tasks whose leaves look up a datum and sleep 50 ms where they miss it.

    This is pyperformance's async_tree_memoization. A leaf's datum is `randint(1, 100)`. A datum up
    to 90 can be cached: the first leaf that has it puts it into the cache and then sleeps, so
    that it is a hit for all later ones, also while the first still sleeps. A datum over 90 always
    sleeps. The data are drawn from seed 0 for the leaves from left to right, which is the order
    in which they start: each loop starts tasks in the order of their making, and eager tasks go
    down the tree from left to right. Data and order are those of pyperformance's first tree; its
    later trees go on drawing and find a warm cache, while here every tree has the same data and
    a cache of its own.
    """

    def draw(self, generator: random.Random) -> Sequence[int]:
        """Draw the datum."""
        return (generator.randint(1, DATA),)

    async def leaf(self, tree: Tree) -> None:
        """Look the datum up, and sleep where that does not help."""
        datum = next(tree.choices)
        if datum <= MEMOISED:
            if tree.cache.get(datum):
                tree.hits += 1
                return
            # Before the sleep: it is a hit for whoever comes meanwhile.
            tree.cache[datum] = True
        await tree.sleep()


@dataclass
class AsyncTreeCpuIoMixed(AsyncTreeMemoization):
    """Grow a tree of tasks whose leaves half compute `factorial(500)` and half look up a datum.

    This is pyperformance's async_tree_cpu_io_mixed. From left to right `random()` is drawn for a
    leaf from seed 0: under 0.5 it computes; if not, `randint(1, 100)` is drawn next, and the leaf
    does with this datum what a leaf of async-tree-memoization does.
    """

    def draw(self, generator: random.Random) -> Sequence[int]:
        """Draw whether it computes, and the datum if it does not."""
        if generator.random() < CPU_SHARE:
            return (COMPUTES,)
        return LOOKS_UP, *super().draw(generator)

    async def leaf(self, tree: Tree) -> None:
        """Compute, or look the datum up."""
        if next(tree.choices) == COMPUTES:
            tree.digests += math.factorial(FACTORIAL_OF) % DIGEST_MODULUS
        else:
            await super().leaf(tree)


@dataclass
class Coroutines(Workload):
    """Compute a Fibonacci number by coroutines that await each other (pyperformance's coroutines).

    `n` = 25 makes 242,785 coroutines a task, none of which ever suspends. No event loop has a
    part in it: it shows what a call of a coroutine costs, and that a loop adds nothing to it.
    """

    n: int = 25

    tasks = 1
    concurrency = 1

    def __post_init__(self) -> None:
        if self.n < 0:
            raise ValueError(f"n is 0 or more, not {self.n}")

    def task(self, lane: None, index: int) -> int:
        """Drive the outermost coroutine with `send`, as an event loop would."""
        return index + driven(fibonacci(self.n))

    async def atask(self, lane: None, index: int) -> int:
        """Await it: the same coroutines, driven by the loop's own `send`."""
        return index + await fibonacci(self.n)

    anytask = atask

    def demand(self) -> Demand:
        """All CPU under the GIL; how many seconds depends on the machine and is measured."""
        return Demand(cpu_s=None, holds_gil=True)


@dataclass
class ConcurrentMap(Workload):
    """Map the identity over 1000 items with 2 workers (pyperformance's concurrent_imap).

    There is no work in it: what is measured is the way of an item to a worker and back. `processes`
    sends items in chunks of `chunk_size`, as the original does; a `ThreadPoolExecutor` and an event
    loop have no chunks. The original also makes its pool within the clock (here that is start-up,
    and shown apart) and uses the pools of `multiprocessing`, not those of `concurrent.futures`.
    """

    chunk_size: int = 10

    tasks = 1000
    concurrency = 2

    def __post_init__(self) -> None:
        if self.chunk_size < 1:
            raise ValueError(f"chunk_size is at least 1, not {self.chunk_size}")

    def task(self, lane: None, index: int) -> int:
        """Return what came."""
        return index

    async def atask(self, lane: None, index: int) -> int:
        """Return what came."""
        return index

    anytask = atask

    def demand(self) -> Demand:
        """Nothing at all, so that all of the time is the executor's."""
        return Demand(wait_s=0.0, cpu_s=0.0)


@dataclass
class MillionSleepers(Workload):
    """Let tasks of an event loop sleep at once, `sleepers` of them, to see what memory one takes.

    Take the peak RSS of a run, less that of a run with `sleepers=1`, and divide it by `sleepers`.
    The published series is `seconds=10` with 1, 10,000, 100,000 and 1,000,000 sleepers. One task of
    the batch makes all the sleepers and waits for them. There is no blocking form: a sleeper
    would be a thread, whose stack is reserved and not resident, so that peak RSS does not tell
    what it takes, and systems do not allow a million. For threads use `sleep` with `-c`.
    """

    sleepers: int = 10_000
    seconds: float = 1.0

    tasks = 1
    concurrency = 1

    def __post_init__(self) -> None:
        if self.sleepers < 1:
            raise ValueError(f"sleepers is at least 1, not {self.sleepers}")
        if not 0 <= self.seconds < math.inf:
            raise ValueError(f"seconds is 0 or more, not {self.seconds}")

    def lacks(self, form: str) -> str | None:
        """Return that a sleeper would be a thread, or None."""
        if form == "blocking":
            return "its sleepers would be a thread each; run it under asyncio or uvloop"
        return None

    async def atask(self, lane: None, index: int) -> int:
        """Make all the sleepers, wait until the last has woken, and count them."""
        woken = await asyncio.gather(*[_sleeper(self.seconds) for _ in range(self.sleepers)])
        return index + sum(woken)

    async def anytask(self, lane: None, index: int) -> int:
        """Make all the sleepers, wait until the last has woken, and count them."""
        from anyio import create_task_group, sleep

        woken = 0

        async def sleeper() -> None:
            nonlocal woken
            await sleep(self.seconds)
            woken += 1

        async with create_task_group() as group:
            for _ in range(self.sleepers):
                group.start_soon(sleeper)
        return index + woken

    def demand(self) -> Demand:
        """All waiting; the CPU it takes to wait is the executor's, not the task's."""
        return Demand(wait_s=self.seconds, cpu_s=0.0)


async def _sleeper(seconds: float) -> int:
    await asyncio.sleep(seconds)
    return 1
