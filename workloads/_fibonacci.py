"""Coroutines that await each other and never suspend."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any


async def fibonacci(n: int) -> int:
    """Return a Fibonacci number, by coroutines."""
    if n < 2:
        return n
    return await fibonacci(n - 1) + await fibonacci(n - 2)


def driven(coroutine: Coroutine[Any, None, int]) -> int:
    """Return what a coroutine returns that never suspends; RuntimeError where one does."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: int = end.value
        return result
    raise RuntimeError("a coroutine suspended where there is no loop to resume it")
