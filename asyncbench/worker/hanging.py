"""Tells where a worker hangs, into what it prints: the stacks of threads, the awaits of tasks."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import os
import signal
import sys
from types import FrameType
from typing import Any

from asyncbench.worker.instrument import loop, source

# Works while the GIL is held and in C code; the other one needs Python to go on, and sees tasks.
ASK_THREADS = getattr(signal, "SIGUSR1", None)
ASK_TASKS = getattr(signal, "SIGUSR2", None)
MOST_TASKS = 3


def be_ready() -> None:
    """From now on print where this process is when it is asked to by these signals."""
    if ASK_THREADS is None or ASK_TASKS is None:
        return
    faulthandler.register(ASK_THREADS, file=2, all_threads=True)
    signal.signal(ASK_TASKS, _tell_tasks)


def _tell_tasks(number: int, frame: FrameType | None) -> None:
    with contextlib.suppress(Exception):  # whatever it hangs in must not fail by being asked
        running = asyncio._get_running_loop()
        waiting = (
            [each for each in asyncio.all_tasks(running) if not each.done()] if running else []
        )
        places = dict.fromkeys(filter(None, map(_place, waiting)))
        for place in list(places)[:MOST_TASKS]:
            os.write(2, f"awaits for ever: {place}\n".encode(errors="replace"))
        sys.stderr.flush()


def _place(task: asyncio.Task[Any]) -> str:
    """Return the innermost await of a task in code of the user's; '' where it is in none."""
    coroutine: Any = task.get_coro()
    found = ""
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if frame is not None and not source.is_inner(frame.f_code.co_filename):
            code = frame.f_code
            found = f"{code.co_filename}, line {frame.f_lineno}, in {code.co_name}"
        if frame is not None and frame.f_code is loop.RUN_STEPS:
            coroutine = frame.f_locals["coro"]  # it is watched, and resumed from there
            continue
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
    return found
