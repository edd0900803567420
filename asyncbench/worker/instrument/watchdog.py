"""Sees from another thread what holds an event loop, and where in the code that is."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter_ns
from types import FrameType
from typing import Any, Generic, TypeVar

from asyncbench.worker.instrument import stacks
from asyncbench.worker.instrument.followed import Followed
from asyncbench.worker.instrument.loop import AsyncioInstrument
from asyncbench.worker.instrument.trio_loop import Instrument

Seen = TypeVar("Seen", bound=Instrument)
# It looks twice within the time that counts as holding, and when the step that is under way then
# has held for so long; so many times, while it follows something. No more often than each so often.
IDLE_LOOKS, LOOKS = 2, 4
LEAST_PAUSE_NS = 1_000_000
# The clock that wakes it may be as much ahead of the one that steps are timed with.
AFTER_NS = 100_000
# The timers of so many tasks are noted when a step holds the loop.
MOST_DUES = 1000


@contextmanager
def watching(instrument: Instrument, threshold_ns: int) -> Iterator[None]:
    """Note each step that holds a loop for longer than a threshold, with the stack it is in.

    While C code holds the GIL no other thread can look, so only the step's length is known.
    """
    ended = threading.Event()
    thread = threading.Thread(
        target=_poll, args=(instrument, threshold_ns, ended), name="watchdog", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _poll(instrument: Instrument, threshold_ns: int, ended: threading.Event) -> None:
    watcher = Watcher(instrument, threshold_ns)
    while not ended.wait(pause_s([watcher], threshold_ns)):
        watcher.look(sys._current_frames())
    watcher.end()


def pause_s(watchers: Sequence[Watcher[Any]], threshold_ns: int) -> float:
    """Return the seconds until somebody has to look again."""
    pauses = (watcher.pause_ns for watcher in watchers)
    return max(LEAST_PAUSE_NS, min(pauses, default=threshold_ns // IDLE_LOOKS)) / 1e9


def pause(seconds: float) -> int:
    """Wait, by the cheapest way there is: a lock that nobody releases; return how late it was."""
    due = perf_counter_ns() + int(seconds * 1e9)
    _HELD.acquire(timeout=seconds)
    return max(0, perf_counter_ns() - due)


_HELD = threading.Lock()
_HELD.acquire()


class Watcher(Generic[Seen]):
    """Looks at one loop, whenever it is asked to."""

    def __init__(self, instrument: Seen, threshold_ns: int) -> None:
        self.instrument = instrument
        self._threshold = threshold_ns
        # What trio calls between steps is its own.
        self._callback = (
            Followed(instrument, threshold_ns)
            if isinstance(instrument, AsyncioInstrument)
            else None
        )
        self._noted = 0
        #: In how many nanoseconds to look again.
        self.pause_ns = threshold_ns // IDLE_LOOKS
        # Where the loop was at the last look, and the text of that, -1 where nobody asked for it.
        self._place: tuple[int, int, int, int] | None = None
        self._text = -1

    def look(self, frames: Mapping[int, FrameType], late: int = 0) -> None:
        """Note who holds the loop too long already; `frames` are the innermost, by thread.

        Somebody wanted to look so many nanoseconds ago.
        """
        instrument, sink = self.instrument, self.instrument.sink
        number, since, now = instrument.running, instrument.since, perf_counter_ns()
        frame = frames.get(instrument.thread)
        self.pause_ns = self._threshold // IDLE_LOOKS
        # It may have handed over in between: then the frames are another step's.
        if frame is None or (instrument.running, instrument.since) != (number, since):
            return
        place = number, since, id(frame), frame.f_lasti
        if place != self._place:
            self._place, self._text = place, -1
        if self._callback:
            self._callback.seen(None if number else frame, now, late)
        self._plan(now - since if number else 0)
        if number and now - since >= self._threshold:
            if self._text < 0:
                self._text = stacks.text_of(frame, sink)
            if self._text:
                sink.hold(number, since, now, self._text)
            if self._noted != since:
                self._noted = since
                # A task whose timer comes due meanwhile is ready, even if the step never ends.
                for task, due in list(instrument.dues.items())[:MOST_DUES]:
                    sink.timer_due(task, due)

    def _plan(self, held: int) -> None:
        """Set when to look again; the step that is under way has held the loop for so long."""
        if held >= self._threshold or (self._callback and self._callback.is_long):
            self.pause_ns = self._threshold // LOOKS
        elif held:
            self.pause_ns = min(self.pause_ns, self._threshold - held + AFTER_NS)

    def end(self) -> None:
        """Note what is followed still."""
        if self._callback:
            self._callback.seen(None, perf_counter_ns())
