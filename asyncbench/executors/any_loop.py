"""Any event loop for asyncio, by the factory that makes it: `loop:MODULE:FACTORY`."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from typing import ClassVar

from asyncbench.errors import UsageError
from asyncbench.executors import _loop_trials, _references
from asyncbench.executors.asyncio_base import EventLoopExecutor

# What a loop lets go without closing it, by its module: rloop a pair of sockets a run. Their end is
# the collector's, which is no leak, and a warning that only the loop's author can mend.
LEFT_OPEN = {"rloop": r"rloop\.loop"}
# Loops that fail where two threads of a process run one each, by their modules: of rloop 0.5 some
# then say of a loop that has ended that it is running.
ONE_THREAD = {"rloop"}
# What any loop has that `asyncio.Runner` and tasks can run on.
LEAST = ("run_until_complete", "create_task", "create_future", "call_soon", "call_later", "close")
# Loops that have a short name, by their factories. Each is installed under its module's name.
KNOWN = {
    f"{name}:new_event_loop": name
    for name in ("rloop", "zuvloop", "veloxloop", "rsloop", "winloop")
}


class AnyLoop(EventLoopExecutor):
    """`asyncio.Runner` with the loop that a factory makes."""

    place: ClassVar[str]

    def unavailable(self) -> str | None:
        """Return why there is no such factory here, or None."""
        return _references.lacking("loop", self.place, KNOWN.get(self.place, ""))

    def load(self) -> None:
        """Import the factory's module."""
        _references.factory("loop", self.place)

    def loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        """Return the factory, which is asked for a loop and nothing else."""
        made = _references.factory("loop", self.place)
        left_open = LEFT_OPEN.get(self.place.partition(":")[0])
        if left_open:
            warnings.filterwarnings("ignore", category=ResourceWarning, module=left_open)

        def checked() -> asyncio.AbstractEventLoop:
            loop: asyncio.AbstractEventLoop = _references.called(f"loop:{self.place}", made)
            # By what it can do: rsloop's, which works, is no subclass of asyncio's.
            if not all(callable(getattr(loop, each, None)) for each in LEAST):
                raise UsageError(
                    f"loop:{self.place} gives a {type(loop).__name__} and no event loop of asyncio"
                )
            _loop_trials.try_threads(loop, self.name)
            return loop

        return checked

    def cannot(self, error: BaseException) -> str | None:
        """Return which of its methods the loop lacks, or has in another form, or None."""
        return _loop_trials.lacking(error, self.name, self.loop_factory())

    def describe(self, tasks: int) -> dict[str, str]:
        """State the version of the package that brings the loop."""
        return _references.version(self.place)


def adapted(place: str) -> type[AnyLoop]:
    """Return the executor of the loop that a factory makes."""
    name = KNOWN.get(place)
    return type(
        "AnyLoop",
        (AnyLoop,),
        {
            "name": name or f"loop:{place}",
            "place": place,
            "__doc__": f"`asyncio.Runner` with a loop of `{place.replace(':', '.')}`.",
        },
    )
