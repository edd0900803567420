"""A UDP server that sends each datagram back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from asyncbench.core.target import Target
from asyncbench.targets.protocol_server import loop_factory, served_by, timer_for


@dataclass
class UdpEcho(Target):
    """Echo over UDP on loopback with `delay` seconds of service time."""

    delay: float = 0.0
    name = "udp-echo"

    _stop: Callable[[], object] | None = None

    def serve(self, ready: Callable[[Any], None]) -> None:
        """Serve on a free port; the address is a (host, port) pair."""
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(self._serve(ready))

    def stop(self) -> None:
        """Close the socket and let `serve` return."""
        if self._stop:
            self._stop()

    def describe(self) -> dict[str, str]:
        """State which loop serves."""
        return {"server": served_by()}

    async def _serve(self, ready: Callable[[Any], None]) -> None:
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        self._stop = partial(loop.call_soon_threadsafe, stopped.set)
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Answers(loop, self.delay), ("127.0.0.1", 0)
        )
        ready(transport.get_extra_info("sockname")[:2])
        await stopped.wait()
        transport.abort()


class _Answers(asyncio.DatagramProtocol):
    def __init__(self, loop: asyncio.AbstractEventLoop, delay: float) -> None:
        self._loop = loop
        self._wait = timer_for(delay)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: Any) -> None:
        if self._wait:
            self._loop.call_later(self._wait, self._transport.sendto, data, address)
        else:
            self._transport.sendto(data, address)
