"""Counts what tasks hand to other threads and get back from them, in a pass of its own."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

from asyncbench.record.events import code_place
from asyncbench.worker.instrument.source import is_inner_code, is_ours

THREADS, PROCESSES = "threads", "processes"
# By these a pool of `multiprocessing` is given a call, and those of a map.
APPLY, MAP = "apply_async", "_map_async"


@dataclass(slots=True)
class _Pool:
    """What one pool has: its members, the calls that are not done, and where they come from."""

    size: int
    members: str
    place: str
    pending: int = 0


class ThreadHops:
    """How often other threads woke a loop, and how full the pools were that tasks gave calls to.

    `hops` counts calls of `call_soon_threadsafe` from other threads: each is a result that comes
    back from one. Of the pool with the most calls at once, where one had more than it has members,
    or else of any, `pool_most` is how many these were, `pool_size` how many threads or processes it
    may have (`pool_members`), and `pool` the line that gave it a call, '' for the loop's own pool.
    All are 0 or empty where no pool was used.
    """

    def __init__(self) -> None:
        self.hops = self.pool_most = self.pool_size = 0
        self.pool = self.pool_members = ""
        self._pools: WeakKeyDictionary[Any, _Pool] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._thread = 0
        self._own = threading.local()  # `pool`: a loop hands a call to its own one

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count a loop's, from now on, by replacing two methods; nothing where it takes none."""
        wake: Any = loop.call_soon_threadsafe
        hand_over: Any = loop.run_in_executor

        def call_soon_threadsafe(*arguments: Any, **more: Any) -> Any:
            if threading.get_ident() != self._thread and not _ends_a_pool():
                self.hops += 1
            return wake(*arguments, **more)

        def run_in_executor(executor: Any, *arguments: Any) -> Any:
            self._thread = threading.get_ident()
            self._own.pool = executor is None
            try:
                return hand_over(executor, *arguments)
            finally:
                self._own.pool = False

        self._thread = threading.get_ident()  # lanes run on the thread that asks for the batch
        replaced: Any = loop
        with contextlib.suppress(AttributeError):
            replaced.call_soon_threadsafe = call_soon_threadsafe
            replaced.run_in_executor = run_in_executor

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Count the calls in pools, by replacing how each kind of them takes one."""
        # Here, since a worker that takes samples does without.
        from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

        kinds: list[tuple[Any, str]] = [
            (ThreadPoolExecutor, THREADS),
            (ProcessPoolExecutor, PROCESSES),
        ]
        replaced = [(kind, "submit", kind.submit) for kind, _ in kinds]
        for kind, members in kinds:
            kind.submit = self._counted(kind.submit, members)
        other: Any = getattr(sys.modules.get("multiprocessing.pool"), "Pool", None)
        if other is not None:
            replaced += [(other, name, getattr(other, name)) for name in (APPLY, MAP)]
            for _, name, start in replaced[len(kinds) :]:
                setattr(other, name, self._counted_of_multiprocessing(start))
        try:
            yield
        finally:
            for kind, name, real in replaced:
                setattr(kind, name, real)

    def figures(self) -> dict[str, Any]:
        """Return what a run records of it."""
        return {
            "hops": self.hops,
            "pool_most": self.pool_most,
            "pool_size": self.pool_size,
            "pool_members": self.pool_members,
            "pool": self.pool,
        }

    def _counted(self, submit: Callable[..., Any], members: str) -> Callable[..., Any]:
        @functools.wraps(submit)
        def counted(pool: Any, fn: Any, /, *arguments: Any, **more: Any) -> Any:
            own = getattr(self._own, "pool", False)
            place = "" if own else _asked_by(sys._getframe(1))
            future = submit(pool, fn, *arguments, **more)
            if place is not None:
                known = self._known(pool, _Pool(pool._max_workers, members, place))
                with self._lock:
                    self._add(known, 1)
                future.add_done_callback(functools.partial(self._done, known))
            return future

        return counted

    def _counted_of_multiprocessing(self, start: Callable[..., Any]) -> Callable[..., Any]:
        """Return what takes the place of what starts one call, or the calls of a map."""

        @functools.wraps(start)
        def counted(pool: Any, *arguments: Any, **more: Any) -> Any:
            place = _asked_by(sys._getframe(1))
            given = inspect.signature(start).bind(pool, *arguments, **more)
            if place is None:
                return start(*given.args, **given.kwargs)
            members = THREADS if type(pool).__name__ == "ThreadPool" else PROCESSES
            known = self._known(pool, _Pool(pool._processes, members, place))
            count, over = 0, False

            def done(name: str) -> Callable[[Any], None]:
                told = given.arguments.get(name)

                def call(value: Any) -> None:
                    nonlocal over
                    with self._lock:
                        over = True
                        known.pending -= count
                    if told:
                        told(value)

                return call

            given.arguments |= {name: done(name) for name in ("callback", "error_callback")}
            result = start(*given.args, **given.kwargs)
            with self._lock:
                if not over:  # as quick ones are by now
                    count = getattr(result, "_number_left", 1)  # of a map as many as it has parts
                    self._add(known, count)
            return result

        return counted

    def _known(self, pool: Any, new: _Pool) -> _Pool:
        with self._lock:
            return self._pools.setdefault(pool, new)

    def _add(self, known: _Pool, count: int) -> None:
        """Count calls in a pool; the lock is held."""
        known.pending += count
        is_full = known.pending > known.size
        if (is_full, known.pending) > (self.pool_most > self.pool_size, self.pool_most):
            self.pool_most, self.pool_size = known.pending, known.size
            self.pool, self.pool_members = known.place, known.members

    def _done(self, pool: _Pool, future: Future[Any]) -> None:
        with self._lock:
            pool.pending -= 1


def _ends_a_pool() -> bool:
    """Return whether this is asyncio's own thread of a moment, which ends its pool with a batch."""
    return "_do_shutdown" in threading.current_thread().name


def _asked_by(frame: FrameType | None) -> str | None:
    """Return the innermost line of a user's that asks for a call; None where an executor does."""
    while frame is not None:
        code = frame.f_code
        if not is_inner_code(code):
            return code_place(code.co_qualname, code.co_filename, frame.f_lineno)
        if is_ours(code.co_filename) and code.co_filename != __file__:
            return None
        frame = frame.f_back
    return None
