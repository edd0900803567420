"""Tells where a worker hangs, into what it prints: the stacks of threads, the awaits of tasks."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING, Any

from asyncbench.core import loading
from asyncbench.worker.instrument import awaiting, source

if TYPE_CHECKING:
    import asyncio

# Works while the GIL is held and in C code; the other one needs Python to go on, and sees tasks.
ASK_THREADS = getattr(signal, "SIGUSR1", None)
ASK_TASKS = getattr(signal, "SIGUSR2", None)
MOST_TASKS = 3


def be_ready() -> None:
    """From now on print where this process is when it is asked to by these signals.

    So do the processes of its pools, however they start. They import no more for it: what is not
    loaded there does not hang there.
    """
    if ASK_THREADS is None or ASK_TASKS is None:
        return
    # Here, since a subinterpreter cannot load it, and has this module with what it is sent.
    import faulthandler

    faulthandler.register(ASK_THREADS, file=2, all_threads=True)
    # Python takes no handler in other threads, which is where Dask's workers make their calls.
    if threading.current_thread() is threading.main_thread():
        signal.signal(ASK_TASKS, _tell_tasks)
    loading.begin_others_with(be_ready)


def _tell_tasks(number: int, frame: FrameType | None) -> None:
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return
    with contextlib.suppress(Exception):  # whatever it hangs in must not fail by being asked
        running = asyncio._get_running_loop()
        waiting = (
            [each for each in asyncio.all_tasks(running) if not each.done()] if running else []
        )
        places = dict.fromkeys(filter(None, map(_place, waiting)))
        for place in list(places)[:MOST_TASKS]:
            os.write(2, f"was still awaiting: {place}\n".encode(errors="replace"))
        sys.stderr.flush()


def _place(task: asyncio.Task[Any]) -> str:
    """Return the innermost await of a task in code of the user's; '' where it is in none."""
    coroutine: Any = task.get_coro()
    loop = sys.modules.get("asyncbench.worker.instrument.loop")
    found = ""
    for each in awaiting.inwards(coroutine):
        frame = awaiting.frame_of(each)
        if frame is not None and loop is not None and frame.f_code is loop.RUN_STEPS:
            coroutine = frame.f_locals["coro"]  # it is watched, and resumed from there
    for each in awaiting.inwards(coroutine):
        frame = awaiting.frame_of(each)
        if frame is not None and not source.is_inner(frame.f_code.co_filename):
            code = frame.f_code
            found = f"{code.co_filename}, line {frame.f_lineno}, in {code.co_name}"
    return found
