"""What pools of threads and of processes share: a call in each of their members, once each."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from asyncbench.core.loading import installed_alone

# Chunks a process gets of each batch, unless the workload says how large a chunk is: the rule of
# `multiprocessing.Pool.map`, large enough to spare hand-overs and small enough to even out slow
# chunks.
CHUNKS_PER_MEMBER = 4


def chunk(tasks: int, members: int, size: int | None) -> int:
    """Return how many tasks are handed over at a time."""
    return size or max(1, -(-tasks // (members * CHUNKS_PER_MEMBER)))


class Barrier(Protocol):
    """A barrier of `threading` or of `multiprocessing`."""

    def wait(self) -> int:
        """Wait until as many have come as it is for."""


def starts_by(method: str) -> AbstractContextManager[None]:
    """Return what a process is started within: by `fork` it has all that this one has."""
    return nullcontext() if method == "fork" else installed_alone()


def in_every_member(pool: Executor, members: int, call: Callable[[], None]) -> None:
    """Have each member of a pool make a call that ends with `meet`, and wait for all of them."""
    for done in [pool.submit(call) for _ in range(members)]:
        done.result()


def meet(action: Callable[[], None], together: Barrier) -> None:
    """Act, then wait for the others: no member takes a second call before all had their first."""
    try:
        action()
    finally:
        together.wait()
