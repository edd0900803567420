"""Work that talks to a server."""

from __future__ import annotations

import importlib
import socket
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from asyncbench import Demand, Target, Workload, needs
from asyncbench.targets.echo import Echo
from asyncbench.targets.http import Http, content
from asyncbench.targets.udp_echo import UdpEcho as UdpEchoServer

from ._echo_lanes import ECHO_LANES, EchoLane, closed, garbled
from ._http_lanes import (
    HTTP_LANES,
    HTTP_PACKAGES,
    BlockingHttpLane,
    CooperativeHttpLane,
    url,
)
from ._payloads import message
from ._udp_lane import RECEIVE_LIMIT, UdpLane, lost

if TYPE_CHECKING:
    from ._any_lanes import Connection, Datagrams

Address = tuple[str, int]
# What fits into a datagram over IPv4.
LARGEST_DATAGRAM = 65_507


@dataclass
class TcpEcho(Workload):
    """Send `payload` bytes over a kept TCP connection and read exactly as many back.

    A task does `round_trips` of them, one after the other, and compares each reply with what was
    sent. TCP_NODELAY is set at both ends. The blocking form uses a blocking socket, the portable
    form a stream of anyio's; `api` says what the cooperative form uses:

    `streams`: asyncio's streams, `write` and `drain`, then `readexactly`.
    `sockets`: a non-blocking socket, `loop.sock_sendall`, then `loop.sock_recv_into`.
    `protocol`: an `asyncio.Protocol`, which sends the next message itself as soon as a reply is
    complete; a task waits for one future. asyncio's read size is cut from 256 KiB to the payload.
    """

    payload: int = 1024
    delay: float = 0.001
    round_trips: int = 1
    api: str = "streams"

    tasks = 24
    concurrency = 24

    def __post_init__(self) -> None:
        _check(payload=(self.payload, 1), delay=(self.delay, 0), round_trips=(self.round_trips, 1))
        _check_choice("api", self.api, ECHO_LANES)
        self._message = message(self.payload)

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
                raise closed()
            if reply != message:
                raise garbled()
        return index + self.payload * self.round_trips

    def close(self, lane: tuple[socket.socket, bytearray]) -> None:
        """Close the socket."""
        lane[0].close()

    async def aopen(self) -> EchoLane:
        """Connect by way of the chosen API."""
        lane = ECHO_LANES[self.api](self._message)
        await lane.connect(tuple(self.address))
        return lane

    async def atask(self, lane: EchoLane, index: int) -> int:
        """Do the round trips by way of the chosen API."""
        return index + await lane.exchange(self.round_trips)

    async def aclose(self, lane: EchoLane) -> None:
        """Close the connection and wait until it is closed."""
        await lane.close()

    async def anyopen(self) -> Connection:
        """Connect on whichever loop there is."""
        from ._any_lanes import Connection

        return await Connection.open(tuple(self.address), self._message)

    anytask, anyclose = atask, aclose

    def target(self) -> Target:
        """Return the echo server, which answers after `delay` seconds."""
        return Echo(self.delay)

    def demand(self) -> Demand:
        """Each round trip waits for the service time; its CPU time is the executor's to save."""
        return Demand(wait_s=self.delay * self.round_trips, cpu_s=0.0)


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

    tasks = 32
    concurrency = 32

    def __post_init__(self) -> None:
        _check(size=(self.size, 0), delay=(self.delay, 0))
        _check_choice("client", self.client, HTTP_LANES)
        if not 200 <= self.status < 600 or self.status in (204, 304):
            raise ValueError(
                f"status is one from 200 to 599 whose answers have a body, not {self.status}"
            )
        self._content = content(self.size)

    def unavailable(self) -> str | None:
        """Return which client, or the server's parser, is missing."""
        return needs("http", "httptools", *HTTP_PACKAGES[self.client])

    def lacks(self, form: str) -> str | None:
        """Return that no client is written on anyio, which trio needs."""
        if form == "portable":
            return "no client of http-get runs on trio; run it under asyncio or uvloop"
        return None

    def load(self, form: str) -> None:
        """Import the client that the form uses."""
        usual = "urllib3" if form == "blocking" else "aiohttp"
        importlib.import_module(usual if self.client == "usual" else "pyreqwest.client")

    def open(self) -> BlockingHttpLane:
        """Make a client of the blocking form and connect it, with an OPTIONS request."""
        return HTTP_LANES[self.client][0](url(self.address))

    def task(self, lane: BlockingHttpLane, index: int) -> int:
        """GET the page."""
        status, body = lane.get()
        return index + self._verified(status, body)

    def close(self, lane: BlockingHttpLane) -> None:
        """Close the client and its connection."""
        lane.close()

    async def aopen(self) -> CooperativeHttpLane:
        """Make a client of the cooperative form and connect it, with an OPTIONS request."""
        lane = HTTP_LANES[self.client][1](url(self.address))
        await lane.connect()
        return lane

    async def atask(self, lane: CooperativeHttpLane, index: int) -> int:
        """GET the page."""
        status, body = await lane.get()
        return index + self._verified(status, body)

    async def aclose(self, lane: CooperativeHttpLane) -> None:
        """Close the client and its connection."""
        await lane.close()

    def target(self) -> Target:
        """Return the HTTP server, which answers after `delay` seconds."""
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


@dataclass
class UdpEcho(Workload):
    """Send a datagram of `payload` bytes and wait until the same is back, `round_trips` times.

    A lane is a connected UDP socket of its own. The blocking form uses a blocking socket, the
    cooperative form a datagram endpoint of the loop, the portable form a socket of anyio's. A
    datagram that is lost is an error and is not sent again.
    """

    payload: int = 1024
    delay: float = 0.002
    round_trips: int = 1

    tasks = 32
    concurrency = 32

    def __post_init__(self) -> None:
        _check(payload=(self.payload, 1), delay=(self.delay, 0), round_trips=(self.round_trips, 1))
        if self.payload > LARGEST_DATAGRAM:
            raise ValueError(f"payload is {LARGEST_DATAGRAM} at the most, not {self.payload}")
        self._message = message(self.payload)

    def open(self) -> tuple[socket.socket, bytearray]:
        """Connect a blocking socket and make room for an answer and one byte more."""
        connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        connection.connect(tuple(self.address))
        # Not `settimeout`, which would poll before each call.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, RECEIVE_LIMIT)
        return connection, bytearray(self.payload + 1)

    def task(self, lane: tuple[socket.socket, bytearray], index: int) -> int:
        """Send with `send`, read with `recv_into`."""
        connection, reply = lane
        message = self._message
        for _ in range(self.round_trips):
            connection.send(message)
            try:
                got = connection.recv_into(reply)
            except BlockingIOError:
                raise lost() from None
            if got != len(message) or not reply.startswith(message):
                raise garbled()
        return index + self.payload * self.round_trips

    def close(self, lane: tuple[socket.socket, bytearray]) -> None:
        """Close the socket."""
        lane[0].close()

    async def aopen(self) -> UdpLane:
        """Make a datagram endpoint."""
        lane = UdpLane(self._message)
        await lane.connect(tuple(self.address))
        return lane

    async def atask(self, lane: UdpLane, index: int) -> int:
        """Do the round trips over the endpoint."""
        return index + await lane.exchange(self.round_trips)

    async def aclose(self, lane: UdpLane) -> None:
        """Close the endpoint."""
        lane.close()

    async def anyopen(self) -> Datagrams:
        """Connect a socket on whichever loop there is."""
        from ._any_lanes import Datagrams

        return await Datagrams.open(tuple(self.address), self._message)

    anytask = atask

    async def anyclose(self, lane: Datagrams) -> None:
        """Close the socket."""
        await lane.close()

    def target(self) -> Target:
        """Return the echo server, which answers after `delay` seconds."""
        return UdpEchoServer(self.delay)

    def demand(self) -> Demand:
        """Each round trip waits for the service time; its CPU time is the executor's to save."""
        return Demand(wait_s=self.delay * self.round_trips, cpu_s=0.0)


def _check(**parameters: tuple[float, float]) -> None:
    for name, (value, least) in parameters.items():
        if not (isfinite(value) and value >= least):
            raise ValueError(f"{name} is at least {least}, not {value}")


def _check_choice(name: str, value: str, valid: dict[str, Any]) -> None:
    if value not in valid:
        raise ValueError(f"{name} is one of {', '.join(valid)}, not {value!r}")
