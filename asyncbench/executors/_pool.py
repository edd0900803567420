"""What pools of threads and of processes share: a call in each of their members, once each."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol


class Barrier(Protocol):
    """A barrier of `threading` or of `multiprocessing`."""

    def wait(self) -> int:
        """Wait until as many have come as it is for."""


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
