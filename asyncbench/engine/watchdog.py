"""Sees from another thread what holds an event loop, and where in the code that is."""

from __future__ import annotations

import itertools
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter_ns
from types import FrameType

from asyncbench.engine import stepping
from asyncbench.engine.spool import Kind
from asyncbench.engine.stepping import Control, Sink

# It looks so many times within the time that counts as holding, and no more often than this.
LOOKS = 4
LEAST_INTERVAL_S = 0.001
# The innermost frames of a stack that are kept.
MOST_FRAMES = 12


@contextmanager
def watching(control: Control, sink: Sink, threshold_ns: int) -> Iterator[None]:
    """Note each step that holds a loop for longer than a threshold, with the stack it is in.

    A step in C code that holds the GIL lets no other thread look; it is told by its length alone.
    """
    ended = threading.Event()
    thread = threading.Thread(
        target=_look, args=(control, sink, threshold_ns, ended), name="watchdog", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _look(control: Control, sink: Sink, threshold_ns: int, ended: threading.Event) -> None:
    interval = max(LEAST_INTERVAL_S, threshold_ns / 1e9 / LOOKS)
    told = 0
    while not ended.wait(interval):
        number, since = control.id, control.since
        if not number or since == told or perf_counter_ns() - since < threshold_ns:
            continue
        frame = sys._current_frames().get(control.thread)
        # It may have handed over in between: then the frames are another step's.
        if frame is None or (control.id, control.since) != (number, since):
            continue
        told = since
        sink.event(Kind.HOLD, number, since, perf_counter_ns(), _stack(frame, sink), 0)


def _stack(frame: FrameType, sink: Sink) -> int:
    """Give the number of a step's stack: the user's part of it, told by its innermost line."""
    below = list(
        itertools.takewhile(
            lambda each: each[0].f_code is not stepping.STEPPED, traceback.walk_stack(frame)
        )
    )
    users = [each for each in below if not stepping.is_inner(each[0].f_code.co_filename)]
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
