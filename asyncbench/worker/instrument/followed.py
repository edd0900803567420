"""Follows what a loop calls outside of the steps that are noted, look by look.

That is code which a transport or a reader calls, and all tasks while an instrument rests.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
import weakref
from types import FrameType
from typing import Any

from asyncbench.core.system import run_delay_file, run_delay_of
from asyncbench.worker.instrument import callbacks, loop, source, stacks, unnoted
from asyncbench.worker.instrument.loop import AsyncioInstrument

# Below this frame asyncio's loop calls all it calls; a loop in C code has no frame of its own.
RUN_FOREVER = asyncio.BaseEventLoop.run_forever.__code__
# And each of those below one of these.
_HANDLE: Any = asyncio.Handle._run.__code__
# Ours, between a loop and what it calls.
_BETWEEN = (loop.__file__, callbacks.__file__, unnoted.__file__)


class Followed:
    """What the loop of an instrument is seen to be in the middle of.

    It is one call for as long as it is in the same turn of the loop and its outermost frame is the
    same. Nobody tells when it began and ended: that is taken to be halfway between two looks.
    """

    def __init__(self, instrument: AsyncioInstrument, threshold_ns: int) -> None:
        self._instrument = instrument
        self._sink = instrument.sink
        self._threshold = threshold_ns
        self._called: FrameType | None = None
        self._turn: object = None
        self._turns = 0
        self._came = [True]
        self._began = self._last = self._looked = 0
        self._clocks: tuple[int, int] | None = None
        self._delay: int | None = None  # of the thread that looks, which is always the same
        self._texts: list[tuple[int, int]] = []
        self._place: tuple[int, int] = (0, 0)

    @property
    def is_long(self) -> bool:
        """Whether there is something that has been seen more than once."""
        return bool(self._texts)

    def seen(self, frame: FrameType | None, now: int, late: int = 0) -> None:
        """Take in the innermost frame of the loop's thread, None where a step is under way.

        The look was to be so many nanoseconds earlier.
        """
        called, turn = self._called_below(frame)
        if called is None or called is not self._called or turn != self._turn:
            self._close(now)
            self._called, self._turn = called, turn
            self._began = now - self._half(now - self._looked)
            if called is not None and self._kept_the_gil(late):
                # By the one call that the innermost frame has just come back from.
                self._began = now - late
                self._see(frame, now)
        elif frame is not None:
            self._see(frame, now)
        self._looked = now
        # Steps that are noted have times of their own.
        self._clocks = self._read() if frame is not None and self._instrument.rests else None

    def _see(self, frame: FrameType | None, now: int) -> None:
        """Note where it is that is followed."""
        if frame is not None:
            # Of most it is enough to know that they were over at the next look.
            place = id(frame), frame.f_lasti
            if not self._texts or place != self._place:
                text, self._place = stacks.text_of(frame, self._sink), place
            else:
                text = self._texts[-1][1]
            self._texts.append((now, text))
            self._last = now

    def _kept_the_gil(self, late: int) -> bool:
        """Return whether a call of C code let nobody look for so long, while it computed.

        A look that comes late because others have the CPU tells nothing.
        """
        if late < self._threshold or self._clocks is None:
            return False
        used, delayed = (new - old for new, old in zip(self._read(), self._clocks, strict=True))
        return used >= late / 2 and late - delayed >= self._threshold

    def _read(self) -> tuple[int, int]:
        """Return the CPU time of the loop's thread, and how long this one has waited for a CPU."""
        if self._delay is None:
            self._delay = run_delay_file()
            if self._delay is None:  # no Linux: then nobody can tell
                return 0, 0
            # As the interpreter ends somebody may be looking still.
            weakref.finalize(self, os.close, self._delay).atexit = False
        clock = time.pthread_getcpuclockid(self._instrument.thread)
        return time.clock_gettime_ns(clock), run_delay_of(self._delay)

    def _close(self, now: int) -> None:
        """Note what was followed as the one step of a task of its own, if it took long."""
        ended = self._last + self._half(now - self._last)
        if self._called is not None and self._texts and ended - self._began >= self._threshold / 2:
            sink, number = self._sink, self._instrument.new_number()
            code = self._called.f_code
            text = sink.number(
                (code, code.co_firstlineno),
                name=code.co_qualname, file=code.co_filename, line=code.co_firstlineno,
            )  # fmt: skip
            sink.callback(number, self._began, text)
            for seen, stack in self._texts:
                sink.hold(number, self._began, seen, stack)
            sink.last_step(number, self._began, self._began, ended)
        self._called, self._turn, self._texts = None, None, []

    def _half(self, pause: int) -> int:
        """Return half of the time between two looks, of which none is to be long."""
        return min(pause, self._threshold // 2) // 2

    def _called_below(self, frame: FrameType | None) -> tuple[FrameType | None, object]:
        """Return the outermost frame of a user's that the loop has called, and which turn it is in.

        None where the loop waits. A program goes on when its loop has ended, an executor does
        nothing else.
        """
        instrument = self._instrument
        below, of_program = instrument.below, instrument.main is not None
        found, turn = None, None
        while frame is not None and frame is not below:
            code = frame.f_code
            if code is RUN_FOREVER:
                break
            if code is _HANDLE:
                turn = frame
            elif source.is_ours(code.co_filename) and code.co_filename not in _BETWEEN:
                break
            elif not source.is_inner_code(code):
                found = frame
            frame = frame.f_back
        if found is None or frame is None:
            return None, None
        if frame is not below and frame.f_code is RUN_FOREVER:
            if frame.f_locals["self"] is not instrument.loop:  # which the thread ran before
                return None, None
        elif of_program and frame is not below:
            return None, None
        return found, self._turns_of_c() if turn is None else turn

    def _turns_of_c(self) -> int:
        """Return a number that is another one once the loop has come to its next turn.

        A loop in C code has no frame that tells. So it is asked to call something then.
        """
        if self._came:
            self._came.clear()
            with contextlib.suppress(RuntimeError):  # it has just been closed
                self._instrument.loop.call_soon_threadsafe(self._came.append, True)
            self._turns += 1
        return self._turns
