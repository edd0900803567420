"""Watches a whole program from within: its loops, its threads, and where tasks await for ever.

Nothing of the program is changed. What makes loops and threads in the standard library is asked to
tell of each, and a thread of its own looks who holds a loop and who waits.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import linecache
import os
import sys
import threading
import weakref
from collections.abc import Mapping
from time import perf_counter_ns
from typing import Any

from asyncbench.errors import UnsuitedError
from asyncbench.record.events import EventLog
from asyncbench.record.ring import RingLog
from asyncbench.worker import program
from asyncbench.worker.instrument import awaiting, calls, places, watchdog
from asyncbench.worker.instrument import loop as loops
from asyncbench.worker.instrument.allowance import Allowance
from asyncbench.worker.instrument.loop import AsyncioInstrument
from asyncbench.worker.instrument.strangers import Strangers

# Numbers of tasks of one loop are this far from those of the next.
APART = 1 << 40
# What awaits the same for so long is noted, in case it never ends; of so many tasks at a time.
LONG_S = 0.5
MOST_TASKS = 1000
LOOKED, THROWN, ENDED, MAIN = range(4)


class ProgramWatch:
    """Watches this process; a step that keeps control for `threshold_ns` is looked into.

    Without `every_step`, a program that takes more steps than `allowance` is for is noted for a
    part of the time, and in between only what holds a loop.
    """

    def __init__(self, sink: EventLog, threshold_ns: int, *, every_step: bool = True) -> None:
        self._sink = sink
        self._threshold = threshold_ns
        self.watchers: list[watchdog.Watcher[AsyncioInstrument]] = []
        self._known: dict[int, asyncio.AbstractEventLoop] = {}
        self._count = 0
        self._awaited: dict[int, tuple[int, bool]] = {}
        self._pid = os.getpid()
        self._ended = threading.Event()
        self._began = 0
        self._calls = calls.CallNotes(sink)
        self._last = perf_counter_ns()
        self._allowance = None if every_step else Allowance(self._last)
        self._rests_since = 0  # 0: everything is noted
        self._strangers: dict[AsyncioInstrument, Strangers] = {}

    def begin(self) -> None:
        """Watch from now on, until the interpreter ends."""
        self._note_loops()
        self.note_calls()
        self.begin_here()
        atexit.register(self.end)
        # Its name is of those that programs pass over when they list their threads.
        self._thread = threading.Thread(target=self._look, name="asyncbench", daemon=True)
        calls.START(self._thread)

    def note_calls(self) -> None:
        """Be told of what is called in threads."""
        self._calls.note()

    def begin_here(self) -> None:
        """Note that it begins with this moment."""
        self._began = perf_counter_ns()
        self._sink.batch(self._began)
        if hasattr(os, "register_at_fork"):
            mine = weakref.ref(self)  # nothing that is registered there can be taken out again
            os.register_at_fork(after_in_child=lambda: _mute(mine()))

    def leave(self) -> None:
        """Watch no longer: put everything back, and note that it is over."""
        self._ended.set()
        now = perf_counter_ns()
        for watcher in self.watchers:
            watcher.end()
            watcher.instrument.detach()
        self._note_rest(now)
        self._calls.put_back()
        self._sink.batch(self._began, now)
        self._sink.mute()
        # What holds on to one another would stay until garbage is collected, and its file with it.
        self.watchers.clear()
        self._known.clear()
        self._strangers.clear()

    def end(self) -> None:
        """Note who awaits still, and that the program has ended."""
        if os.getpid() != self._pid or self._ended.is_set():
            return
        self._ended.set()
        self._thread.join()
        now = perf_counter_ns()
        for watcher in self.watchers:
            for task in list(watcher.instrument.ready):
                if not task.done():
                    self._note(task, now, ENDED)
        for strangers in self._strangers.values():
            strangers.end(now, THROWN, ENDED)
        self._note_rest(now)
        self._sink.batch(self._began, now)

    def watch(self, loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop:
        """Watch a loop from now on, and return it; nothing is done for one that is known."""
        if id(loop) in self._known or os.getpid() != self._pid:
            return loop
        self._known[id(loop)] = loop
        self._count += 1
        instrument = AsyncioInstrument(
            loop, self._sink, last=self._count * APART, main=self._main, thrown=self._thrown
        )
        kind = f"{program.kind(loop)}"
        try:
            instrument.attach()
        except UnsuitedError:
            kind += " (which cannot be watched)"
        else:
            self.watchers.append(watchdog.Watcher(instrument, self._threshold))
            if self._rests_since:
                instrument.rest()
        self._sink.number(("loop", self._count), loop=kind)
        return loop

    def _note_loops(self) -> None:
        """Be told of each loop: when it is made, when it is set, at the latest when it runs."""
        program.watch_made(self.watch)
        lazily: Any = asyncio.Runner._lazy_init  # type: ignore[attr-defined]

        def lazy_init(runner: Any) -> None:
            lazily(runner)
            self.watch(runner._loop)

        asyncio.Runner._lazy_init = lazy_init  # type: ignore[attr-defined]
        set_loop = asyncio.events.set_event_loop

        def set_event_loop(loop: Any) -> None:
            if isinstance(loop, asyncio.AbstractEventLoop):
                self.watch(loop)
            set_loop(loop)

        asyncio.set_event_loop = asyncio.events.set_event_loop = set_event_loop
        real = asyncio.events._set_running_loop

        def running(loop: Any) -> None:
            if loop is not None:
                self._runs(loop, sys._getframe(1))
            else:
                self._rests()
            real(loop)

        asyncio._set_running_loop = asyncio.events._set_running_loop = running

    def _runs(self, loop: asyncio.AbstractEventLoop, frame: Any) -> None:
        self.watch(loop)
        for watcher in self.watchers:
            if watcher.instrument.loop is loop:
                watcher.instrument.thread = threading.get_ident()
                if not isinstance(loop, asyncio.BaseEventLoop):
                    watcher.instrument.below = frame

    def _rests(self) -> None:
        """Let go of the frame that ran this thread's loop."""
        for watcher in self.watchers:
            if watcher.instrument.thread == threading.get_ident():
                watcher.instrument.below = None

    def _look(self) -> None:
        """Look at every loop, until the program ends."""
        while not self._ended.is_set():
            self.look_once()
        for watcher in self.watchers:
            watcher.end()

    def look_once(self) -> None:
        """Look at every loop, once it is time to."""
        late = watchdog.pause(watchdog.pause_s(self.watchers, self._threshold))
        if isinstance(self._sink, RingLog) and self._sink.settle():
            self._tell_again()
        frames = sys._current_frames()
        for watcher in self.watchers:
            watcher.look(frames, late)
        del frames
        now = perf_counter_ns()
        if self._allowance:
            self._rest_or_go_on(self._allowance.is_used_up(self._sink.written(), now), now)
        if now - self._last >= LONG_S * 1e9:
            for strangers in () if self._rests_since else self._strangers.values():
                strangers.look(self._last, now, LOOKED)
            self._last = now
            self._settle(now)

    def _rest_or_go_on(self, rest: bool, now: int) -> None:
        if rest and not self._rests_since:
            self._rests_since = now
            self._sink.unnoted(now)
            for watcher in self.watchers:
                known, own = watcher.instrument, functools.partial(_awaits_text, self._sink)
                known.rest()
                self._strangers.setdefault(known, Strangers(known, self._sink, own))
        elif self._rests_since and not rest:
            self._note_rest(now)
            for watcher in self.watchers:
                watcher.instrument.go_on()

    def _note_rest(self, now: int) -> None:
        """Note until when nothing was noted, if that was so."""
        since, self._rests_since = self._rests_since, 0
        if since:
            self._sink.unnoted(since, now)

    def _tell_again(self) -> None:
        """Note once more which tasks there are, since the ring may write over what it knew."""
        for watcher in self.watchers:
            for task in list(watcher.instrument.ready):
                steps = _steps(task)
                if steps is not None:
                    coro, own = steps["coro"], places.is_own(steps["coro"])
                    text = places.created_text(coro, self._sink)
                    self._sink.task(steps["number"], steps["created"], 0, text, own=own)

    def _settle(self, now: int) -> None:
        """Note who has awaited the same since the last time; let go of loops that are closed."""
        before, self._awaited = self._awaited, {}
        for watcher in list(self.watchers):
            instrument = watcher.instrument
            if instrument.loop.is_closed():
                self.watchers.remove(watcher)
                self._strangers.pop(instrument, None)
                self._known.pop(id(instrument.loop), None)
                instrument.close()
                continue
            for task in list(instrument.ready)[:MOST_TASKS]:
                if task.done():  # it was cancelled before it began
                    instrument.ready.pop(task, None)
                    continue
                waiter = id(getattr(task, "_fut_waiter", None))
                known, noted = before.get(id(task), (0, False))
                if known == waiter and not noted:
                    self._note(task, now, LOOKED)
                self._awaited[id(task)] = waiter, known == waiter

    def _main(self, number: int) -> None:
        self._sink.awaits(number, perf_counter_ns(), 0, MAIN)

    def _thrown(self, coro: Any, number: int) -> None:
        self._sink.awaits(number, perf_counter_ns(), _awaits_text(self._sink, coro), THROWN)

    def _note(self, task: Any, now: int, why: int) -> None:
        """Note where a task awaits, if it does."""
        steps = _steps(task)
        if steps is not None:
            text = _awaits_text(self._sink, steps["coro"])
            self._sink.awaits(steps["number"], now, text, why)

    def mute(self) -> None:
        """Write nothing from a copy of this process: its file is the other one's."""
        self._ended.set()
        self._sink.mute()


def _mute(watched: ProgramWatch | None) -> None:
    if watched is not None:
        watched.mute()


def _steps(task: Any) -> Mapping[str, Any] | None:
    """Return the variables of what steps a task, None where it has not begun."""
    frame = getattr(getattr(task.get_coro(), "cr_await", None), "gi_frame", None)
    if frame is None or frame.f_code is not loops.RUN_STEPS:
        return None
    found: Mapping[str, Any] = frame.f_locals
    return found


def _awaits_text(sink: EventLog, coro: Any) -> int:
    """Return the number of where a coroutine awaits: its innermost line of the program's code."""
    name, users = places.awaits(coro)
    frame = awaiting.frame_of(users)
    if frame is None:
        return sink.number(("awaits", name), name=name, file="", line=0)
    code, line = frame.f_code, frame.f_lineno or 0
    return sink.number(
        ("awaits", name, code, line),
        name=name, file=code.co_filename, line=line, in_=code.co_qualname,
        code=linecache.getline(code.co_filename, line).strip(),
    )  # fmt: skip
