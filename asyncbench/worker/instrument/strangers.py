"""Notes tasks that began while nothing was noted, once they await the same for long.

One of them may be where a program hangs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from asyncbench.record.events import EventLog
from asyncbench.worker.instrument import places
from asyncbench.worker.instrument.loop import AsyncioInstrument

# Takes a coroutine, and returns the number of where it awaits.
AwaitsText = Callable[[Any], int]


class Strangers:
    """The tasks of one loop that its instrument does not know."""

    def __init__(self, instrument: AsyncioInstrument, sink: EventLog, text: AwaitsText) -> None:
        self._instrument = instrument
        self._sink = sink
        self._text = text
        # By task: what it awaits, its number once that took long, else 0, and the text of that.
        self._seen: dict[Any, tuple[int, int, int]] = {}

    def look(self, since: int, now: int, why: int) -> None:
        """Note who has awaited the same since the last look, which was at `since`."""
        before, self._seen = self._seen, {}
        for task in asyncio.all_tasks(self._instrument.loop):  # those that are not done
            if task in self._instrument.ready:
                continue
            waiter = id(getattr(task, "_fut_waiter", None))
            known, number, text = before.pop(task, (0, 0, 0))
            if known == waiter and not text:
                number, text = number or self._note(task, since), self._text(task.get_coro())
                self._sink.awaits(number, now, text, why)
            self._seen[task] = waiter, number, text if known == waiter else 0
        for _, number, _ in before.values():
            if number:
                self._sink.last_step(number, now, now, now)

    def end(self, now: int, thrown: int, ended: int) -> None:
        """Note who awaits still as its process ends, and who was cancelled for that."""
        for task, (_, number, text) in self._seen.items():
            if text and not task.done():
                self._sink.awaits(number, now, text, ended)
            elif text and task.cancelled():
                self._sink.awaits(number, now, text, thrown)
            elif number:
                self._sink.last_step(number, now, now, now)

    def _note(self, task: Any, since: int) -> int:
        """Note a task as one that has awaited from a moment on; return its number."""
        number = self._instrument.new_number()
        text = places.created_text(task.get_coro(), self._sink)
        self._sink.task(number, since, 0, text, own=False)
        self._sink.steps_of(number)(since, since, since, 0)
        return number
