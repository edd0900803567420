"""A TCP server that sends back what it is sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from asyncbench.targets.protocol_server import ProtocolServer, ServedConnection


@dataclass
class Echo(ProtocolServer):
    """Echo over TCP on loopback with `delay` seconds of service time, TCP_NODELAY set."""

    delay: float = 0.0
    name = "echo"

    def connection(self, loop: asyncio.AbstractEventLoop) -> ServedConnection:
        """Make a connection that sends back each read of it, `delay` seconds later."""
        return EchoConnection(loop, self.delay)


class EchoConnection(ServedConnection):
    """Sends back what it reads, as it was read."""

    def data_received(self, data: bytes) -> None:
        """Send it back, now or later."""
        self.answer(data)
