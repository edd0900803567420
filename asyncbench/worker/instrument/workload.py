"""A workload whose tasks are noted: which task, in which lane, from when to when."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter_ns, sleep, thread_time_ns
from typing import Any

from asyncbench.core import items
from asyncbench.core.system import run_delay_file, run_delay_of
from asyncbench.core.workload import Workload
from asyncbench.errors import NotAProofError, UnsuitedError
from asyncbench.record import event_reader
from asyncbench.record.events import EventLog
from asyncbench.worker.instrument import stack_dump
from asyncbench.worker.instrument.loop import AsyncioInstrument
from asyncbench.worker.instrument.sink import EventSink
from asyncbench.worker.instrument.trio_loop import Instrument, TrioInstrument


@contextmanager
def threads_noted(watched: InstrumentedWorkload) -> Iterator[None]:
    """Have each thread that a task starts noted; those of the executor are lanes, or its own."""
    start = threading.Thread.start
    _note_threads(watched)
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]


def _note_threads(watched: InstrumentedWorkload) -> None:
    start = threading.Thread.start

    def noted(thread: threading.Thread) -> None:
        start(thread)
        watched.note_thread(thread)

    threading.Thread.start = noted  # type: ignore[method-assign, assignment]


class InstrumentedWorkload(Workload):
    """Does what another workload does, and notes where each task begins and ends.

    A task of a loop is told by the loop's own task, any other by its thread, so it works under
    every executor; a copy of it in another process writes to an event log of that process.
    With `rate` tasks a second no task begins before its time, `index / rate` seconds after the
    batch did.
    """

    def __init__(self, inner: Workload, sink: EventSink, rate: float | None = None) -> None:
        self.chunk_size = 1 if rate else inner.chunk_size
        self.tasks, self.concurrency = inner.tasks, inner.concurrency
        self.sends_result = inner.sends_result
        self._has_items = items.of(inner) is not None
        self.prove = inner.prove  # type: ignore[method-assign]
        self._inner = inner
        self._sink = sink
        self._rate = rate
        self._pid = os.getpid()
        self._folder = sink.folder
        self._home = self._pid  # whose event log tells when the batch began
        self._batch_began = 0
        self._instruments: dict[int, Instrument] = {}  # by the loop's thread
        self._own = threading.local()
        #: The threads that are in a task, by their identifiers, with its number.
        self.busy: dict[int, int] = {}
        #: Those that tasks have started.
        self.threads: set[threading.Thread] = set()

    def __getstate__(self) -> dict[str, Any]:
        """Leave behind what belongs to this process."""
        return dict(self.__dict__, _sink=None, _instruments={}, _own=None, busy={}, threads=set())

    def load(self, form: str) -> None:
        """Import what the watched workload needs, in a process of a pool, too."""
        self._inner.load(form)

    def items(self) -> list[tuple[int, Any]] | None:
        """Return the watched workload's items, each with the number of its task."""
        if not self._has_items:
            return None
        return list(enumerate(items.Given(self._inner).to(range(self.tasks))))

    def open(self) -> Any:
        """Open the watched workload's lane."""
        self._settle()
        return self._inner.open()

    def close(self, lane: Any) -> None:
        """Close the watched workload's lane."""
        self._inner.close(lane)

    async def aopen(self) -> Any:
        """Open the watched workload's lane."""
        self._settle()
        return await self._inner.aopen()

    async def aclose(self, lane: Any) -> None:
        """Close the watched workload's lane."""
        await self._inner.aclose(lane)

    def task(self, lane: Any, given: Any) -> int:
        """Do the task in the blocking form."""
        return _checked(self._noted(self._inner.task, lane, given))

    def result(self, lane: Any, given: Any) -> Any:
        """Do the task in the blocking form and return what its proof is made of."""
        return self._noted(self._inner.result, lane, given)

    def _noted(self, task: Callable[[Any, Any], Any], lane: Any, given: Any) -> Any:
        index, item = given if self._has_items else (given, given)
        if self._rate:
            early = self._early(index)
            if early > 0:
                sleep(early)
        self._note(index, begins=True)
        try:
            return task(lane, item)
        finally:
            self._note(index, begins=False)

    async def atask(self, lane: Any, given: Any) -> int:
        """Do the task in the cooperative form."""
        index, item = given if self._has_items else (given, given)
        if self._rate:
            early = self._early(index)
            if early > 0:
                await asyncio.sleep(early)
        self._note(index, begins=True)
        try:
            return _checked(await self._inner.atask(lane, item))
        finally:
            self._note(index, begins=False)

    async def anyopen(self) -> Any:
        """Open the watched workload's lane."""
        self._settle()
        return await self._inner.anyopen()

    async def anyclose(self, lane: Any) -> None:
        """Close the watched workload's lane."""
        await self._inner.anyclose(lane)

    async def anytask(self, lane: Any, index: int) -> int:
        """Do the task in the portable form."""
        if self._rate:
            early = self._early(index)
            if early > 0:
                from anyio import sleep

                await sleep(early)
        self._note(index, begins=True)
        try:
            return _checked(await self._inner.anytask(lane, index))
        finally:
            self._note(index, begins=False)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watch a loop, which runs in this thread, from the first call on.

        Raises UnsuitedError where a loop cannot be traced; a run, which only looks, does without.
        """
        try:
            self._watch(AsyncioInstrument(loop, self._sink))
        except UnsuitedError:
            if isinstance(self._sink, EventLog):
                raise

    def _watch(self, instrument: Instrument) -> None:
        if all(known.loop is not instrument.loop for known in self._instruments.values()):
            instrument.attach()
            self._instruments[threading.get_ident()] = instrument

    def instruments(self) -> list[Instrument]:
        """Return the instrument of each loop that is watched."""
        return list(self._instruments.values())

    def note_thread(self, thread: threading.Thread) -> None:
        """Note a thread that a task has started; any other is passed over."""
        instrument = self._instruments.get(threading.get_ident())
        lane = instrument.running if instrument is not None else 0
        if not lane and threading.get_ident() in self.busy:
            lane = threading.get_native_id()
        if lane and thread.native_id:
            text = self._sink.number(("thread", thread.native_id), name=thread.name)
            self._sink.thread(thread.native_id, lane, perf_counter_ns(), text)
            self.threads.add(thread)

    def _settle(self) -> None:
        """Find out where this copy lives: in another process, on a loop."""
        if os.getpid() != self._pid or self._sink is None:
            # A copy in the process that it was made in is that of another interpreter.
            apart = os.getpid() == self._pid
            self._pid, self._sink = os.getpid(), EventLog(self._folder, apart=apart)
            self._own = threading.local()
            # Never restored: a process of the executor's ends with the pass that it is for.
            _note_threads(self)
            stack_dump.begin(self._folder)
        trio = sys.modules.get("trio")
        if trio and trio.lowlevel.in_trio_run():
            self._watch(TrioInstrument(self._sink))
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # no loop runs in this thread
        self.watch(loop)

    def _note(self, index: int, *, begins: bool) -> None:
        sink = self._sink
        note = sink.begin if begins else sink.end
        instrument = self._instruments.get(threading.get_ident())
        if instrument is not None and instrument.running:
            note(index, instrument.running, perf_counter_ns())
            return
        thread, schedule = self._thread()
        delay = run_delay_of(schedule) if schedule is not None else 0
        used = thread_time_ns()
        if begins:
            self.busy[threading.get_ident()] = index
        else:
            self.busy.pop(threading.get_ident(), None)
        note(index, thread, perf_counter_ns(), used, delay)

    def _thread(self) -> tuple[int, int | None]:
        """Return this thread's native id, and a file that tells its run delay, if any does."""
        try:
            known: tuple[int, int | None] = self._own.known
        except AttributeError:
            known = self._own.known = threading.get_native_id(), run_delay_file()
        return known

    def _early(self, index: int) -> float:
        """Return the seconds until a task's time has come."""
        assert self._rate
        if not self._batch_began:
            self._batch_began = event_reader.batch_began(self._folder, self._home)
        return (self._batch_began - perf_counter_ns()) / 1e9 + index / self._rate


def _checked(proof: int) -> int:
    if not isinstance(proof, int):
        raise NotAProofError(type(proof).__name__)
    return proof
