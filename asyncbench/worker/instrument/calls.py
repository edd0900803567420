"""Notes what is called in threads: by pools, and by threads of a program's own."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from concurrent.futures import thread as pools
from time import perf_counter_ns, thread_time_ns
from typing import Any

from asyncbench.record.events import EventLog
from asyncbench.worker.instrument.source import is_inner_code

# How a thread is started, whoever notes that.
START = threading.Thread.start


class CallNotes:
    """Notes calls in threads from `note` on, until what was replaced for it is put back."""

    def __init__(self, sink: EventLog) -> None:
        self._sink = sink
        self._replaced: list[tuple[Any, str, Any]] = []

    def put_back(self) -> None:
        """Note no more calls."""
        for owner, name, real in self._replaced:
            setattr(owner, name, real)
        self._replaced.clear()

    def _replace(self, owner: Any, name: str, new: Any) -> None:
        self._replaced.append((owner, name, getattr(owner, name)))
        setattr(owner, name, new)

    def note(self) -> None:
        """Be told of what is called in threads: by pools, and by threads of the program's own."""
        submit: Any = pools.ThreadPoolExecutor.submit
        called = self._called

        @functools.wraps(submit)
        def submit_noted(pool: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            return submit(pool, called(fn, args, perf_counter_ns()), *args, **kwargs)

        self._replace(pools.ThreadPoolExecutor, "submit", submit_noted)

        @functools.wraps(START)
        def start(thread: threading.Thread) -> None:
            target = getattr(thread, "_target", None)
            own = getattr(target, "__name__", "") == "_do_shutdown"  # asyncio's own, of a moment
            if target is not getattr(pools, "_worker", None) and not own:
                noted: Any = thread
                name = getattr(target, "__qualname__", type(thread).__qualname__)
                noted.run = called(thread.run, (), 0, name)
            START(thread)

        self._replace(threading.Thread, "start", start)

    def _called(
        self, fn: Callable[..., Any], args: tuple[Any, ...], asked: int, name: str = ""
    ) -> Callable[..., Any]:
        """Return a function whose call is noted, as asked for at a time."""
        sink = self._sink

        def call(*args: Any, **kwargs: Any) -> Any:
            began, used = perf_counter_ns(), thread_time_ns()
            try:
                return fn(*args, **kwargs)
            finally:
                ended, used = perf_counter_ns(), thread_time_ns() - used
                # Not before: a pool may be waited for, and to tell what it is called takes time.
                text = _called_text(sink, fn, args, name)
                sink.call(threading.get_native_id(), asked or began, began, ended, text, used)

        return call


def _called_text(sink: EventLog, fn: Any, args: tuple[Any, ...], thread: str) -> int:
    """Return the number of what is called, by the program's own code where that is known."""
    while isinstance(fn, functools.partial):
        # `asyncio.to_thread` calls a context's `run`, with the function as its first argument.
        fn, args = fn.func, (*fn.args, *args)
    if getattr(fn, "__name__", "") == "run" and args and callable(args[0]):
        return _called_text(sink, args[0], args[1:], thread)
    code = getattr(getattr(fn, "__func__", fn), "__code__", None)
    name = getattr(fn, "__qualname__", type(fn).__qualname__)
    if code is None or is_inner_code(code):
        return sink.number(("call", name, thread), name=thread or name, file="", line=0)
    return sink.number(
        ("call", name, thread, code),
        name=f"{thread}: {name}" if thread else name,
        file=code.co_filename,
        line=code.co_firstlineno,
    )
