"""Traces a coroutine in this very process, on the loop that runs: for a notebook's cell."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from time import perf_counter_ns
from typing import Any

from asyncbench.analysis.trace.summary import TracedWork, summarise
from asyncbench.core.executor import Family, Scheduler
from asyncbench.core.system import usable_cpus
from asyncbench.errors import UnsuitedError, UsageError
from asyncbench.python.traces import Traces
from asyncbench.record.events import EventLog
from asyncbench.record.plan import Cell, Work
from asyncbench.record.trace import IN_PROCESS, Trace
from asyncbench.targets.folder import Folder
from asyncbench.worker.instrument import watchdog
from asyncbench.worker.instrument.loop import AsyncioInstrument


async def traced(coro: Coroutine[Any, Any, Any], threshold_ns: int) -> Traces:
    """Run a coroutine to its end and return what it and all that it starts did on this loop.

    What else runs on the loop is not shown. What the coroutine raises is raised.
    """
    loop = asyncio.get_running_loop()
    name = getattr(coro, "__name__", type(coro).__name__)
    with Folder() as folder:
        sink = EventLog(str(folder))
        instrument = _Own(loop, sink, coro)
        try:
            instrument.attach()
        except UnsuitedError as error:
            coro.close()
            raise UsageError(str(error)) from error
        began = perf_counter_ns()
        try:
            with watchdog.watching(instrument, threshold_ns):
                sink.batch(began)
                await loop.create_task(coro)
        finally:
            instrument.detach()
            ended = perf_counter_ns()
            sink.batch(began, ended)
        kind = type(loop).__module__.partition(".")[0]
        trace = Trace(
            Work(name, "", {}, 0, 1, demand_known=True, cpu_s=0.0),
            Cell(0, 0, kind, "", Family.COOPERATIVE, "cooperative", scheduler=Scheduler.ASYNCIO),
            folder,
            threshold_ns,
            pid=os.getpid(),
            began_ns=began,
            ended_ns=ended,
            program=True,
            facts={IN_PROCESS: True},
        )
        return Traces([TracedWork([trace], summarise([trace], usable_cpus()))])


class _Own(AsyncioInstrument):
    """Notes one coroutine on a loop that others use, too, and the tasks that come of it."""

    __slots__ = ("_root",)

    def __init__(
        self, loop: asyncio.AbstractEventLoop, sink: EventLog, root: Coroutine[Any, Any, Any]
    ) -> None:
        super().__init__(loop, sink)
        self._root = root

    def is_passed_over(self, coro: Any) -> bool:
        """Return whether a coroutine is neither the one that is traced nor started by it."""
        return super().is_passed_over(coro) or (self.running == 0 and coro is not self._root)
