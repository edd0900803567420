"""Instruments an asyncio loop: each step of each task on it, and each plain callback, is an event.

A step is what a task does between two awaits. Tasks are wrapped where they are created, and
callbacks where they are scheduled, by replacing methods of the one loop that is instrumented;
nothing else changes for the code that runs on it. Transports and readers call their protocols by
ways of their own: what those hold the loop for is no step of a task; the watchdog sees it and
notes it as one of a callback.
"""

from __future__ import annotations

import asyncio
import threading
import types
from collections.abc import Callable, Generator
from time import perf_counter_ns
from typing import Any

from asyncbench.worker.instrument import places
from asyncbench.worker.instrument.sink import EventSink
from asyncbench.worker.instrument.source import is_inner_code

# A wait this long is worth looking up what it was for.
LONG_WAIT_NS = 100_000
# A timer that is noticed so much later than it was due may have had to wait for a step of others.
LATE_NS = 200_000


# What the timer of `asyncio.sleep` calls; other timers are set by tasks that do not wait for them.
_SLEPT = getattr(asyncio.futures, "_set_result_unless_cancelled", None)


class AsyncioInstrument:
    """Notes what happens on a loop, under the names that `trio.abc.Instrument` has for it.

    `running` is the number of the task whose step is under way (0: none), `since` when it began.
    asyncio calls no instrument, so `attach` has the loop do it. What happens at every step stands
    in line, in `_run_steps` and `_call_soon`, under comments that name the hook: a call is a tenth
    of what a step costs.
    """

    __slots__ = ("_last", "below", "dues", "loop", "main", "ready", "running", "since", "sink",
                 "thread", "thrown", "unbegun")  # fmt: skip

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sink: EventSink,
        *,
        last: int = 0,
        main: Callable[[int], object] | None = None,
        thrown: Callable[[Any, int], object] | None = None,
    ) -> None:
        self.loop, self.sink = loop, sink
        self.thread = 0  # the loop's, once it runs
        self.running = self.since = 0
        self._last = last  # numbers of other loops go up to this
        #: Is called with the number of each task that the loop is run for, which is a program's
        #: own; where it is None, such tasks are not noted.
        self.main = main
        #: Is called with a coroutine and its task's number when something is thrown into it.
        self.thrown = thrown
        #: The frame that runs the loop, where its own code has none.
        self.below: types.FrameType | None = None
        #: By task, when its next step became ready.
        self.ready: dict[Any, int] = {}
        #: By number of a task, when the timer that it set last is due.
        self.dues: dict[int, int] = {}
        #: By number of a task, its coroutine until it begins.
        self.unbegun: dict[int, Any] = {}

    def attach(self) -> None:
        """Have the loop's tasks and callbacks noted from now on.

        The task that a loop is run for (the argument of `run_until_complete`) is not, without
        `main`: it is the executor's own way to wait for the batch. Raises TypeError where a loop's
        methods cannot be replaced.
        """
        loop = self.loop
        methods: dict[str, Any] = {
            "create_task": _create_task(self, loop.create_task),
            "call_soon": _call_soon(self, loop.call_soon),
            "call_at": _call_at(self, loop.call_at),
        }
        if not isinstance(loop, asyncio.BaseEventLoop):  # whose own calls `call_at`
            methods["call_later"] = _call_later(self, loop.call_later)
        try:
            for name, method in methods.items():
                setattr(loop, name, method)
        except AttributeError as error:
            raise TypeError(f"a loop of {type(loop).__qualname__} cannot be watched") from error

    def detach(self) -> None:
        """Give the loop its own methods back: what is created from now on is not noted."""
        for name in ("create_task", "call_soon", "call_at", "call_later"):
            vars(self.loop).pop(name, None)

    def close(self) -> None:
        """Close the coroutines that never began, since their tasks were cancelled before."""
        for coro in self.unbegun.values():
            coro.close()
        self.unbegun.clear()

    def new_number(self) -> int:
        """Return the number of a task or a callback that is noted from now on."""
        self._last = number = self._last + 1
        return number

    def task_spawned(self, coro: Any, created: int) -> int:
        """Note a new task; return its number."""
        number = self.new_number()
        self.unbegun[number] = coro
        text = places.created_text(coro, self.sink)
        self.sink.task(number, created, self.running, text, own=places.is_own(coro))
        if self.main and asyncio._get_running_loop() is None:
            self.main(number)
        return number

    def is_passed_over(self, coro: Any) -> bool:
        """Return whether a coroutine that becomes a task is not noted."""
        if not asyncio.iscoroutine(coro):
            return True
        if asyncio._get_running_loop() is not None:
            return False
        # Before and after a program's own, a loop runs some of its library's.
        return self.main is None or is_inner_code(getattr(coro, "cr_code", _run_steps.__code__))

    def task_exited(
        self, number: int, ready: int, began: int, text: int, outer: tuple[int, int]
    ) -> None:
        """Note a task's last step; `outer` is whose step it was part of, and since when."""
        ended = perf_counter_ns()
        self.running, since = outer
        if self.running:
            self.since = since
            self.sink.nested_step(number, ready, began, ended, last=True)
        else:
            self.sink.last_step(number, ready, began, ended, text)

    def timed(self, callback: Any, due: int = 0) -> Any:
        """Return a callback whose run is noted as the one step of a task of its own."""
        code = getattr(getattr(callback, "func", callback), "__code__", None)
        if code is None or is_inner_code(code):
            return callback  # the loop's own work: futures, groups, transports
        sink = self.sink

        def step(*arguments: Any) -> Any:
            began = perf_counter_ns()
            number = self.new_number()
            text = places.text_of(sink, code.co_qualname, code, code.co_firstlineno)
            sink.callback(number, due or began, text)
            self.since, self.running = began, number
            try:
                return callback(*arguments)
            finally:
                self.running = 0
                sink.last_step(number, due or began, began, perf_counter_ns())

        return step


def _create_task(instrument: AsyncioInstrument, create: Any) -> Callable[..., asyncio.Task[Any]]:
    def create_task(coro: Any, **settings: Any) -> asyncio.Task[Any]:
        if instrument.is_passed_over(coro):
            task: asyncio.Task[Any] = create(coro, **settings)
            return task
        created = perf_counter_ns()
        number = instrument.task_spawned(coro, created)
        task = create(_wrapped(coro, number, created, instrument), **settings)
        if not task.done():  # an eager one may be
            instrument.ready[task] = created  # task_scheduled
        return task

    return create_task


def _call_soon(instrument: AsyncioInstrument, soon: Any) -> Callable[..., Any]:
    ready, timed, clock = instrument.ready, instrument.timed, perf_counter_ns

    def call_soon(callback: Any, *arguments: Any, context: Any = None) -> Any:
        try:
            owner = callback.__self__
            if owner in ready:  # a task, whose callbacks take a future or nothing
                ready[owner] = clock()  # task_scheduled
                if arguments:
                    return soon(callback, arguments[0], context=context)
                return soon(callback, context=context)
        except (AttributeError, TypeError):
            pass  # a plain function, or an object that cannot be looked up
        return soon(timed(callback, clock()), *arguments, context=context)

    return call_soon


def _call_later(instrument: AsyncioInstrument, later: Any) -> Callable[..., Any]:
    dues, timed, clock = instrument.dues, instrument.timed, perf_counter_ns

    def call_later(delay: float, callback: Any, *arguments: Any, context: Any = None) -> Any:
        if callback is _SLEPT and instrument.running:
            dues[instrument.running] = clock() + int(delay * 1e9)
        return later(delay, timed(callback), *arguments, context=context)

    return call_later


def _call_at(instrument: AsyncioInstrument, at: Any) -> Callable[..., Any]:
    dues, timed, clock = instrument.dues, instrument.timed, perf_counter_ns
    loop = instrument.loop

    def call_at(when: float, callback: Any, *arguments: Any, context: Any = None) -> Any:
        if callback is _SLEPT and instrument.running:
            dues[instrument.running] = clock() + int((when - loop.time()) * 1e9)
        return at(when, timed(callback), *arguments, context=context)

    return call_at


def _wrapped(coro: Any, number: int, created: int, instrument: AsyncioInstrument) -> Any:
    async def watched() -> Any:
        return await _run_steps(coro, number, created, instrument)

    outer: Any = watched()
    outer.__name__ = getattr(coro, "__name__", type(coro).__name__)
    outer.__qualname__ = getattr(coro, "__qualname__", outer.__name__)
    return outer


@types.coroutine
def _run_steps(
    coro: Any, number: int, created: int, instrument: AsyncioInstrument
) -> Generator[Any, Any, Any]:
    """Run a coroutine to its end and note each of its steps; a microsecond a step is too much.

    So what is used in each is a local variable, and where a task waits is looked up after a long
    wait alone, when nothing is late by it.
    """
    clock, ready, dues, sink = perf_counter_ns, instrument.ready, instrument.dues, instrument.sink
    step = sink.steps_of(number)
    send = resume = coro.send
    value, since, began, text = None, created, 0, 0
    me = asyncio.current_task()
    instrument.thread = instrument.thread or threading.get_ident()
    instrument.unbegun.pop(number, None)
    # A task that starts this one eagerly, within a step of its own.
    outer, outer_since = instrument.running, instrument.since
    try:
        while True:
            # before_task_step
            began = instrument.since = clock()
            instrument.running = number
            try:
                awaited = resume(value)
            except StopIteration as done:
                return done.value
            # after_task_step
            ended = clock()
            instrument.running = outer
            if outer:
                instrument.since, outer = outer_since, 0
                sink.nested_step(number, since, began, ended, last=False)
            else:
                step(since, began, ended, text)
            try:
                value = yield awaited
                resume = send
            except GeneratorExit:
                coro.close()
                raise
            except BaseException as error:  # cancelled, say: for the task itself to take
                value, resume = error, coro.throw
                if instrument.thrown:
                    instrument.thrown(coro, number)
            since = ready[me]
            text = 0
            if dues:
                due = dues.pop(number, 0)
                if due and since - due > LATE_NS:
                    sink.timer_due(number, due)
            if awaited is not None and since - ended > LONG_WAIT_NS:
                text = places.awaited_text(coro, sink)
    finally:
        if instrument.running == number:  # it returned or raised
            instrument.task_exited(number, since, began, text, (outer, outer_since))
        ready.pop(me, None)


#: The code of the frame that every step of a task runs below.
RUN_STEPS = _run_steps.__code__
