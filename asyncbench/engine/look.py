"""The extra pass: what a batch does to its event loop, in which order, and what a task asks for.

Watching takes time, so nothing here happens in a timed sample.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from time import perf_counter_ns, thread_time
from typing import Any

from asyncbench.executors.base import Executor
from asyncbench.functions import FunctionWorkload
from asyncbench.workload import Workload, forms

# A demand is measured over this many tasks, or for this long where they are slow.
DEMAND_TASKS = 20
DEMAND_S = 0.5
# The order of more tasks than this makes a line that nobody reads, and a journal that is refused.
MOST_ORDERED = 1_000_000


class Watched(Workload):
    """A workload that notes how long each step of a task keeps control, and which task ends when.

    Notes on steps stay in this process; the order goes to the file `log`, which tasks in other
    processes can write to as well.
    """

    def __init__(self, inner: Workload, log: str | None) -> None:
        self._inner = inner
        self._log = log
        self.steps = self.suspends = self.held_ns = self.longest_ns = 0

    def open(self) -> Any:
        """Open the watched workload's lane."""
        return self._inner.open()

    def close(self, lane: Any) -> None:
        """Close the watched workload's lane."""
        self._inner.close(lane)

    async def aopen(self) -> Any:
        """Open the watched workload's lane."""
        return await self._inner.aopen()

    async def aclose(self, lane: Any) -> None:
        """Close the watched workload's lane."""
        await self._inner.aclose(lane)

    def task(self, lane: Any, index: int) -> int:
        """Do the task as one step."""
        began = perf_counter_ns()
        proof = self._inner.task(lane, index)
        self._note(perf_counter_ns() - began)
        return self._ended(index, proof)

    async def atask(self, lane: Any, index: int) -> int:
        """Do the task step by step."""
        return self._ended(index, await _Stepped(self._inner.atask(lane, index), self))

    def _note(self, held: int) -> None:
        self.steps += 1
        self.held_ns += held
        self.longest_ns = max(self.longest_ns, held)

    def _ended(self, index: int, proof: int) -> int:
        if not isinstance(proof, int):
            kind = type(proof).__name__
            raise TypeError(f"a task returned {kind} where its proof of work, an int, is due")
        if self._log:
            # One short write to a file opened for appending is whole, whoever writes beside it.
            file = os.open(self._log, os.O_WRONLY | os.O_APPEND)
            os.write(file, f"{index}\n".encode())
            os.close(file)
        return proof


class _Stepped:
    """Awaits another awaitable and notes what each of its steps takes."""

    def __init__(self, awaited: Any, watched: Watched) -> None:
        self._awaited = awaited
        self._watched = watched

    def __await__(self) -> Generator[Any, Any, Any]:
        inner = self._awaited.__await__()
        resume: Callable[[], Any] = inner.__next__
        while True:
            began = perf_counter_ns()
            try:
                waits_for = resume()
            except StopIteration as done:
                return done.value
            finally:
                self._watched._note(perf_counter_ns() - began)
            self._watched.suspends += 1
            try:
                sent = yield waits_for
            except BaseException as error:  # cancelled, say: for the task itself to take
                resume = _throwing(inner, error)
            else:
                resume = _sending(inner, sent)


def _sending(inner: Any, sent: Any) -> Callable[[], Any]:
    return inner.__next__ if sent is None else lambda: inner.send(sent)


def _throwing(inner: Any, error: BaseException) -> Callable[[], Any]:
    return lambda: inner.throw(error)


def look(
    executor: Executor, workload: Workload, tasks: int, concurrency: int, log: str | None
) -> dict[str, Any]:
    """Run one watched batch; `log` is the file for the order in which tasks ended."""
    watched = Watched(workload, log)
    executor.start(watched, concurrency)
    began = perf_counter_ns()
    executor.run(tasks)
    wall = perf_counter_ns() - began
    executor.stop()
    return {
        "wall_ns": wall,
        "held_ns": watched.held_ns,
        "longest_ns": watched.longest_ns,
        "steps": watched.steps,
        "suspends": watched.suspends,
        "by": _place(workload, executor.form),
        "order": _order(Path(log)) if log else None,
    }


def _order(log: Path) -> list[int] | None:
    ended = log.read_text().split()
    return [int(index) for index in ended] if len(ended) <= MOST_ORDERED else None


def _place(workload: Workload, form: str) -> str:
    """Name the code that keeps control during a step, with file and line."""
    if isinstance(workload, FunctionWorkload):
        called: Any = workload.blocking if form == "blocking" else workload.cooperative
        name = called.__qualname__
    else:
        called = workload.task if form == "blocking" else workload.atask
        name = f"{type(workload).__qualname__}.{called.__name__}"
    code = getattr(called, "__code__", None)
    return f"{name} ({Path(code.co_filename).name}:{code.co_firstlineno})" if code else name


def demand(workload: Workload) -> dict[str, float | None]:
    """Measure what one task asks for: seconds waited, seconds of CPU, share of them under the GIL.

    Tasks run one by one, so what is not CPU time is waiting. Whether the GIL was held is seen from
    outside: how much slower a thread in pure Python gets meanwhile. It is not known (None) of a
    workload that has a cooperative form alone.
    """
    if "blocking" not in forms(type(workload)):
        wall, cpu = asyncio.run(_one_by_one(workload))
        return {"wait_s": max(0.0, wall - cpu), "cpu_s": cpu, "gil_share": None}
    lane = workload.open()
    try:
        wall, cpu = _timed(workload, lane)
        gil = _gil_share(workload, lane, cpu / wall if wall else 0.0)
    finally:
        workload.close(lane)
    return {"wait_s": max(0.0, wall - cpu), "cpu_s": cpu, "gil_share": gil}


def _timed(workload: Workload, lane: Any) -> tuple[float, float]:
    workload.task(lane, 0)
    began, used, done = time.perf_counter(), thread_time(), 0
    while done < DEMAND_TASKS and time.perf_counter() - began < DEMAND_S:
        workload.task(lane, done)
        done += 1
    return (time.perf_counter() - began) / done, (thread_time() - used) / done


async def _one_by_one(workload: Workload) -> tuple[float, float]:
    lane = await workload.aopen()
    await workload.atask(lane, 0)
    began, used, done = time.perf_counter(), time.process_time(), 0
    while done < DEMAND_TASKS and time.perf_counter() - began < DEMAND_S:
        await workload.atask(lane, done)
        done += 1
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    await workload.aclose(lane)
    return wall / done, cpu / done


def _gil_share(workload: Workload, lane: Any, cpu_share: float) -> float | None:
    """Tell which share of the task's CPU time holds the GIL; None where it hardly uses any.

    Beside work that holds the GIL all the time, a thread in pure Python gets every other turn.
    """
    if cpu_share < 0.05:
        return None
    alone = _counted(lambda: time.sleep(0.1))
    busy = time.perf_counter() + 0.2

    def work() -> None:
        index = 0
        while time.perf_counter() < busy:
            workload.task(lane, index)
            index += 1

    lost = 1 - min(1.0, _counted(work) / alone)
    return min(1.0, 2 * lost / cpu_share)


def _counted(action: Callable[[], object]) -> float:
    """Count a second's turns of a thread in pure Python while an action runs."""
    count = 0
    going = True

    def turn() -> None:
        nonlocal count
        while going:
            count += 1

    thread = threading.Thread(target=turn)
    began = time.perf_counter()
    thread.start()
    action()
    spent = time.perf_counter() - began
    going = False
    thread.join()
    return count / spent
