"""Serves an asyncio Protocol on loopback: on uvloop, or on asyncio's loop without uvloop."""

from __future__ import annotations

import asyncio
import math
import socket
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, cast
from weakref import WeakSet

from asyncbench.core.system import has
from asyncbench.core.target import Target

# Event loops count their timers in whole milliseconds, so a timer can fire up to one early. The
# service time is a promise that bounds are computed from: it may come late but never early.
TIMER_GRAIN_S = 0.001


class ProtocolServer(Target):
    """A target whose connections are asyncio Protocols; a subclass says which."""

    _stop: Callable[[], object] | None = None
    _connections: WeakSet[Dropped]

    def connection(self, loop: asyncio.AbstractEventLoop) -> ServedConnection:
        """Make the Protocol of one connection."""
        raise NotImplementedError

    def serve(self, ready: Callable[[Any], None]) -> None:
        """Serve on a free port; the address is a (host, port) pair."""
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(self._serve(ready))

    def stop(self) -> None:
        """Take no more connections, drop those there are, and let `serve` return."""
        if self._stop:
            self._stop()

    async def _serve(self, ready: Callable[[Any], None]) -> None:
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        self._stop = partial(loop.call_soon_threadsafe, stopped.set)
        self._connections = connections = WeakSet[Dropped]()

        def connection() -> ServedConnection:
            served = self.connection(loop)
            connections.add(served)
            return served

        server = await loop.create_server(connection, "127.0.0.1", 0, backlog=4096)
        ready(server.sockets[0].getsockname()[:2])
        await stopped.wait()
        server.close()
        for each in connections:
            each.drop()

    def describe(self) -> dict[str, str]:
        """State which loop serves."""
        return {"server": served_by(), "TCP_NODELAY": "on at both ends"}


class Dropped(Protocol):
    """A connection that ends when its server does."""

    def drop(self) -> None:
        """End it without sending what is still to be sent."""


class ServedConnection(asyncio.Protocol):
    """One connection with TCP_NODELAY set; `answer` sends at once or after the service time."""

    answer: Callable[[bytes], object]

    def __init__(self, loop: asyncio.AbstractEventLoop, delay: float) -> None:
        self._loop = loop
        self._wait = timer_for(delay)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        # Both loops set it themselves; this makes it a promise.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._transport = cast("asyncio.WriteTransport", transport)
        self.answer = self._later if self._wait else self._transport.write

    def connection_lost(self, error: Exception | None) -> None:
        """Let go of what holds on to the connection."""
        del self.answer

    def drop(self) -> None:
        """End the connection without sending what is still to be sent."""
        self._transport.abort()

    def _later(self, data: bytes) -> None:
        self._loop.call_later(self._wait, self._send, data)

    def _send(self, data: bytes) -> None:
        # A client may be gone before its answer is due.
        if not self._transport.is_closing():
            self._transport.write(data)


def timer_for(delay: float) -> float:
    """Return the timer, in seconds, that goes off no earlier than `delay` seconds from now."""
    # uvloop rounds to the nearest millisecond, so a part of one has to be rounded up before.
    return math.ceil(delay * 1000) / 1000 + TIMER_GRAIN_S if delay else 0.0


def served_by() -> str:
    """Return what serves, and on which loop."""
    return f"Protocol on {'uvloop' if has('uvloop') else 'asyncio, since uvloop is missing'}"


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes the loop that serves."""
    if not has("uvloop"):
        return asyncio.new_event_loop
    import uvloop

    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
