"""Sees from another thread what holds an event loop, and where in the code that is."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter_ns
from types import FrameType
from typing import Any, Generic, TypeVar

from asyncbench.worker.instrument import loop, source
from asyncbench.worker.instrument.loop import AsyncioInstrument
from asyncbench.worker.instrument.sink import EventSink
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
# The innermost frames of a stack that are kept.
MOST_FRAMES = 12
# Below this frame asyncio's loop calls all it calls; a loop in C code has no frame of its own.
RUN_FOREVER = asyncio.BaseEventLoop.run_forever.__code__
# The file in which trio calls all it calls.
TRIO_RUN = os.path.join("trio", "_core", "_run.py")  # noqa: PTH118 - a part of a name


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


class Watcher(Generic[Seen]):
    """Looks at one loop, whenever it is asked to."""

    def __init__(self, instrument: Seen, threshold_ns: int) -> None:
        self.instrument = instrument
        self._threshold = threshold_ns
        # What trio calls between steps is its own.
        self._callback = (
            _Callback(instrument, threshold_ns)
            if isinstance(instrument, AsyncioInstrument)
            else None
        )
        self._noted = 0
        #: In how many nanoseconds to look again.
        self.pause_ns = threshold_ns // IDLE_LOOKS
        # Where the loop was at the last look, and the text of that, -1 where nobody asked for it.
        self._place: tuple[int, int, int, int] | None = None
        self._text = -1

    def look(self, frames: Mapping[int, FrameType]) -> None:
        """Note who holds the loop too long already; `frames` are the innermost, by thread."""
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
                self._callback.seen(None if number else frame, now)
        elif self._callback and not number:
            self._callback.seen_again(now)  # where it was: an idle loop mostly, which costs nothing
        self._plan(now - since if number else 0)
        if number and now - since >= self._threshold:
            if self._text < 0:
                self._text = _stack(frame, sink)
            if self._text:
                sink.hold(number, since, now, self._text)
            if self._noted != since:
                self._noted = since
                # A task whose timer comes due meanwhile is ready, even if the step never ends.
                for task, due in list(instrument.dues.items())[:MOST_DUES]:
                    sink.timer_due(task, due)

    def _plan(self, held: int) -> None:
        """Set when to look again; the step that is under way has held the loop for so long."""
        if held >= self._threshold or (self._callback and self._callback.follows):
            self.pause_ns = self._threshold // LOOKS
        elif held:
            self.pause_ns = min(self.pause_ns, self._threshold - held + AFTER_NS)

    def end(self) -> None:
        """Note what is followed still."""
        if self._callback:
            self._callback.seen(None, perf_counter_ns())


class _Callback:
    """Follows code that a loop calls outside of steps, by a transport or a reader, poll by poll."""

    def __init__(self, instrument: AsyncioInstrument, threshold_ns: int) -> None:
        self._instrument = instrument
        self._sink = instrument.sink
        self._threshold = threshold_ns
        self._frame: FrameType | None = None
        self._began = self._last = 0
        self._texts: list[tuple[int, int]] = []

    @property
    def follows(self) -> bool:
        """Whether there is something that a loop has called."""
        return self._frame is not None

    def seen(self, frame: FrameType | None, now: int) -> None:
        """Take in the innermost frame of the loop's thread, None where a step is under way."""
        called = _called(frame, self._instrument)
        if called is not self._frame:
            self._close()
            self._frame, self._began = called, now
        if called is not None and frame is not None:
            self._last = now
            self._texts.append((now, _stack(frame, self._sink)))

    def seen_again(self, now: int) -> None:
        """Take in that the loop's thread is where it was."""
        if self._frame is not None:
            self._last = now
            self._texts.append((now, self._texts[-1][1]))

    def _close(self) -> None:
        """Note what was followed as the one step of a task of its own, if it took long."""
        if self._frame is not None and self._last - self._began >= self._threshold / 2:
            sink, number = self._sink, self._instrument.new_number()
            code = self._frame.f_code
            text = sink.number(
                (code, code.co_firstlineno),
                name=code.co_qualname, file=code.co_filename, line=code.co_firstlineno,
            )  # fmt: skip
            sink.callback(number, self._began, text)
            for seen, stack in self._texts:
                sink.hold(number, self._began, seen, stack)
            sink.last_step(number, self._began, self._began, self._last)
        self._frame, self._texts = None, []


def _called(frame: FrameType | None, instrument: AsyncioInstrument) -> FrameType | None:
    """Return the outermost frame of a user's that a loop has called, None where it waits.

    A program goes on when its loop has ended, an executor does nothing else.
    """
    found, below, of_program = None, instrument.below, instrument.main is not None
    while frame is not None and not source.is_ours(frame.f_code.co_filename):
        if frame is below:
            break
        if not source.is_inner_code(frame.f_code):
            found = frame
        if frame.f_code is RUN_FOREVER:
            break
        frame = frame.f_back
    if frame is None or (of_program and frame is not below and frame.f_code is not RUN_FOREVER):
        return None
    return found


def _stack(frame: FrameType, sink: EventSink) -> int:
    """Return the number of a step's stack: the user's part of it, told by its innermost line.

    0 where it has just ended, and its loop runs our own code.
    """
    below = list(
        itertools.takewhile(
            lambda each: (
                each[0].f_code is not loop.RUN_STEPS
                and not each[0].f_code.co_filename.endswith(TRIO_RUN)
            ),
            traceback.walk_stack(frame),
        )
    )
    if not below:
        return 0
    users = [each for each in below if not source.is_inner(each[0].f_code.co_filename)]
    summary = traceback.StackSummary.extract(users or below[:1])
    code, innermost = (users or below)[0][0].f_code, summary[0]
    return sink.number(
        tuple((each.filename, each.lineno) for each in summary),
        name=code.co_qualname,
        file=innermost.filename,
        line=innermost.lineno or 0,
        code=innermost.line or "",
        stack=[
            f"{each.filename}:{each.lineno} in {each.name}: {each.line}".rstrip(": ")
            for each in reversed(summary[:MOST_FRAMES])
        ],
    )
