"""A pool of subinterpreters: `concurrent.futures.InterpreterPoolExecutor`."""

from __future__ import annotations

import concurrent.futures
import sys
from concurrent.futures import Executor as Pool

from asyncbench.executors._slices import SlicedPool

TOO_OLD = "needs Python 3.14 or newer; run it there with --python 3.14"


class Interpreters(SlicedPool):
    """`InterpreterPoolExecutor`: threads with an interpreter, and so a GIL, of their own.

    Its `map` takes no chunks, so it is sent slices. What a workload imports has to allow more than
    one interpreter; what does not is the reason of the cell.
    """

    name = "interpreters"

    def unavailable(self) -> str | None:
        """Return that this Python has no such pool, or None."""
        return None if sys.version_info >= (3, 14) else f"interpreters {TOO_OLD}"

    def load(self) -> None:
        """Import what the pool is made of."""
        import concurrent.futures.interpreter  # type: ignore[import-not-found]  # noqa: F401

    def make_pool(self, members: int) -> Pool:
        """Return the pool."""
        return interpreter_pool(members)


def interpreter_pool(members: int) -> Pool:
    """Return a pool of subinterpreters (3.14+)."""
    pool: Pool = getattr(concurrent.futures, "InterpreterPoolExecutor")(members)  # noqa: B009
    return pool
