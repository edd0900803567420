"""The standard library's event loop."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from asyncbench.executors.asyncio_base import EventLoopExecutor

# The loop itself and not `new_event_loop`, which asks the policy: a module that installs uvloop
# would have `asyncio` run on that. Taken when this is imported, before any code of a user's.
LOOP: Callable[[], asyncio.AbstractEventLoop]
if sys.platform == "win32":
    LOOP = asyncio.ProactorEventLoop
else:
    LOOP = asyncio.SelectorEventLoop


class AsyncioLoop(EventLoopExecutor):
    """`asyncio.Runner` with the standard library's own loop."""

    name = "asyncio"

    def loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        """Return the class of the loop."""
        return LOOP

    def is_own(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Return whether a loop is the standard library's."""
        return type(loop) is LOOP
