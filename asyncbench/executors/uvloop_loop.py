"""uvloop: an event loop for asyncio over libuv."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from asyncbench.core.system import has
from asyncbench.executors.asyncio_base import EventLoopExecutor


class UvloopLoop(EventLoopExecutor):
    """`asyncio.Runner` with uvloop's loop."""

    name = "uvloop"

    def unavailable(self) -> str | None:
        """Return why uvloop cannot be used here, or None."""
        if has("uvloop"):
            return None
        if sys.platform == "win32":
            return "uvloop does not run on Windows; use asyncio there"
        return "uvloop is not installed; install it with: pip install uvloop"

    def load(self) -> None:
        """Import uvloop, which must not count as start-up: the others' modules do not."""
        import uvloop  # noqa: F401

    def loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        """Return `uvloop.new_event_loop`."""
        import uvloop

        factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
        return factory

    def describe(self, tasks: int) -> dict[str, str]:
        """State uvloop's version."""
        # importlib.metadata would know it, too, and takes six times as long as uvloop to import.
        from uvloop._version import __version__

        return {"uvloop": __version__}

    def is_own(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Return whether a loop is uvloop's."""
        return type(loop).__module__.partition(".")[0] == "uvloop"
