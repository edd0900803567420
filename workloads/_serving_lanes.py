"""The server's ends of connections that a client process makes: one class a form."""

from __future__ import annotations

import asyncio
import contextlib
import socket

Address = tuple[str, int]
# So long the client may take to connect.
PATIENCE_S = 20.0
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
BLANK_LINE = b"\r\n\r\n"
LONGEST_HEAD = 65_536


def accepted(client: Address) -> socket.socket:
    """Listen, have the client connect, and return the connection."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        listener.settimeout(PATIENCE_S)
        ask(client, listener.getsockname()[1])
        connection, _ = listener.accept()
    connection.settimeout(None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def ask(client: Address, port: int) -> None:
    """Have the client connect to a port."""
    with socket.create_connection((client[0], client[1]), PATIENCE_S) as asking:
        asking.sendall(b"%d\n" % port)


class BlockingServed:
    """A connection on a blocking socket."""

    def __init__(self, client: Address) -> None:
        self._socket = accepted(client)
        self._read = b""

    def exactly(self, count: int) -> bytes:
        """Read so many bytes."""
        while len(self._read) < count:
            self._more()
        found, self._read = self._read[:count], self._read[count:]
        return found

    def headers(self) -> bytes:
        """Read up to a blank line."""
        while BLANK_LINE not in self._read:
            self._more()
        found, _, self._read = self._read.partition(BLANK_LINE)
        return found

    def write(self, data: bytes) -> None:
        """Send all of it."""
        self._socket.sendall(data)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _more(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise hung_up()
        self._read += data


class StreamServed:
    """A connection as a pair of asyncio's streams."""

    async def accept(self, client: Address) -> None:
        """Serve on a port, and take the one connection that the client makes to it."""
        came: asyncio.Future[Streams] = asyncio.get_running_loop().create_future()

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            came.set_result((reader, writer))

        # It stays open with the connection: rloop would close both.
        self._server = await asyncio.start_server(take, "127.0.0.1", 0, backlog=1)
        ask(client, self._server.sockets[0].getsockname()[1])
        self._reader, self._writer = await asyncio.wait_for(came, PATIENCE_S)
        # asyncio and uvloop set TCP_NODELAY on their transports themselves.

    async def exactly(self, count: int) -> bytes:
        """Read so many bytes."""
        try:
            return await self._reader.readexactly(count)
        except asyncio.IncompleteReadError:
            raise hung_up() from None

    async def headers(self) -> bytes:
        """Read up to a blank line."""
        try:
            return (await self._reader.readuntil(BLANK_LINE)).removesuffix(BLANK_LINE)
        except asyncio.IncompleteReadError:
            raise hung_up() from None

    async def write(self, *parts: bytes) -> None:
        """Write each part by itself, and wait until there is room for more."""
        for part in parts:
            self._writer.write(part)
        await self._writer.drain()

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()
        self._server.close()
        with contextlib.suppress(ConnectionError):  # a client that hung up first may have reset it
            await self._writer.wait_closed()


def hung_up() -> ConnectionError:
    return ConnectionError(
        "the client hung up, which it does when an answer is not what it asked for"
    )
