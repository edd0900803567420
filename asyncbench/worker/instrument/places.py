"""Which code a coroutine is, and where it awaits: as texts that events name by number."""

from __future__ import annotations

import types
from typing import Any

from asyncbench.worker.instrument import awaiting
from asyncbench.worker.instrument.sink import EventSink
from asyncbench.worker.instrument.source import is_inner_code, is_ours

# Who waits in one of these waits for another task to let it go on: asyncio's own, anyio's, and
# those of clients whose connections are limited.
QUEUES = {
    "Lock.acquire",
    "Semaphore.acquire",
    "Condition.wait",
    "Queue.get",
    "Queue.put",
    "CapacityLimiter.acquire_on_behalf_of",
    "MemoryObjectReceiveStream.receive",
    "MemoryObjectSendStream.send",
    "BaseConnector._wait_for_available_connection",  # aiohttp
    "AsyncPoolRequest.wait_for_connection",  # httpcore, and so httpx
    "AsyncConnectionPool.getconn",  # psycopg_pool
}


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
    """Return what a coroutine waits for: the innermost name, and the innermost one of a user's.

    What lies in one of `QUEUES` is passed over, and so are packages on the way to it.
    """
    innermost, users, own = coro, None, None
    for each in awaiting.inwards(coro):
        if type(each) is not types.GeneratorType:  # such as the one that is all of `sleep(0)`
            innermost = each
        code = awaiting.code_of(each)
        if not is_inner_code(code):
            users = each
            own = each if "site-packages" not in code.co_filename else own
        if code.co_qualname in QUEUES:
            return code.co_qualname, own or users
    return getattr(innermost, "__qualname__", ""), users


def awaited_text(coro: Any, sink: EventSink) -> int:
    """Return the number of what a coroutine waits for, at the user's line."""
    name, users = awaits(coro)
    frame = awaiting.frame_of(users)
    if frame is None:
        return sink.number(name, name=name, file="", line=0)
    return text_of(sink, name, frame.f_code, frame.f_lineno)
