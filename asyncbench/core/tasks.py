"""Makes tasks of a function: calls with a number and values, and the proof of what they return."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from asyncbench.core import callables
from asyncbench.core.signatures import INDEX, Takes
from asyncbench.errors import UnprovenError


def caller(
    called: Callable[..., Any],
    named: Mapping[str, Any],
    positional: Sequence[Any],
    taken: Takes,
) -> Callable[[Any], Any]:
    """Return a function of the task's number, or of its item, that makes the call.

    `taken` is what it takes besides.
    """
    before, after, more, number = taken.arranged(named, positional)
    if number == INDEX:
        do = functools.partial(called, *before, **more)
        return lambda index: do(index=index)
    if number:
        do = functools.partial(called, *before, **more)
        return lambda item: do(**{number: item})
    if taken.index is None:
        do = functools.partial(called, *before, *after, **more)
        return lambda index: do()
    return lambda index: called(*before, index, *after, **more)


def task_of(do: Callable[[int], Any]) -> Callable[[Any, int], int]:
    """Return the blocking form of a task."""

    def task(lane: None, index: int) -> int:
        return proof_of(do(index))

    return task


def atask_of(do: Callable[[int], Any], *, consume: bool) -> Callable[[Any, int], Any]:
    """Return the cooperative form of a task, which runs async generators to the end if asked to."""

    async def atask(lane: None, index: int) -> int:
        return proof_of(await do(index))

    async def to_the_end(lane: None, index: int) -> int:
        count = 0
        async for _ in do(index):
            count += 1
        return count

    return to_the_end if consume else atask


def consumer(do: Callable[[int], Any]) -> Callable[[int], int]:
    """Return a function that runs a generator to its end and returns how much it gave."""

    def to_the_end(index: int) -> int:
        count = 0
        for _ in do(index):
            count += 1
        return count

    return to_the_end


def proof_of(returned: Any) -> int:
    """Return the proof of work that a function's value comes to; UnprovenError for none."""
    if isinstance(returned, int):
        return returned
    if returned is None:
        return 0
    try:
        return len(returned)
    except TypeError:
        name = type(returned).__name__
        # A task of a loop can be awaited, too, and its body may well run.
        if callable(getattr(returned, "add_done_callback", None)):
            raise UnprovenError(
                f"a task returned a {name}, whose work nobody waited for; wait for its result"
            ) from None
        if callables.kind_of_result(returned) != callables.BLOCKING:
            raise UnprovenError(f"a task returned a {name}, whose body never ran") from None
        return 0
    except (ValueError, OverflowError) as error:
        kind = type(returned).__name__
        raise UnprovenError(f"a task returned a {kind}, whose length is none: {error}") from None
