"""A client that drives servers: it connects to who asks for it, and sends request upon request."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from asyncbench.targets.protocol_server import (
    ProtocolServer,
    ServedConnection,
    served_by,
    timer_for,
)

# A request for a connection is the port to connect to, and this.
END = b"\n"


@dataclass
class Client(ProtocolServer):
    """Connect to each port that is asked for, and there send `request` for ever.

    The next one goes out `delay` seconds after `response` has come whole. Whatever else comes ends
    the connection.
    """

    request: bytes = b""
    response: bytes = b""
    delay: float = 0.0
    name = "client"

    def connection(self, loop: asyncio.AbstractEventLoop) -> ServedConnection:
        """Make a connection on which ports are named."""
        return Asked(loop, partial(self._driver, loop))

    def describe(self) -> dict[str, str]:
        """State which loop the client runs on."""
        return {"client": served_by(), "TCP_NODELAY": "on at both ends"}

    def _driver(self, loop: asyncio.AbstractEventLoop) -> Driver:
        made = Driver(loop, self.request, self.response, timer_for(self.delay))
        self._connections.add(made)
        return made


class Asked(ServedConnection):
    """Takes ports, a line each, and has a driver connect to each of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, drive: Callable[[], Driver]) -> None:
        super().__init__(loop, 0.0)
        self._drive = drive
        self._read = b""
        self._connecting: set[asyncio.Task[Any]] = set()

    def data_received(self, data: bytes) -> None:
        """Connect to the ports that are whole."""
        *ports, self._read = (self._read + data).split(END)
        for port in ports:
            connecting = self._loop.create_connection(self._drive, "127.0.0.1", int(port))
            task = self._loop.create_task(connecting)
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)


class Driver(asyncio.Protocol):
    """One connection to a server: a request, its answer, the next request."""

    _transport: asyncio.WriteTransport | None = None

    def __init__(
        self, loop: asyncio.AbstractEventLoop, request: bytes, response: bytes, wait_s: float
    ) -> None:
        self._loop = loop
        self._request, self._response = request, response
        self._wait_s = wait_s
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Send the next request once the answer to the last one is whole."""
        assert self._transport
        if self._read or data != self._response:
            self._read += data
            if self._read != self._response[: len(self._read)]:
                self._transport.abort()
                return
            if len(self._read) < len(self._response):
                return
            self._read = b""
        if self._wait_s:
            self._loop.call_later(self._wait_s, self._send)
        else:
            self._transport.write(self._request)

    def drop(self) -> None:
        """End the connection without sending what is still to be sent."""
        if self._transport:
            self._transport.abort()

    def _send(self) -> None:
        # A server may be gone before its next request is due.
        if self._transport and not self._transport.is_closing():
            self._transport.write(self._request)
