"""Instruments trio: each step of each task is an event, as on a loop of asyncio.

trio calls these methods itself, so nothing is replaced.
"""

from __future__ import annotations

import os
import threading
from time import perf_counter_ns
from typing import Any

from asyncbench.record.events import StepWriter
from asyncbench.worker.instrument.loop import AsyncioInstrument
from asyncbench.worker.instrument.sink import EventSink
from asyncbench.worker.instrument.source import is_ours


class TrioInstrument:
    """A `trio.abc.Instrument` by its methods; attributes are those of `AsyncioInstrument`."""

    def __init__(self, sink: EventSink) -> None:
        import trio

        self.loop: Any = trio.lowlevel.current_trio_token()
        self._trio = os.path.dirname(trio.__file__) + os.sep  # noqa: PTH120
        self.sink = sink
        self.thread = threading.get_ident()
        self.running = self.since = self._last = 0
        self.dues: dict[int, int] = {}  # trio's deadlines are no tasks' own
        self._numbers: dict[Any, tuple[int, StepWriter]] = {}
        self._ready: dict[Any, int] = {}

    def attach(self) -> None:
        """Have trio call this from now on."""
        import trio

        trio.lowlevel.add_instrument(self)  # type: ignore[arg-type]

    def close(self) -> None:
        """Have nothing left behind; trio drops its instruments at its end."""

    def new_number(self) -> int:
        """Return the number of a task that is noted from now on."""
        self._last = number = self._last + 1
        return number

    def task_spawned(self, task: Any) -> None:
        """Note a new task, unless it is one of trio's or of the executor's own."""
        code = getattr(task.coro, "cr_code", None)
        if code is None or task.parent_nursery is None or code.co_filename.startswith(self._trio):
            return
        number = self.new_number()
        text = self.sink.number(
            code, name=code.co_qualname, file=code.co_filename, line=code.co_firstlineno
        )
        parent, now = self.running, perf_counter_ns()
        self.sink.task(number, now, parent, text, own=is_ours(code.co_filename))
        self._numbers[task] = number, self.sink.steps_of(number)
        self._ready[task] = now

    def task_scheduled(self, task: Any) -> None:
        """Note when a task can go on."""
        if task in self._numbers:
            self._ready[task] = perf_counter_ns()

    def before_task_step(self, task: Any) -> None:
        """Note that a task takes control."""
        known = self._numbers.get(task)
        if known:
            self.since = perf_counter_ns()
            self.running = known[0]

    def after_task_step(self, task: Any) -> None:
        """Note that a task gives control back."""
        known = self._numbers.get(task)
        if known:
            self.running = 0
            known[1](self._ready[task], self.since, perf_counter_ns(), 0)

    def task_exited(self, task: Any) -> None:
        """Note a task's last step, which it is still in."""
        known = self._numbers.pop(task, None)
        if known:
            self.running = 0
            self.sink.last_step(known[0], self._ready.pop(task), self.since, perf_counter_ns())


Instrument = AsyncioInstrument | TrioInstrument
