"""Lanes of the portable form: what is written on anyio, for asyncio and trio alike."""

from __future__ import annotations

import asyncio
import socket
from math import inf
from typing import TYPE_CHECKING

from ._echo_lanes import Address, closed, garbled
from ._serving_lanes import BLANK_LINE, LONGEST_HEAD, PATIENCE_S, ask, hung_up
from ._udp_lane import LOST_S, lost

if TYPE_CHECKING:
    import anyio.abc


class Connection:
    """A kept TCP connection: sends a message and reads exactly as many bytes back."""

    def __init__(self, stream: anyio.abc.SocketStream, message: bytes) -> None:
        self._stream, self._message = stream, message

    @classmethod
    async def open(cls, address: Address, message: bytes) -> Connection:
        """Connect, with TCP_NODELAY set."""
        from anyio import connect_tcp
        from anyio.abc import SocketAttribute

        stream = await connect_tcp(*address)
        raw = stream.extra(SocketAttribute.raw_socket)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(stream, message)

    async def exchange(self, times: int) -> int:
        """Send and read, so many times; return how many bytes came back."""
        from anyio import BrokenResourceError, EndOfStream

        message, stream = self._message, self._stream
        try:
            for _ in range(times):
                await stream.send(message)
                reply = await stream.receive(len(message))
                while len(reply) < len(message):
                    reply += await stream.receive(len(message) - len(reply))
                if reply != message:
                    raise garbled()
        except (EndOfStream, BrokenResourceError):
            raise closed() from None
        return len(message) * times

    async def close(self) -> None:
        """Close the connection."""
        await self._stream.aclose()


class Datagrams:
    """A connected UDP socket: sends a message and waits for the same to come back."""

    def __init__(self, connected: anyio.abc.ConnectedUDPSocket, message: bytes) -> None:
        self._socket, self._message = connected, message

    @classmethod
    async def open(cls, address: Address, message: bytes) -> Datagrams:
        """Connect a socket of its own."""
        from anyio import create_connected_udp_socket

        return cls(await create_connected_udp_socket(*address), message)

    async def exchange(self, times: int) -> int:
        """Send and wait, so many times; return how many bytes came back."""
        from anyio import move_on_after

        message, connected = self._message, self._socket
        # One limit for all: one for each datagram would be a part of its time.
        with move_on_after(LOST_S) as limit:
            for _ in range(times):
                await connected.send(message)
                if await connected.receive() != message:
                    raise garbled()
        if limit.cancelled_caught:
            raise lost()
        return len(message) * times

    async def close(self) -> None:
        """Close the socket."""
        await self._socket.aclose()


class Served:
    """The server's end of a connection that the client makes."""

    def __init__(self, stream: anyio.abc.SocketStream) -> None:
        from anyio.streams.buffered import BufferedByteReceiveStream

        self._stream, self._reader = stream, BufferedByteReceiveStream(stream)

    @classmethod
    async def accept(cls, client: Address) -> Served:
        """Listen, have the client connect, and return the connection, with TCP_NODELAY set."""
        from anyio import create_tcp_listener, fail_after
        from anyio.abc import SocketAttribute

        async with await create_tcp_listener(local_host="127.0.0.1", local_port=0) as listening:
            [listener] = listening.listeners
            ask(client, listener.extra(SocketAttribute.local_port))
            with fail_after(PATIENCE_S):
                stream = await listener.accept()  # type: ignore[attr-defined]
        raw = stream.extra(SocketAttribute.raw_socket)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(stream)

    async def exactly(self, count: int) -> bytes:
        """Read so many bytes."""
        from anyio import IncompleteRead

        try:
            return await self._reader.receive_exactly(count)
        except IncompleteRead:
            raise hung_up() from None

    async def headers(self) -> bytes:
        """Read up to a blank line."""
        from anyio import IncompleteRead

        try:
            return await self._reader.receive_until(BLANK_LINE, LONGEST_HEAD)
        except IncompleteRead:
            raise hung_up() from None

    async def write(self, *parts: bytes) -> None:
        """Send each part by itself."""
        for part in parts:
            await self._stream.send(part)

    async def close(self) -> None:
        """Close the connection."""
        await self._stream.aclose()


class Passing:
    """A consumer as a task of the running loop, and the producer's ends of two streams."""

    def __init__(self) -> None:
        from anyio import Event, create_memory_object_stream

        self._items, self._taken = create_memory_object_stream[int](inf)
        self._answers, self._replies = create_memory_object_stream[int](inf)
        self._over = Event()
        # It lives as long as the lane, and a task group ends in the task that began it.
        try:
            self._task = asyncio.get_running_loop().create_task(self._consume())
        except RuntimeError:
            import trio

            trio.lowlevel.spawn_system_task(self._consume)

    async def pass_on(self, items: int) -> int:
        """Put items one by one, and wait for the reply to each; return their sum."""
        received = 0
        for item in range(items):
            await self._items.send(item)
            received += await self._replies.receive()
        return received

    async def close(self) -> None:
        """Return the consumer to end and wait until it has."""
        self._items.close()
        await self._over.wait()
        self._replies.close()

    async def _consume(self) -> None:
        with self._taken, self._answers:
            async for item in self._taken:
                await self._answers.send(item + 1)
        self._over.set()
