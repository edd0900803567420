"""The connections of `tcp-echo` in its cooperative form: one class an API of asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable
from typing import Any, Protocol, cast

Address = tuple[str, int]


class EchoLane(Protocol):
    """A connection of `TcpEcho` in the cooperative form."""

    def __init__(self, message: bytes) -> None: ...

    async def connect(self, address: Address) -> None: ...

    def exchange(self, round_trips: int) -> Awaitable[int]:
        """Do so many round trips and give the bytes that came back."""

    async def close(self) -> None: ...


class StreamsLane:
    def __init__(self, message: bytes) -> None:
        self._message = message

    async def connect(self, address: Address) -> None:
        # asyncio and uvloop set TCP_NODELAY on their transports themselves.
        self._reader, self._writer = await asyncio.open_connection(*address)

    async def exchange(self, round_trips: int) -> int:
        message, reader, writer = self._message, self._reader, self._writer
        try:
            for _ in range(round_trips):
                writer.write(message)
                await writer.drain()
                if await reader.readexactly(len(message)) != message:
                    raise garbled()
        except asyncio.IncompleteReadError:
            raise closed() from None
        return len(message) * round_trips

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):  # a server that hung up first may have reset it
            await self._writer.wait_closed()


class SocketsLane:
    def __init__(self, message: bytes) -> None:
        self._message = message
        self._reply = bytearray(len(message))
        self._loop = asyncio.get_running_loop()

    async def connect(self, address: Address) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self._loop.sock_connect(self._socket, address)

    async def exchange(self, round_trips: int) -> int:
        message, reply, loop, connection = self._message, self._reply, self._loop, self._socket
        for _ in range(round_trips):
            await loop.sock_sendall(connection, message)
            got = await loop.sock_recv_into(connection, reply)
            while 0 < got < len(message):
                more = await loop.sock_recv_into(connection, cast("Any", memoryview(reply)[got:]))
                got = got + more if more else 0
            if not got:
                raise closed()
            if reply != message:
                raise garbled()
        return len(message) * round_trips

    async def close(self) -> None:
        self._socket.close()


class ProtocolLane(asyncio.Protocol):
    def __init__(self, message: bytes) -> None:
        self._message = message
        self._part = bytearray()  # of a reply that comes in pieces
        self._left = self._bytes = 0
        self._loop = asyncio.get_running_loop()
        self._done = self._loop.create_future()
        self._lost = self._loop.create_future()

    async def connect(self, address: Address) -> None:
        # asyncio and uvloop set TCP_NODELAY on their transports themselves.
        await self._loop.create_connection(lambda: self, *address)

    def exchange(self, round_trips: int) -> asyncio.Future[int]:
        if self._transport.is_closing():
            raise closed()
        self._left = round_trips
        self._bytes = len(self._message) * round_trips
        self._done = done = self._loop.create_future()
        self._write(self._message)
        return done

    async def close(self) -> None:
        self._transport.close()
        await self._lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._write = self._transport.write
        # asyncio makes room for 256 KiB before each read, which costs more than the read.
        limit = getattr(transport, "max_size", None)
        if limit is not None:
            cast("Any", transport).max_size = min(limit, len(self._message) + 1)

    def data_received(self, data: bytes) -> None:
        if self._part or data != self._message:
            self._part += data
            if len(self._part) < len(self._message):
                return
            if self._part != self._message:
                self._fail(garbled())
                return
            self._part.clear()
        self._left = left = self._left - 1
        if left > 0:
            self._write(self._message)
        elif left < 0:
            self._fail(garbled())
        elif not self._done.cancelled():
            self._done.set_result(self._bytes)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or closed())
        self._lost.set_result(None)

    def _fail(self, error: Exception) -> None:
        self._transport.close()
        if self._left > 0 and not self._done.done():
            self._done.set_exception(error)


ECHO_LANES: dict[str, type[EchoLane]] = {
    "sockets": SocketsLane,
    "streams": StreamsLane,
    "protocol": ProtocolLane,
}


def closed() -> ConnectionError:
    return ConnectionError("the echo server closed the connection")


def garbled() -> ConnectionError:
    return ConnectionError("the echo server sent back something else")
