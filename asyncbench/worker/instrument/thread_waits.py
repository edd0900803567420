"""Sees at which lock, semaphore or queue tasks in threads wait for one another."""

from __future__ import annotations

import contextlib
import dis
import functools
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from types import CodeType, FrameType
from typing import Any

from asyncbench.record.events import code_place
from asyncbench.worker.instrument.source import is_inner_code

# Between two looks at all threads; more and more where they compute, which a look keeps them from.
PAUSE_S, LONG_PAUSE_S = 0.001, 0.02
COMPUTES = 0.5
# What of Python's library makes a thread wait for another that lets it go on.
_QUEUES = {
    ("threading", "Semaphore.acquire"),
    ("queue", "Queue.get"),
    ("queue", "Queue.put"),
    ("threading", "_RLock.acquire"),
}
# A `with` of a lock is in the first of these instructions, or in the second behind the third.
_ENTERS, _CALLS, _SPECIAL = "BEFORE_WITH", "CALL", "LOAD_SPECIAL"


class ThreadWaits:
    """Looks at the threads that are in a task, as long as a context lasts."""

    def __init__(self) -> None:
        self._looker = 0
        self._time_ns = 0
        self._waits: Counter[str] = Counter()

    @contextlib.contextmanager
    def of(self, busy: Mapping[int, Any]) -> Iterator[None]:
        """Look at the threads that `busy` has an entry of, by identifier, which may change."""
        ended = threading.Event()
        thread = threading.Thread(
            target=self._look, args=(busy, ended), name="thread waits", daemon=True
        )
        thread.start()
        self._looker = thread.native_id or 0
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def figures(self) -> dict[str, Any]:
        """Return for how long tasks ran, and waited at the place where most did; empty without.

        `looker` is the native id of the thread that looked, which is none of the tasks'.
        """
        found: dict[str, Any] = {"looker": self._looker}
        if self._time_ns:  # of tasks on a loop nothing is known here
            [(place, waited), *_] = self._waits.most_common(1) or [("", 0)]
            found |= {"waited_ns": self._time_ns, "queued_ns": waited, "queued": place}
        return found

    def _look(self, busy: Mapping[int, Any], ended: threading.Event) -> None:
        before, used, pause = time.perf_counter_ns(), time.process_time_ns(), PAUSE_S
        while not ended.wait(pause):
            frames, now, cpu = sys._current_frames(), time.perf_counter_ns(), time.process_time_ns()
            for thread in [*busy]:
                if frame := frames.get(thread):
                    self._time_ns += now - before
                    if place := queue_of(frame):
                        self._waits[place] += now - before
            computes = cpu - used > COMPUTES * (now - before)
            pause = min(LONG_PAUSE_S, 2 * pause) if computes else PAUSE_S
            before, used = now, cpu


def queue_of(frame: FrameType) -> str:
    """Return where a thread waits for another to let it go on, '' where it does not."""
    inner: FrameType | None = frame
    named = last = ""
    while inner is not None and is_inner_code(inner.f_code):
        last = inner.f_code.co_qualname
        named = last if (inner.f_globals.get("__name__"), last) in _QUEUES else named
        inner = inner.f_back
    if inner is None:
        return ""
    if last == "Condition.wait":  # of the user's own; much of Python's library has one, too
        named = last
    code = inner.f_code
    if inner is frame and _takes_lock(code, inner.f_lasti):
        named = "a lock"
    return code_place(named, code.co_filename, inner.f_lineno) if named else ""


def _takes_lock(code: CodeType, offset: int) -> bool:
    """Return whether a frame is at the `with` of a lock in C, or in its `acquire`."""
    return offset in _locks_in(code)


@functools.cache
def _locks_in(code: CodeType) -> frozenset[int]:
    """Return the offsets of the instructions that enter a context or call a method `acquire`."""
    found, before, named = set(), "", ""
    for each in dis.get_instructions(code):
        if each.opname == _ENTERS or (each.opname == _CALLS and before == _SPECIAL):
            found.add(each.offset)
        if each.opname in ("LOAD_METHOD", "LOAD_ATTR"):
            named = str(each.argval)
        elif each.opname.startswith("CALL"):
            if named == "acquire":
                found.add(each.offset)
            named = ""
        before = each.opname
    return frozenset(found)
