"""What a coroutine awaits, one inside the other, also through async generators."""

from __future__ import annotations

import gc
import types
from collections.abc import Iterator
from types import FrameType
from typing import Any

_WITH_FRAMES = (types.CoroutineType, types.AsyncGeneratorType, types.GeneratorType)
# Python's own awaitables that only pass on to another, which they do not tell.
_PASSING = {
    "async_generator_asend",
    "async_generator_athrow",
    "anext_awaitable",
    "coroutine_wrapper",
}


def inwards(awaitable: Any) -> Iterator[Any]:
    """Yield a coroutine and all that it awaits which has a frame, from the outermost on."""
    while awaitable is not None:
        if type(awaitable) is types.CoroutineType:
            yield awaitable
            awaitable = awaitable.cr_await
        elif type(awaitable) is types.AsyncGeneratorType:
            yield awaitable
            awaitable = awaitable.ag_await
        elif type(awaitable) is types.GeneratorType:
            yield awaitable
            awaitable = awaitable.gi_yieldfrom
        elif type(awaitable).__name__ in _PASSING:
            awaitable = next(filter(_goes_on, gc.get_referents(awaitable)), None)
        else:
            return


def frame_of(awaitable: Any) -> FrameType | None:
    """Return where one of these stands, None where it has ended."""
    for name in ("cr_frame", "ag_frame", "gi_frame"):
        if hasattr(awaitable, name):
            frame: FrameType | None = getattr(awaitable, name)
            return frame
    return None


def code_of(awaitable: Any) -> types.CodeType:
    """Return the code of one of these."""
    if type(awaitable) is types.CoroutineType:
        return awaitable.cr_code
    code: types.CodeType = getattr(awaitable, "ag_code", None) or awaitable.gi_code
    return code


def _goes_on(each: Any) -> bool:
    return type(each) in _WITH_FRAMES or type(each).__name__ in _PASSING
