"""A lane of the workload `udp-echo` on an event loop: a datagram endpoint with one in flight."""

from __future__ import annotations

import asyncio
import struct
import sys
from typing import Any, cast

from ._echo_lanes import garbled

# A datagram that has no answer after so long is lost: on loopback they are back in microseconds,
# and servers whose buffer is full drop them.
LOST_S = 5.0
# The same as a socket's option SO_RCVTIMEO takes it: seconds and microseconds, or milliseconds.
RECEIVE_LIMIT = (
    int(LOST_S * 1000) if sys.platform == "win32" else struct.pack("@ll", int(LOST_S), 0)
)


def lost() -> RuntimeError:
    """Return the error of a datagram that did not come back."""
    return RuntimeError(
        f"no answer within {LOST_S:.0f} s: a datagram was lost, as they are where more are in "
        "flight than a socket's buffer holds; take a smaller payload or fewer at once (-c)"
    )


class UdpLane(asyncio.DatagramProtocol):
    """Sends a message and waits for the same to come back, one at a time."""

    def __init__(self, message: bytes) -> None:
        self._message = message
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[bytes] | None = None

    async def connect(self, address: tuple[str, int]) -> None:
        """Make the endpoint."""
        await self._loop.create_datagram_endpoint(lambda: self, remote_addr=address)
        self._watch(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: Any) -> None:
        """Give the answer to who waits for it."""
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(data)

    def error_received(self, error: Exception) -> None:
        """Give the error to who waits for an answer."""
        if self._waiter and not self._waiter.done():
            self._waiter.set_exception(error)

    async def exchange(self, times: int) -> int:
        """Send and wait, so many times; return how many bytes came back."""
        message, send, future = self._message, self._transport.sendto, self._loop.create_future
        for _ in range(times):
            self._waiter = waiter = future()
            send(message)
            if await waiter != message:
                raise garbled()
        return len(message) * times

    def close(self) -> None:
        """Close the endpoint."""
        self._watched.cancel()
        self._transport.close()

    def _watch(self, before: asyncio.Future[bytes] | None) -> None:
        """Look from time to time, since a timer for each datagram would be a part of its time."""
        waiter = self._waiter
        if waiter and waiter is before and not waiter.done():
            waiter.set_exception(lost())
        self._watched = self._loop.call_later(LOST_S, self._watch, waiter)
