"""The standard library's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from asyncbench.executors.asyncio_base import EventLoopExecutor


class AsyncioLoop(EventLoopExecutor):
    """`asyncio.Runner` with the standard library's own loop."""

    name = "asyncio"

    def loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        """Return `asyncio.new_event_loop`."""
        return asyncio.new_event_loop
