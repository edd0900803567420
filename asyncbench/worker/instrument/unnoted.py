"""Steps on coroutines whose steps are not noted: for the time being, or never again."""

from __future__ import annotations

import types
from collections.abc import Generator
from time import perf_counter_ns
from typing import Any


@types.coroutine
def meanwhile(
    coro: Any, number: int, resume: Any, value: Any, instrument: Any
) -> Generator[Any, Any, Any]:
    """Step a coroutine on while its instrument rests; then return how to resume it, and with what.

    Where it has ended meanwhile, that is None, and what it returned.
    """
    while instrument.rests:
        try:
            awaited = resume(value)
        except BaseException as error:
            now = perf_counter_ns()
            instrument.sink.last_step(number, now, now, now)
            if isinstance(error, StopIteration):
                return None, error.value
            raise
        try:
            value, resume = (yield awaited), coro.send
        except GeneratorExit:
            coro.close()
            raise
        except BaseException as error:
            value, resume = error, coro.throw
            if instrument.thrown:
                instrument.thrown(coro, number)
    return resume, value


@types.coroutine
def to_end(coro: Any, error: BaseException | None) -> Generator[Any, Any, Any]:
    """Run a coroutine on to its end by itself; an error is for it to take first."""
    if error is not None:
        try:
            awaited = coro.throw(error)
        except StopIteration as done:
            return done.value
        yield awaited
    return (yield from coro)
