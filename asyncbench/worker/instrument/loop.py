"""Instruments an asyncio loop: each step of each task on it, and each plain callback, is an event.

A step is what a task does between two awaits. Tasks are wrapped where they are created, and
callbacks where they are scheduled, by replacing methods of the one loop that is instrumented;
nothing else changes for the code that runs on it. Transports and readers call their protocols by
ways of their own: what those hold the loop for is no step of a task; the watchdog sees it and
notes it as one of a callback.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import types
from collections.abc import Callable, Generator
from time import perf_counter_ns
from typing import Any

from asyncbench.errors import UnsuitedError
from asyncbench.record.events import StepWriter
from asyncbench.worker.instrument import callbacks, places, timers, unnoted
from asyncbench.worker.instrument.sink import EventSink, Nowhere

# A wait this long is worth looking up what it was for.
LONG_WAIT_NS = 100_000
# A timer that is noticed so much later than it was due may have had to wait for a step of others.
LATE_NS = 200_000
# What a loop is run for before it is closed, when the program's own is over.
_TIDYING = ("shutdown_asyncgens", "shutdown_default_executor")
# Takes a coroutine, the number of its task, when that was created and the instrument.
Watched = Callable[[Any, int, int, Any], Any]


class AsyncioInstrument:
    """Notes what happens on a loop, under the names that `trio.abc.Instrument` has for it.

    `running` is the number of the task whose step is under way (0: none), `since` when it began.
    asyncio calls no instrument, so `attach` has the loop do it. What happens at every step stands
    in line, in `_run_steps` and `_call_soon`, under comments that name the hook: a call is a tenth
    of what a step costs.
    """

    __slots__ = ("below", "created", "dues", "last", "loop", "main", "methods", "ready", "rests",
                 "running", "since", "sink", "thread", "thrown", "unbegun")  # fmt: skip

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
        self.last = last  # numbers of other loops go up to this
        #: Is called with the number of each task that the loop is run for, which is a program's
        #: own; where it is None, such tasks are not noted.
        self.main = main
        #: Is called with a coroutine and its task's number when something is thrown into it.
        self.thrown = thrown
        #: The frame that runs the loop, where its own code has none.
        self.below: types.FrameType | None = None
        #: Whether nothing is noted for the time being; who holds the loop can still be seen.
        self.rests = False
        # What takes the place of the loop's methods.
        self.methods: dict[str, Any] = {}
        #: By task, when its next step became ready.
        self.ready: dict[Any, int] = {}
        #: By number of a task, when the timer that it set last is due.
        self.dues: dict[int, int] = {}
        #: By number of a task, its coroutine until it begins.
        self.unbegun: dict[int, Any] = {}
        #: By file, line and name of a coroutine: its text, whether it is our own, what watches it.
        self.created: dict[tuple[str, int, str] | None, tuple[int, bool, Watched]] = {}

    def attach(self) -> None:
        """Have the loop's tasks and callbacks noted from now on.

        The task that a loop is run for (the argument of `run_until_complete`) is not, without
        `main`: it is the executor's own way to wait for the batch. Raises UnsuitedError
        where a loop's methods cannot be replaced.
        """
        loop = self.loop
        text_of, noted = callbacks.noting(self)
        methods: dict[str, Any] = {
            "create_task": _create_task(self, loop.create_task),
            "call_soon": callbacks.call_soon_of(self, loop.call_soon, text_of, noted),
            "call_at": timers.call_at_of(self, loop.call_at, noted),
        }
        if not isinstance(loop, asyncio.BaseEventLoop):  # whose own calls `call_at`
            methods["call_later"] = timers.call_later_of(self, loop.call_later, noted)
        self.methods = methods
        try:
            self.go_on()
        except AttributeError as error:
            raise UnsuitedError(
                f"a loop of {type(loop).__qualname__} cannot be watched, since its methods cannot "
                "be replaced; trace the work under asyncio"
            ) from error

    def go_on(self) -> None:
        """Have everything noted from now on."""
        for name, method in self.methods.items():
            setattr(self.loop, name, method)
        self.rests = False

    def rest(self) -> None:
        """Have nothing noted until `go_on`, but that a task ends which is known already.

        Tasks that begin meanwhile are not known afterwards, either.
        """
        self.rests = True
        self._put_back()

    def _put_back(self) -> None:
        for name, method in self.methods.items():
            if vars(self.loop).get(name) is method:  # a program may have put its own in
                delattr(self.loop, name)

    def detach(self) -> None:
        """Have nothing noted any more; tasks that were watched step on by themselves."""
        self._put_back()
        self.rests = False
        self.ready.clear()  # which tells the tasks
        # Whoever holds on to a task's error has this, too, and must not have the log by that.
        self.sink, self.main, self.thrown = Nowhere(), None, None

    def close(self) -> None:
        """Close the coroutines that never began, since their tasks were cancelled before."""
        for coro in self.unbegun.values():
            coro.close()
        self.unbegun.clear()

    def new_number(self) -> int:
        """Return the number of a task or a callback that is noted from now on."""
        self.last = number = self.last + 1
        return number

    def task_spawned(self, coro: Any, created: int) -> Any:
        """Note a new task; return what is to run as the task in the place of its coroutine."""
        self.last = number = self.last + 1
        self.unbegun[number] = coro
        code = getattr(coro, "cr_code", None)
        # Not the code itself, whose hash nobody keeps.
        place = (code.co_filename, code.co_firstlineno, coro.__qualname__) if code else None
        try:
            text, own, watched = self.created[place]
        except KeyError:
            text, own = places.created_text(coro, self.sink), places.is_own(coro)
            watched = _named_as(coro)
            if type(coro) is types.CoroutineType:
                self.created[place] = text, own, watched
        self.sink.task(number, created, self.running, text, own=own)
        return watched(coro, number, created, self)

    def is_passed_over(self, coro: Any) -> bool:
        """Return whether a coroutine that becomes a task is not noted."""
        if self.loop.is_running():
            return False
        # A program may have the loop run what is the library's, such as `asyncio.sleep(1)`.
        return self.main is None or getattr(coro, "__name__", "") in _TIDYING


def _create_task(instrument: AsyncioInstrument, create: Any) -> Callable[..., asyncio.Task[Any]]:
    # The running loop of a thread would be asked for a process number each time, on Python 3.11.
    is_running = instrument.loop.is_running
    # Most pass over nothing that a loop which runs makes a task of, and are not asked.
    asks = type(instrument).is_passed_over is not AsyncioInstrument.is_passed_over

    def create_task(coro: Any, **settings: Any) -> asyncio.Task[Any]:
        runs = is_running()
        is_known = type(coro) is types.CoroutineType or asyncio.iscoroutine(coro)
        if not is_known or ((asks or not runs) and instrument.is_passed_over(coro)):
            task: asyncio.Task[Any] = create(coro, **settings)
            return task
        created = perf_counter_ns()
        made = instrument.task_spawned(coro, created)
        if not runs and instrument.main:
            instrument.main(instrument.last)
        task = create(made, **settings)
        if not task.done():  # an eager one may be
            instrument.ready[task] = created  # task_scheduled
        return task

    return create_task


async def _watched(coro: Any, number: int, created: int, instrument: AsyncioInstrument) -> Any:
    return await _run_steps(coro, number, created, instrument)


def _named_as(coro: Any) -> Watched:
    """Return what watches a coroutine, with its name: that is what tasks and tracebacks show."""
    name = getattr(coro, "__name__", type(coro).__name__)
    watched = types.FunctionType(_watched.__code__, globals(), name)
    watched.__qualname__ = getattr(coro, "__qualname__", name)
    return watched


@types.coroutine
def _run_steps(  # noqa: C901, PLR0912, PLR0915 - a call a step would be too much
    coro: Any, number: int, created: int, instrument: AsyncioInstrument
) -> Generator[Any, Any, Any]:
    """Run a coroutine to its end and note each of its steps; a microsecond a step is too much.

    So what is used in each is a local variable, and where a task waits is looked up after a long
    wait alone, when nothing is late by it.
    """
    clock, ready, dues, sink = perf_counter_ns, instrument.ready, instrument.dues, instrument.sink
    step: StepWriter | None = None
    send = resume = coro.send
    value, since, began, text = None, created, 0, 0
    me = _current_task(instrument.loop)
    if not instrument.thread:
        instrument.thread = threading.get_ident()
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
                if step is None:  # many have but one, which is their last
                    step = sink.steps_of(number)
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
            if instrument.rests:
                noted_again = unnoted.meanwhile(coro, number, resume, value, instrument)
                resume, value = yield from noted_again
                if resume is None:
                    return value
                if me in ready:
                    ready[me] = ended = clock()
            try:
                since = ready[me]
            except KeyError:  # nothing is noted any more, nor is anything held on to for it
                step = sink = None  # type: ignore[assignment]
                return (yield from unnoted.to_end(coro, value if resume is not send else None))
            text = 0
            if since < ended:  # nobody noted when it was
                since = clock()
            if dues:
                due = dues.pop(number, 0)
                if due and since - due > LATE_NS:
                    sink.timer_due(number, due)
            if awaited is not None and since - ended > LONG_WAIT_NS:
                text = places.awaited_text(coro, sink)
    finally:
        if instrument.running == number:  # it returned or raised: task_exited
            ended = clock()
            instrument.running = outer
            if outer:
                instrument.since = outer_since
                sink.nested_step(number, since, began, ended, last=True)
            else:
                sink.last_step(number, since, began, ended, text)
        ready.pop(me, None)
        # An error's traceback holds on to this frame.
        value = step = sink = instrument = ready = me = None  # type: ignore[assignment]


# What `asyncio.current_task` looks up, before that was written in C.
_tasks: Any = asyncio.tasks
_current_task: Callable[[Any], Any] = (
    _tasks._current_tasks.get if sys.version_info < (3, 12) else asyncio.current_task
)
#: The code of the frame that every step of a task runs below.
RUN_STEPS = _run_steps.__code__
