"""Watches a process that runs already, for some seconds, and is gone from it afterwards.

Its loops are watched from one moment to another: each task that begins meanwhile is stepped by
`loop.py`, and steps on by itself when that is over. Tasks that were there before are seen where
they hold the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter_ns
from types import FrameType
from typing import Any

from asyncbench.record.events import EventLog
from asyncbench.worker.instrument.followed import RUN_FOREVER
from asyncbench.worker.instrument.program import ProgramWatch

# Files in the folder that both sides see: it is over, it went wrong, it is to end early.
DONE, WRONG, STOP = "done", "wrong", "stop"
# So often it is looked whether it is to end early.
ASK_S = 0.2


def watch(folder: str, threshold_ns: int, seconds: float, *, every_step: bool = False) -> None:
    """Watch this process for so many seconds; events go to a folder, and then a file `done`.

    Runs in a thread of its own.
    """
    place = Path(folder)
    try:
        _watch(place, threshold_ns, seconds, every_step=every_step)
    except BaseException:  # nobody else would hear of it, and the process has nothing to do with it
        _tell(place / WRONG, traceback.format_exc())
    finally:
        _tell(place / DONE)
        _forget()


def _tell(file: Path, text: str = "") -> None:
    with contextlib.suppress(OSError):  # whoever watches has been killed, or there is no room
        file.write_text(text)


def _watch(place: Path, threshold_ns: int, seconds: float, *, every_step: bool) -> None:
    sink = EventLog(str(place))
    watched = ProgramWatch(sink, threshold_ns, every_step=every_step)
    try:
        for loop, thread, below in list(_running()):
            watched.watch(loop)
            for watcher in watched.watchers:
                if watcher.instrument.loop is loop:
                    watcher.instrument.thread, watcher.instrument.below = thread, below
        watched.note_calls()
        watched.begin_here()
        _stay(watched, place, seconds)
    finally:
        watched.leave()
        sink.close()


def _stay(watched: ProgramWatch, place: Path, seconds: float) -> None:
    """Look until the time is over, somebody asks for its end, or nobody is there any more."""
    until = perf_counter_ns() + int(seconds * 1e9)
    asked = 0
    while (now := perf_counter_ns()) < until:
        watched.look_once()
        if now - asked > ASK_S * 1e9:
            asked = now
            if (place / STOP).exists() or not place.exists():
                return


def _running() -> Iterator[tuple[asyncio.AbstractEventLoop, int, FrameType | None]]:
    """Yield each loop that runs, its thread, and the frame that runs it where it has none."""
    for thread, innermost in sys._current_frames().items():
        frame: FrameType | None = innermost
        while frame is not None:
            if frame.f_code is RUN_FOREVER:
                yield frame.f_locals["self"], thread, None
                break
            if frame.f_code is _RUNNER:
                loop = frame.f_locals["self"]._loop
                if loop is not None and not isinstance(loop, asyncio.BaseEventLoop):
                    yield loop, thread, frame
                    break
            frame = frame.f_back


_RUNNER: Any = asyncio.Runner.run.__code__


def _forget() -> None:
    """Take asyncbench's modules out of this process, which had none."""
    if "asyncbench.api" in sys.modules:
        return  # it is asyncbench itself, or uses it
    for name in list(sys.modules):
        if name == "asyncbench" or name.startswith("asyncbench."):
            del sys.modules[name]
