"""Work that talks to a server."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import socket
from collections.abc import Awaitable
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Protocol, cast

from asyncbench import Demand, Target, Workload, needs
from asyncbench.targets.echo import Echo
from asyncbench.targets.http import Http, content

if TYPE_CHECKING:
    import aiohttp
    import urllib3
    from pyreqwest.client import Client, SyncClient

Address = tuple[str, int]


@dataclass
class TcpEcho(Workload):
    """Send `payload` bytes over a kept TCP connection and read exactly as many back.

    A task does `round_trips` of them, one after the other, and compares each reply with what was
    sent. TCP_NODELAY is set at both ends. The blocking form uses a blocking socket; `api` says
    what the cooperative form uses:

    `streams`: asyncio's streams, `write` and `drain`, then `readexactly`.
    `sockets`: a non-blocking socket, `loop.sock_sendall`, then `loop.sock_recv_into`.
    `protocol`: an `asyncio.Protocol`, which sends the next message itself as soon as a reply is
    complete; a task waits for one future. asyncio's read size is cut from 256 KiB to the payload.
    """

    payload: int = 1024
    delay: float = 0.002
    round_trips: int = 1
    api: str = "streams"

    tasks = 64
    concurrency = 32

    def __post_init__(self) -> None:
        _check(payload=(self.payload, 1), delay=(self.delay, 0), round_trips=(self.round_trips, 1))
        _check_choice("api", self.api, _ECHO_LANES)
        self._message = (bytes(range(256)) * (self.payload // 256 + 1))[: self.payload]

    def open(self) -> tuple[socket.socket, bytearray]:
        """Connect a blocking socket and make room for a reply."""
        connection = socket.create_connection(tuple(self.address))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, bytearray(self.payload)

    def task(self, lane: tuple[socket.socket, bytearray], index: int) -> int:
        """Send with `sendall`, read with `recv_into` until all is back."""
        connection, reply = lane
        message = self._message
        for _ in range(self.round_trips):
            connection.sendall(message)
            got = connection.recv_into(reply)
            while 0 < got < len(message):
                more = connection.recv_into(memoryview(reply)[got:])
                got = got + more if more else 0
            if not got:
                raise _closed()
            if reply != message:
                raise _garbled()
        return index + self.payload * self.round_trips

    def close(self, lane: tuple[socket.socket, bytearray]) -> None:
        """Close the socket."""
        lane[0].close()

    async def aopen(self) -> _EchoLane:
        """Connect by way of the chosen API."""
        lane = _ECHO_LANES[self.api](self._message)
        await lane.connect(tuple(self.address))
        return lane

    async def atask(self, lane: _EchoLane, index: int) -> int:
        """Do the round trips by way of the chosen API."""
        return index + await lane.exchange(self.round_trips)

    async def aclose(self, lane: _EchoLane) -> None:
        """Close the connection and wait until it is closed."""
        await lane.close()

    def target(self) -> Target:
        """Give the echo server, which answers after `delay` seconds."""
        return Echo(self.delay)

    def demand(self) -> Demand:
        """Each round trip waits for the service time; its CPU time is the executor's to save."""
        return Demand(wait_s=self.delay * self.round_trips, cpu_s=0.0)


class _EchoLane(Protocol):
    """A connection of `TcpEcho` in the cooperative form."""

    def __init__(self, message: bytes) -> None: ...

    async def connect(self, address: Address) -> None: ...

    def exchange(self, round_trips: int) -> Awaitable[int]:
        """Do so many round trips and give the bytes that came back."""

    async def close(self) -> None: ...


class _StreamsLane:
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
                    raise _garbled()
        except asyncio.IncompleteReadError:
            raise _closed() from None
        return len(message) * round_trips

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):  # a server that hung up first may have reset it
            await self._writer.wait_closed()


class _SocketsLane:
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
                raise _closed()
            if reply != message:
                raise _garbled()
        return len(message) * round_trips

    async def close(self) -> None:
        self._socket.close()


class _ProtocolLane(asyncio.Protocol):
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
            raise _closed()
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
                self._fail(_garbled())
                return
            self._part.clear()
        self._left = left = self._left - 1
        if left > 0:
            self._write(self._message)
        elif left < 0:
            self._fail(_garbled())
        elif not self._done.cancelled():
            self._done.set_result(self._bytes)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or _closed())
        self._lost.set_result(None)

    def _fail(self, error: Exception) -> None:
        self._transport.close()
        if self._left > 0 and not self._done.done():
            self._done.set_exception(error)


_ECHO_LANES: dict[str, type[_EchoLane]] = {
    "sockets": _SocketsLane,
    "streams": _StreamsLane,
    "protocol": _ProtocolLane,
}


@dataclass
class HttpGet(Workload):
    """GET a page of `size` bytes over a kept HTTP/1.1 connection and read the whole of it.

    `client` is `usual` (urllib3 in the blocking form, aiohttp in the cooperative form) or
    `pyreqwest` (in both forms). Each lane has a client of its own with one connection, made before
    the clock starts. No client has a proxy, a timeout or cookies, decompresses or follows
    redirects; a page that differs from what the server was told to send, or another status than
    200, is an error. The server answers with `status`, `delay` seconds after the request.
    """

    size: int = 1024
    delay: float = 0.002
    client: str = "usual"
    status: int = 200

    tasks = 64
    concurrency = 32

    def __post_init__(self) -> None:
        _check(size=(self.size, 0), delay=(self.delay, 0))
        _check_choice("client", self.client, _HTTP_LANES)
        if not 200 <= self.status < 600 or self.status in (204, 304):
            raise ValueError(
                f"status is one from 200 to 599 whose answers have a body, not {self.status}"
            )
        self._content = content(self.size)

    def unavailable(self) -> str | None:
        """Say which client, or the server's parser, is missing."""
        return needs("http", "httptools", *_HTTP_PACKAGES[self.client])

    def load(self, form: str) -> None:
        """Import the client that the form uses."""
        usual = "urllib3" if form == "blocking" else "aiohttp"
        importlib.import_module(usual if self.client == "usual" else "pyreqwest.client")

    def open(self) -> _BlockingHttpLane:
        """Make a client of the blocking form and connect it, with an OPTIONS request."""
        return _HTTP_LANES[self.client][0](_url(self.address))

    def task(self, lane: _BlockingHttpLane, index: int) -> int:
        """GET the page."""
        status, body = lane.get()
        return index + self._verified(status, body)

    def close(self, lane: _BlockingHttpLane) -> None:
        """Close the client and its connection."""
        lane.close()

    async def aopen(self) -> _CooperativeHttpLane:
        """Make a client of the cooperative form and connect it, with an OPTIONS request."""
        lane = _HTTP_LANES[self.client][1](_url(self.address))
        await lane.connect()
        return lane

    async def atask(self, lane: _CooperativeHttpLane, index: int) -> int:
        """GET the page."""
        status, body = await lane.get()
        return index + self._verified(status, body)

    async def aclose(self, lane: _CooperativeHttpLane) -> None:
        """Close the client and its connection."""
        await lane.close()

    def target(self) -> Target:
        """Give the HTTP server, which answers after `delay` seconds."""
        return Http(self.delay, self.size, self.status)

    def demand(self) -> Demand:
        """Wait for the service time; what a client computes has to be measured."""
        return Demand(wait_s=self.delay, cpu_s=None)

    def _verified(self, status: int, body: Any) -> int:
        if status != 200:
            raise RuntimeError(f"the server answered {status}")
        if body != self._content:
            raise RuntimeError("the server sent something else than it was told to")
        return len(body)


class _BlockingHttpLane(Protocol):
    """A client of `HttpGet` in the blocking form, connected when made."""

    def __init__(self, url: str) -> None: ...

    def get(self) -> tuple[int, Any]:
        """Give the status and the whole body."""

    def close(self) -> None: ...


class _CooperativeHttpLane(Protocol):
    """A client of `HttpGet` in the cooperative form."""

    def __init__(self, url: str) -> None: ...

    async def connect(self) -> None: ...

    async def get(self) -> tuple[int, Any]:
        """Give the status and the whole body."""

    async def close(self) -> None: ...


class _Urllib3Lane:
    def __init__(self, url: str) -> None:
        import urllib3

        self._pool = urllib3.connectionpool.connection_from_url(url, maxsize=1, block=True)
        self._request("OPTIONS")

    def get(self) -> tuple[int, bytes]:
        response = self._request("GET")
        return response.status, response.data

    def close(self) -> None:
        self._pool.close()

    def _request(self, method: str) -> urllib3.BaseHTTPResponse:
        return self._pool.request(method, "/", retries=False, redirect=False, decode_content=False)


class _AiohttpLane:
    _session: aiohttp.ClientSession

    def __init__(self, url: str) -> None:
        self._url = url

    async def connect(self) -> None:
        import aiohttp

        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=1),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(),
            auto_decompress=False,
            trust_env=False,
        )
        async with self._session.options(self._url) as response:
            await response.read()

    async def get(self) -> tuple[int, bytes]:
        async with self._session.get(self._url, allow_redirects=False) as response:
            return response.status, await response.read()

    async def close(self) -> None:
        await self._session.close()


class _PyreqwestLane:
    def __init__(self, url: str) -> None:
        from pyreqwest.client import SyncClientBuilder

        self._url = url
        self._client: SyncClient = _alone(SyncClientBuilder()).build()
        self._client.request("OPTIONS", url).build().send()

    def get(self) -> tuple[int, Any]:
        response = self._client.get(self._url).build().send()
        return response.status, response.bytes()

    def close(self) -> None:
        self._client.close()


class _AsyncPyreqwestLane:
    def __init__(self, url: str) -> None:
        from pyreqwest.client import ClientBuilder

        self._url = url
        self._client: Client = _alone(ClientBuilder()).build()

    async def connect(self) -> None:
        await self._client.request("OPTIONS", self._url).build().send()

    async def get(self) -> tuple[int, Any]:
        response = await self._client.get(self._url).build().send()
        return response.status, await response.bytes()

    async def close(self) -> None:
        await self._client.close()


def _alone(builder: Any) -> Any:
    """Have a pyreqwest client keep one connection and do nothing on its own."""
    builder = builder.no_proxy().follow_redirects(False).max_connections(1)
    builder = builder.gzip(False).brotli(False).zstd(False).deflate(False)
    # No TLS is spoken here. Without this every lane's client would read the certificates of the
    # system, 5 ms and 4 MB each, which users with one client for all pay once.
    return builder.danger_accept_invalid_certs(True)


_HTTP_LANES: dict[str, tuple[type[_BlockingHttpLane], type[_CooperativeHttpLane]]] = {
    "usual": (_Urllib3Lane, _AiohttpLane),
    "pyreqwest": (_PyreqwestLane, _AsyncPyreqwestLane),
}
_HTTP_PACKAGES = {"usual": ("urllib3", "aiohttp"), "pyreqwest": ("pyreqwest",)}


def _url(address: Any) -> str:
    host, port = address
    return f"http://{host}:{port}/"


def _check(**parameters: tuple[float, float]) -> None:
    for name, (value, least) in parameters.items():
        if not (isfinite(value) and value >= least):
            raise ValueError(f"{name} is at least {least}, not {value}")


def _check_choice(name: str, value: str, valid: dict[str, Any]) -> None:
    if value not in valid:
        raise ValueError(f"{name} is one of {', '.join(valid)}, not {value!r}")


def _closed() -> ConnectionError:
    return ConnectionError("the echo server closed the connection")


def _garbled() -> ConnectionError:
    return ConnectionError("the echo server sent back something else")
