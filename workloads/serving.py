"""Servers: what answers is measured, and a client process of its own sends it requests."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from asyncbench import Demand, Target, Workload
from asyncbench.targets.client import Client

from ._payloads import message
from ._serving_lanes import BlockingServed, StreamServed

if TYPE_CHECKING:
    from ._any_lanes import Served

REQUEST = b"GET /page HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: asyncbench\r\nAccept: */*\r\n\r\n"
SPLIT = 64


class Serving(Workload):
    """A lane is a connection that the client makes to it and keeps; a task answers one request.

    The client sends the next request `delay` seconds after an answer, and hangs up where one is
    wrong.
    """

    tasks = 256
    concurrency = 32

    def open(self) -> BlockingServed:
        """Listen, and take the connection that the client makes."""
        return BlockingServed(self.address)

    def close(self, lane: BlockingServed) -> None:
        """Close the connection."""
        lane.close()

    async def aopen(self) -> StreamServed:
        """Listen, and take the connection that the client makes."""
        lane = StreamServed()
        await lane.accept(self.address)
        return lane

    async def aclose(self, lane: StreamServed | Served) -> None:
        """Close the connection."""
        await lane.close()

    async def anyopen(self) -> Served:
        """Listen on whichever loop there is, and take the connection that the client makes."""
        from ._any_lanes import Served

        return await Served.accept(self.address)

    anyclose = aclose

    def demand(self) -> Demand:
        """Leave it to a measurement: what answering costs, and how soon the client asks again."""
        return Demand(wait_s=0.0, cpu_s=None)


@dataclass
class TcpServe(Serving):
    """Answer a request of `payload` bytes over TCP with the same bytes.

    The server is the cell: each lane keeps a connection that one client process, the same for all,
    has made to it. The client sends its next request `delay` seconds after an answer. The blocking
    form uses a blocking socket, the cooperative form asyncio's streams, the portable form anyio's;
    TCP_NODELAY is set at both ends.
    """

    payload: int = 1024
    delay: float = 0.0

    def __post_init__(self) -> None:
        _check(self.delay, payload=self.payload)
        self._message = message(self.payload)

    def task(self, lane: BlockingServed, index: int) -> int:
        """Read a request and send it back."""
        request = lane.exactly(self.payload)
        lane.write(request)
        return index + self._verified(request)

    async def atask(self, lane: StreamServed | Served, index: int) -> int:
        """Read a request and send it back."""
        request = await lane.exactly(self.payload)
        await lane.write(request)
        return index + self._verified(request)

    anytask = atask

    def target(self) -> Target:
        """Return the client."""
        return Client(self._message, self._message, self.delay)

    def _verified(self, request: bytes) -> int:
        if request != self._message:
            raise RuntimeError("the client sent something else than it was told to")
        return len(request)


@dataclass
class HttpServe(Serving):
    """Answer `GET /page` over a kept HTTP/1.1 connection with a page of `size` bytes.

    The server is the cell, as in `tcp-serve`. A task reads a request, takes its first line and its
    headers apart in Python, and sends head and page in one write.
    """

    size: int = 1024
    delay: float = 0.0

    def __post_init__(self) -> None:
        _check(self.delay, size=self.size)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {self.size}\r\n\r\n"
        self._answer = head.encode() + message(self.size)

    def task(self, lane: BlockingServed, index: int) -> int:
        """Read a request and answer it."""
        answer = self._answer_to(lane.headers())
        lane.write(answer)
        return index + len(answer)

    async def atask(self, lane: StreamServed | Served, index: int) -> int:
        """Read a request and answer it."""
        answer = self._answer_to(await lane.headers())
        await lane.write(answer)
        return index + len(answer)

    anytask = atask

    def target(self) -> Target:
        """Return the client."""
        return Client(REQUEST, self._answer, self.delay)

    def _answer_to(self, request: bytes) -> bytes:
        first, *lines = request.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        if first != "GET /page HTTP/1.1" or "Host" not in headers:
            raise RuntimeError(f"the client asked for something else than it was told to: {first}")
        return self._answer


@dataclass
class TwoWrites(Serving):
    """Answer a request of 64 bytes with 64 and `payload` bytes, in one write or in two.

    `writes` is 2, as of a server that writes head and body by themselves, or 1, both joined
    before: what a second write costs is the difference. Otherwise it is as `tcp-serve`.
    """

    payload: int = 1024
    writes: int = 2
    delay: float = 0.0

    def __post_init__(self) -> None:
        _check(self.delay, payload=self.payload)
        if self.writes not in (1, 2):
            raise ValueError(f"writes is 1 or 2, not {self.writes}")
        self._head, self._body = message(SPLIT), message(self.payload)
        both = self._head, self._body
        self._parts = both if self.writes == 2 else (b"".join(both),)

    def task(self, lane: BlockingServed, index: int) -> int:
        """Read a request and send the parts of the answer."""
        lane.exactly(SPLIT)
        for part in self._parts:
            lane.write(part)
        return index + SPLIT + self.payload

    async def atask(self, lane: StreamServed | Served, index: int) -> int:
        """Read a request and write the parts of the answer."""
        await lane.exactly(SPLIT)
        await lane.write(*self._parts)
        return index + SPLIT + self.payload

    anytask = atask

    def target(self) -> Target:
        """Return the client."""
        return Client(self._head, self._head + self._body, self.delay)


def _check(delay: float, **sizes: int) -> None:
    for name, size in sizes.items():
        if not 1 <= size <= 100_000_000:
            raise ValueError(f"{name} is 1 to 100000000 bytes, not {size}")
    if not (isfinite(delay) and delay >= 0):
        raise ValueError(f"delay is 0 seconds or more, not {delay}")
