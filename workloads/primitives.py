"""What models and loops are made of, each alone: what is sent, timers, locks, loops themselves."""

from __future__ import annotations

import asyncio
import importlib
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from asyncbench import Demand, Executor, Workload, needs

from ._payloads import KINDS

# No timer of the workload `timers` is to go off.
FAR_S = 3600.0
HAVE_A_LOOP = "its loops need threads that have none; run it under threads or processes"
LOOPS = {"asyncio": "asyncio", "uvloop": "uvloop", "rloop": "rloop"}


@dataclass
class Payload(Workload):
    """Return something of a `kind` and a `size`: what it costs to send it to whoever asked for it.

    Each lane has made it before the clock starts, and a task does nothing else. Within a process
    it is handed over as it is; from another process or interpreter it is pickled, sent and made
    anew. `kind` is `bytes`, a `list` or `tuple` of ints, a `dict` of texts and ints, or `object`,
    a list of objects with two attributes each; `size` is how many bytes, ints, entries or objects.
    """

    kind: str = "bytes"
    size: int = 10_000

    tasks = 64
    concurrency = 8
    chunk_size = 1
    sends_result = True

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind is {', '.join(KINDS)}, not {self.kind!r}")
        if not 1 <= self.size <= 10_000_000:
            raise ValueError(f"size is 1 to 10000000, not {self.size}")

    def unsuited(self, executor: type[Executor]) -> str | None:
        """Return that an executor keeps results in its processes, or None."""
        if executor.scheduler == "processes" and not executor.sends_results:
            return f"{executor.name} sends back no results; run it under processes"
        return None

    def open(self) -> Any:
        """Make what is returned."""
        return KINDS[self.kind](self.size)

    def result(self, lane: Any, index: int) -> tuple[int, Any]:
        """Return it, with the number of the task."""
        return index, lane

    def prove(self, returned: tuple[int, Any]) -> int:
        """Return the number of the task and how much came with it."""
        index, sent = returned
        return index + len(sent)

    def task(self, lane: Any, index: int) -> int:
        """Return what it comes to where nothing has to be sent."""
        return self.prove(self.result(lane, index))

    async def aopen(self) -> Any:
        """Make what is returned."""
        return self.open()

    async def atask(self, lane: Any, index: int) -> int:
        """Do the very same: on a loop nothing has to be sent either."""
        return self.task(lane, index)

    anyopen, anytask = aopen, atask

    def demand(self) -> Demand:
        """CPU time alone, which is the executor's to save."""
        return Demand(cpu_s=None)


@dataclass
class Timers(Workload):
    """Set a timer and cancel it, `timers` times, as code with time limits does.

    On a loop a timer is `loop.call_later`, in the portable form a time limit of anyio's. Without a
    loop it is a `threading.Timer`, which is a thread each; it is joined, so that none is left.
    """

    timers: int = 50

    tasks = 20
    concurrency = 20

    def __post_init__(self) -> None:
        if self.timers < 1:
            raise ValueError(f"timers is at least 1, not {self.timers}")

    def task(self, lane: None, index: int) -> int:
        """Start a thread that waits, and end it."""
        for _ in range(self.timers):
            timer = threading.Timer(FAR_S, _went_off)
            timer.start()
            timer.cancel()
            timer.join()
        return index + self.timers

    async def atask(self, lane: None, index: int) -> int:
        """Have the loop call later, and not call after all; then let the others have their turn."""
        later, cancelled = asyncio.get_running_loop().call_later, 0
        for _ in range(self.timers):
            timer = later(FAR_S, _went_off)
            timer.cancel()
            cancelled += timer.cancelled()
        await asyncio.sleep(0)
        return index + cancelled

    async def anytask(self, lane: None, index: int) -> int:
        """Enter a time limit and leave it, which cancels it; then let the others take a turn."""
        from anyio import move_on_after
        from anyio.lowlevel import checkpoint

        cancelled = 0
        for _ in range(self.timers):
            with move_on_after(FAR_S) as limit:  # noqa: ASYNC100 - to leave it is the work
                pass
            cancelled += not limit.cancelled_caught
        await checkpoint()
        return index + cancelled

    def demand(self) -> Demand:
        """CPU time alone, which is the executor's to save."""
        return Demand(cpu_s=None)


def _went_off() -> None:
    raise RuntimeError("a timer went off that was cancelled")


@dataclass
class Locks(Workload):
    """Take a lock and let it go, `acquires` times: `threading.Lock`, or `asyncio.Lock` on a loop.

    Each lane has a lock of its own, unless `contended`: then all lanes share one, and whoever has
    it lets the others run once before letting it go, so that most of them find it taken. `anyio`
    takes anyio's lock in the place of asyncio's.
    """

    acquires: int = 200
    contended: bool = False
    anyio: bool = False

    tasks = 32
    concurrency = 8

    def __post_init__(self) -> None:
        if self.acquires < 1:
            raise ValueError(f"acquires is at least 1, not {self.acquires}")

    def unavailable(self) -> str | None:
        """Return that anyio is missing where it is wanted, or None."""
        return needs("trio", "anyio") if self.anyio else None

    def unsuited(self, executor: type[Executor]) -> str | None:
        """Return that processes have no lock in common, or None."""
        if self.contended and executor.scheduler == "processes":
            return "lanes in processes of their own share no such lock; leave contended out"
        return None

    def open(self) -> AbstractContextManager[Any]:
        """Make a lock, or find the one that all lanes of this process share."""
        return self._shared(threading.Lock) if self.contended else threading.Lock()

    def task(self, lane: AbstractContextManager[Any], index: int) -> int:
        """Take it and let it go."""
        taken = 0
        for _ in range(self.acquires):
            with lane:
                taken += 1
                if self.contended:
                    time.sleep(0)
        return index + taken

    async def aopen(self) -> Any:
        """Make a lock, or find the one that all lanes of this loop share."""
        kind = asyncio.Lock
        if self.anyio:
            kind = importlib.import_module("anyio").Lock
        return self._shared(kind) if self.contended else kind()

    async def atask(self, lane: Any, index: int) -> int:
        """Take it and let it go."""
        taken = 0
        for _ in range(self.acquires):
            async with lane:
                taken += 1
                if self.contended:
                    await asyncio.sleep(0)
        return index + taken

    async def anyopen(self) -> Any:
        """Make a lock of anyio's, or find the one that all lanes of this loop share."""
        kind = importlib.import_module("anyio").Lock
        return self._shared(kind) if self.contended else kind()

    async def anytask(self, lane: Any, index: int) -> int:
        """Take it and let it go."""
        from anyio.lowlevel import checkpoint

        taken = 0
        for _ in range(self.acquires):
            async with lane:
                taken += 1
                if self.contended:
                    await checkpoint()
        return index + taken

    def demand(self) -> Demand:
        """CPU time alone, which is the executor's to save."""
        return Demand(cpu_s=None)

    def _shared(self, kind: Callable[[], Any]) -> Any:
        # A lock of a loop is that loop's, and each loop has a thread.
        of = None if kind is threading.Lock else threading.get_ident()
        return vars(self).setdefault("_locks", {}).setdefault(of, kind())


@dataclass
class LoopChurn(Workload):
    """Make an event loop, run a coroutine on it and close it, `loops` times, as `asyncio.run` does.

    `loop` is which: `asyncio`, `uvloop` or `rloop`. There is the blocking form alone, since a loop
    runs in a thread that has none.
    """

    loops: int = 5
    loop: str = "asyncio"

    tasks = 20
    concurrency = 4

    def __post_init__(self) -> None:
        if self.loops < 1:
            raise ValueError(f"loops is at least 1, not {self.loops}")
        if self.loop not in LOOPS:
            raise ValueError(f"loop is {', '.join(LOOPS)}, not {self.loop!r}")

    def unavailable(self) -> str | None:
        """Return that the loop is missing, or None."""
        return needs("loops", self.loop)

    def lacks(self, form: str) -> str | None:
        """Return that there is a loop already where its tasks would run, or None."""
        return None if form == "blocking" else HAVE_A_LOOP

    def unsuited(self, executor: type[Executor]) -> str | None:
        """Return that there is a loop already, or that greenlets share one thread, or None."""
        if executor.scheduler in ("asyncio", "gevent"):
            return HAVE_A_LOOP
        if self.loop == "rloop" and executor.scheduler == "threads":
            return "rloop fails where several threads have a loop each; run it under processes"
        return None

    def load(self, form: str) -> None:
        """Import the loop."""
        self._factory()

    def task(self, lane: None, index: int) -> int:
        """Have a runner make each loop, run one coroutine and close it."""
        factory, ran = self._factory(), 0
        for _ in range(self.loops):
            with asyncio.Runner(loop_factory=factory) as runner:
                ran += runner.run(_one())
        return index + ran

    def demand(self) -> Demand:
        """CPU time alone."""
        return Demand(cpu_s=None)

    def _factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        factory: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module(
            self.loop
        ).new_event_loop
        return factory


async def _one() -> int:
    return 1
