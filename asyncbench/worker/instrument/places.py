"""Which code a coroutine is, and where it awaits: as texts that events name by number."""

from __future__ import annotations

import types
from typing import Any

from asyncbench.worker.instrument.sink import EventSink
from asyncbench.worker.instrument.source import is_inner_code, is_ours


def is_own(coro: Any) -> bool:
    """Return whether a coroutine is asyncbench's."""
    code = getattr(coro, "cr_code", None)
    return code is not None and is_ours(code.co_filename)


def text_of(sink: EventSink, name: str, code: Any, line: int) -> int:
    """Return the number of a place in code."""
    file = code.co_filename
    return sink.number((name, file, line), name=name, file=file, line=line)


def created_text(coro: Any, sink: EventSink) -> int:
    """Return the number of what a coroutine is: its name, and where its code begins."""
    code = getattr(coro, "cr_code", None) or getattr(coro, "gi_code", None)
    name = getattr(coro, "__qualname__", type(coro).__qualname__)
    if code is None:
        return sink.number(name, name=name, file="", line=0)
    return text_of(sink, name, code, code.co_firstlineno)


def awaits(coro: Any) -> tuple[str, Any]:
    """Return what a coroutine waits for: the innermost name, and the innermost one of a user's."""
    inner, innermost, users = coro, coro, None
    while type(inner) is types.CoroutineType:
        innermost = inner
        if not is_inner_code(inner.cr_code):
            users = inner
        inner = inner.cr_await
    return getattr(innermost, "__qualname__", ""), users


def awaited_text(coro: Any, sink: EventSink) -> int:
    """Return the number of what a coroutine waits for, at the user's line."""
    name, users = awaits(coro)
    if users is None or users.cr_frame is None:
        return sink.number(name, name=name, file="", line=0)
    return text_of(sink, name, users.cr_code, users.cr_frame.f_lineno)
