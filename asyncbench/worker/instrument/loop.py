"""Watches an event loop: every step of every task on it, and every plain callback, is an event.

A step is what a task does between two awaits. Tasks are wrapped where they are created, and
callbacks where they are scheduled, by replacing methods of the one loop that is watched; nothing
else changes for the code that runs on it. Transports and readers call their protocols by ways of
their own: what those hold the loop for is no step of a task; the watchdog sees it and
notes it as one of a callback.
"""

from __future__ import annotations

import asyncio
import threading
import types
from collections.abc import Generator
from time import perf_counter_ns
from typing import Any

from asyncbench.record.events import KIND_BITS, EventKind
from asyncbench.worker.instrument.sink import EventSink
from asyncbench.worker.instrument.source import is_inner_code, is_ours

# A wait this long is worth looking up what it was for.
LONG_WAIT_NS = 100_000
# A timer that is noticed so much later than it was due may have had to wait for a step of others.
LATE_NS = 200_000


# What the timer of `asyncio.sleep` calls; other timers are set by tasks that do not wait for them.
_SLEPT = getattr(asyncio.futures, "_set_result_unless_cancelled", None)


class LoopMonitor:
    """Who has control of a loop: the number of a task, 0 for nobody, and since when."""

    __slots__ = ("dues", "fresh", "id", "last", "loop", "ready", "since", "thread")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.thread = 0  # the loop's, once it runs
        self.id = self.since = self.last = 0
        #: By task, when its next step became ready.
        self.ready: dict[Any, int] = {}
        #: By number of a task, when the timer that it set last is due.
        self.dues: dict[int, int] = {}
        #: By number of a task, its coroutine until it begins.
        self.fresh: dict[int, Any] = {}

    def close(self) -> None:
        """Close the coroutines that never began, since their tasks were cancelled before."""
        for coro in self.fresh.values():
            coro.close()
        self.fresh.clear()


def watch(loop: asyncio.AbstractEventLoop, sink: EventSink) -> LoopMonitor:
    """Have a loop's tasks and callbacks noted from now on; raises TypeError where it cannot be.

    The task that a loop is run for (the argument of `run_until_complete`) is not: it is the
    executor's own way to wait for the batch.
    """
    control = LoopMonitor(loop)
    create, soon, later, at = loop.create_task, loop.call_soon, loop.call_later, loop.call_at
    ready, dues, clock = control.ready, control.dues, perf_counter_ns

    def create_task(coro: Any, **settings: Any) -> asyncio.Task[Any]:
        if asyncio._get_running_loop() is None or not asyncio.iscoroutine(coro):
            return create(coro, **settings)
        created = clock()
        control.last = number = control.last + 1
        control.fresh[number] = coro
        wrapped = _wrapped(coro, number, created, control, sink)
        sink.event(
            EventKind.CREATED,
            number,
            created,
            control.id,
            _created_text(coro, sink),
            int(_is_own(coro)),
        )
        task = create(wrapped, **settings)
        if not task.done():  # an eager one may be
            ready[task] = created
        return task

    def call_soon(callback: Any, *arguments: Any, context: Any = None) -> Any:
        try:
            owner = callback.__self__
            if owner in ready:  # a task, whose callbacks take a future or nothing
                ready[owner] = clock()
                if arguments:
                    return soon(callback, arguments[0], context=context)
                return soon(callback, context=context)
        except (AttributeError, TypeError):
            pass  # a plain function, or an object that cannot be looked up
        return soon(timed(callback, clock()), *arguments, context=context)

    def call_later(delay: float, callback: Any, *arguments: Any, context: Any = None) -> Any:
        if callback is _SLEPT and control.id:
            dues[control.id] = clock() + int(delay * 1e9)
        return later(delay, timed(callback, 0), *arguments, context=context)

    def call_at(when: float, callback: Any, *arguments: Any, context: Any = None) -> Any:
        if callback is _SLEPT and control.id:
            dues[control.id] = clock() + int((when - loop.time()) * 1e9)
        return at(when, timed(callback, 0), *arguments, context=context)

    def timed(callback: Any, due: int) -> Any:
        """Note a callback as the one step of a task of its own."""
        code = getattr(getattr(callback, "func", callback), "__code__", None)
        if code is None or is_inner_code(code):
            return callback  # the loop's own work: futures, groups, transports

        def step(*arguments: Any) -> Any:
            began = clock()
            control.last = number = control.last + 1
            text = _text(sink, code.co_qualname, code, code.co_firstlineno)
            sink.event(EventKind.CREATED, number, due or began, 0, text, 2)
            control.since, control.id = began, number
            try:
                return callback(*arguments)
            finally:
                control.id = 0
                sink.event(EventKind.LAST_STEP, number, due or began, began, clock(), 0)

        return step

    methods: dict[str, Any] = {
        "create_task": create_task, "call_soon": call_soon, "call_at": call_at
    }  # fmt: skip
    if not isinstance(loop, asyncio.BaseEventLoop):  # whose own calls `call_at`
        methods["call_later"] = call_later
    try:
        for name, method in methods.items():
            setattr(loop, name, method)
    except AttributeError as error:
        raise TypeError(f"a loop of {type(loop).__qualname__} lets nobody watch it") from error
    return control


def _wrapped(coro: Any, number: int, created: int, control: LoopMonitor, sink: EventSink) -> Any:
    async def watched() -> Any:
        return await _stepped(coro, number, created, control, sink)

    outer: Any = watched()
    outer.__name__ = getattr(coro, "__name__", type(coro).__name__)
    outer.__qualname__ = getattr(coro, "__qualname__", outer.__name__)
    return outer


@types.coroutine
def _stepped(
    coro: Any, number: int, created: int, control: LoopMonitor, sink: EventSink
) -> Generator[Any, Any, Any]:
    """Run a coroutine to its end and note each of its steps; a microsecond a step is too much.

    So what is used in each is a local variable, and where a task waits is looked up after a long
    wait alone, when nothing is late by it.
    """
    clock, ready, write, at, end = perf_counter_ns, control.ready, sink.write, sink.at, sink.end
    buffer = sink.buffer
    step, last = (int(kind | number << KIND_BITS) for kind in (EventKind.STEP, EventKind.LAST_STEP))
    nested, nested_last = (
        int(kind | number << KIND_BITS) for kind in (EventKind.NESTED, EventKind.LAST_NESTED)
    )
    send, resume, value = coro.send, coro.send, None
    me = asyncio.current_task()
    control.thread = control.thread or threading.get_ident()
    dues = control.dues
    control.fresh.pop(number, None)
    since, text = created, 0
    # A task that starts this one eagerly, within a step of its own.
    outer, outer_since = control.id, control.since
    try:
        while True:
            began = control.since = clock()
            control.id = number
            try:
                awaited = resume(value)
            except StopIteration as done:
                ended, control.id = clock(), outer
                place = at()
                if place < end:
                    if outer:
                        last, control.since = nested_last, outer_since
                    write(buffer, place, last, since, began, ended, text)
                return done.value
            ended = clock()
            control.id = outer
            place = at()
            if place < end:
                write(buffer, place, nested if outer else step, since, began, ended, text)
            if outer:
                control.since, outer = outer_since, 0
            try:
                value = yield awaited
                resume = send
            except GeneratorExit:
                coro.close()
                raise
            except BaseException as error:  # cancelled, say: for the task itself to take
                value, resume = error, coro.throw
            since = ready[me]
            text = 0
            if dues:
                due = dues.pop(number, 0)
                if due and since - due > LATE_NS:
                    sink.event(EventKind.DUE, number, due, 0, 0, 0)
            if awaited is not None and since - ended > LONG_WAIT_NS:
                text = _awaited_text(coro, sink)
    finally:
        if control.id == number:  # it raised
            control.id = outer
            sink.event(EventKind.LAST_STEP, number, since, began, clock(), text)
        ready.pop(me, None)


def _is_own(coro: Any) -> bool:
    code = getattr(coro, "cr_code", None)
    return code is not None and is_ours(code.co_filename)


def _text(sink: EventSink, name: str, code: Any, line: int) -> int:
    return sink.number((name, code, line), name=name, file=code.co_filename, line=line)


def _created_text(coro: Any, sink: EventSink) -> int:
    code = getattr(coro, "cr_code", None) or getattr(coro, "gi_code", None)
    name = getattr(coro, "__qualname__", type(coro).__qualname__)
    if code is None:
        return sink.number(name, name=name, file="", line=0)
    return _text(sink, name, code, code.co_firstlineno)


def _awaited_text(coro: Any, sink: EventSink) -> int:
    """Give the number of what a coroutine waits for: the innermost name, at the user's line."""
    inner, innermost, users = coro, coro, None
    while type(inner) is types.CoroutineType:
        innermost = inner
        if not is_inner_code(inner.cr_code):
            users = inner
        inner = inner.cr_await
    name = getattr(innermost, "__qualname__", "")
    if users is None or users.cr_frame is None:
        return sink.number(name, name=name, file="", line=0)
    return _text(sink, name, users.cr_code, users.cr_frame.f_lineno)


#: The code of the frame that every step of a task runs below.
STEPPED = _stepped.__code__
