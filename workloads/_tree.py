"""A tree of tasks on an event loop, as pyperformance's bm_async_tree grows it; no workload."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextvars import Context
from typing import Any

LEAF_SLEEP_S = 0.05


class Tree:
    """One tree: every node but the root is a task, and a node waits for its children by `gather`.

    `leaf` does what a leaf does, and takes its own choices from `choices` when it starts. What the
    leaves did is counted, and the order in which they did it leaves no trace. Leaves themselves
    are counted by the node that has waited for them: were each to count itself, a tree of eager
    tasks would take 2.5 % longer than one that counts nothing.
    """

    __slots__ = ("_branches", "_leaf", "cache", "choices", "digests", "hits", "leaves", "sleeps")

    def __init__(
        self, branches: int, leaf: Callable[[Tree], Awaitable[None]], choices: Iterable[int]
    ) -> None:
        self.choices = iter(choices)
        self.cache: dict[int, bool] = {}
        self.leaves = self.sleeps = self.hits = self.digests = 0
        self._branches = branches
        self._leaf = leaf

    async def grow(self, levels: int) -> None:
        """Grow what is below a node with so many levels below it, and wait for all of it."""
        if levels:
            await asyncio.gather(*[self.grow(levels - 1) for _ in range(self._branches)])
            if levels == 1:
                self.leaves += self._branches
        else:
            await self._leaf(self)

    async def sleep(self) -> None:
        """Sleep as a leaf does."""
        await asyncio.sleep(LEAF_SLEEP_S)
        self.sleeps += 1

    def proof(self) -> int:
        """Fold what the leaves did into one number."""
        return proof(self.leaves, self.sleeps, self.hits, self.digests)


class GroupTree(Tree):
    """The same tree, where a node waits for its children by a `TaskGroup`."""

    __slots__ = ()

    async def grow(self, levels: int) -> None:
        """Grow what is below a node with so many levels below it, and wait for all of it."""
        if levels:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._branches):
                    group.create_task(self.grow(levels - 1))
            if levels == 1:
                self.leaves += self._branches
        else:
            await self._leaf(self)


def proof(leaves: int, sleeps: int = 0, hits: int = 0, digests: int = 0) -> int:
    """Fold counts of a tree into one number: 20 bits each, and the digests over them."""
    return leaves + (sleeps << 20) + (hits << 40) + digests


class EagerTasks:
    """Has the running loop start its tasks eagerly, for as long as a tree grows on it.

    Trees in several lanes share the loop: the first sets its task factory, and the last gives the
    loop's own back.
    """

    def __init__(self) -> None:
        self._trees = 0
        self._usual: Any = None

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        if not self._trees:
            self._usual = loop.get_task_factory()
            loop.set_task_factory(_start_eagerly)
        self._trees += 1

    def __exit__(self, *_: object) -> None:
        self._trees -= 1
        if not self._trees:
            asyncio.get_running_loop().set_task_factory(self._usual)


def _start_eagerly(
    loop: asyncio.AbstractEventLoop,
    coro: Any,
    *,
    name: str | None = None,
    context: Context | None = None,
    eager_start: bool | None = True,
    make: Callable[..., asyncio.Task[Any]] = asyncio.Task,
) -> asyncio.Task[Any]:
    """Do what `asyncio.eager_task_factory` does (Python 3.12), whatever the loop passes.

    uvloop 0.23 always passes `eager_start=None`: asyncio's own factory refuses it on Python 3.13.0,
    and takes it on 3.14 for a wish not to start eagerly, so that no task would be eager.
    """
    return make(coro, loop=loop, name=name, context=context, eager_start=True)
