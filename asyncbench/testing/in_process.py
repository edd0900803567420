"""Measures functions in this very process, in turn, on the loop that runs if one does.

What else the process holds, from pytest's own memory to the plugins' hooks, is measured with them:
so each result says that it was in process.
"""

from __future__ import annotations

import gc
import inspect
import random
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from math import log
from time import perf_counter
from typing import Any

from asyncbench.errors import UsageError, near_matches
from asyncbench.stats import intervals, simultaneous
from asyncbench.stats.intervals import Interval

# A block of calls is to take so long, that reading the clock and cold caches weigh nothing.
BLOCK_S = 0.005
ROUNDS = 12


@dataclass
class InProcess:
    """The seconds a call, by function: a list a round, a value a block.

    `calls` is how many calls a block had, `loop` what they ran on ('' for none).
    """

    rounds: dict[str, list[list[float]]]
    calls: dict[str, int]
    loop: str = ""

    @property
    def names(self) -> list[str]:
        """The functions, in the order they were given."""
        return [*self.rounds]

    def seconds(self, name: str) -> list[float]:
        """Return every time a call takes, a value a block, in seconds."""
        self._check(name)
        return [each for values in self.rounds[name] for each in values]

    def time(self, name: str) -> Interval:
        """Return the seconds that a call takes, with its interval, in this process alone."""
        self._check(name)
        logs = [[log(each) for each in values] for values in self.rounds[name]]
        return simultaneous.ratio(logs, intervals.ALPHA)

    def beside(self, key: str | Sequence[str], other: str | Sequence[str]) -> Interval | None:
        """Return the time of one function over another's, block by block, with its interval."""
        one, another = (key if isinstance(key, str) else " ".join(key) for key in (key, other))
        self._check(one)
        self._check(another)
        paired = [
            [log(mine / its) for mine, its in zip(own, others, strict=True)]
            for own, others in zip(self.rounds[one], self.rounds[another], strict=True)
        ]
        return simultaneous.ratio(paired, intervals.ALPHA)

    def _check(self, name: str) -> None:
        if name not in self.rounds:
            raise UsageError(
                f"nothing named {name!r} was measured{near_matches(name, self.rounds)}"
            )


@dataclass
class Timed:
    """Stretches of a test's own code that it times itself: seconds, in the order they came."""

    name: str
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median of all, in seconds."""
        return statistics.median(self.seconds)


async def measure(works: Mapping[str, Callable[[], Any]], budget_s: float) -> InProcess:
    """Measure functions in turn, in random order, for so many seconds: what is async is awaited.

    Each is called once before, which tells which it is. Exceptions of theirs are raised as they
    are.
    """
    began = perf_counter()
    timers: dict[str, Callable[[int], Any]] = {}
    calls: dict[str, int] = {}
    blocks: dict[str, float] = {}
    for name, work in works.items():
        returned = work()
        is_async = inspect.isawaitable(returned)
        if is_async:
            await returned
        timers[name] = _async_block(work) if is_async else _block(work)
        calls[name], blocks[name] = await _calibrated(timers[name])
    left = budget_s - (perf_counter() - began)
    each = max(1, int(left / ROUNDS / max(sum(blocks.values()), 1e-9)))
    rounds: dict[str, list[list[float]]] = {name: [] for name in works}
    draw = random.Random()
    gc.collect()
    for _ in range(ROUNDS):
        for times in rounds.values():
            times.append([])
        for _ in range(each):
            for name in draw.sample([*works], len(works)):
                took = timers[name](calls[name])
                seconds = await took if inspect.isawaitable(took) else took
                rounds[name][-1].append(max(seconds, 1e-9) / calls[name])
    return InProcess(rounds, calls, running_loop())


async def _calibrated(timer: Callable[[int], Any]) -> tuple[int, float]:
    """Return how many calls make a block, and the seconds that it takes."""
    calls = 1
    while True:
        took = timer(calls)
        seconds = await took if inspect.isawaitable(took) else took
        if seconds >= BLOCK_S:
            return calls, seconds
        calls = max(calls * 2, min(calls * 10, int(calls * BLOCK_S / max(seconds, 1e-9)) + 1))


def _block(work: Callable[[], Any]) -> Callable[[int], float]:
    def timed(calls: int) -> float:
        began = perf_counter()
        for _ in repeat(None, calls):
            work()
        return perf_counter() - began

    return timed


def _async_block(work: Callable[[], Any]) -> Callable[[int], Any]:
    async def timed(calls: int) -> float:
        began = perf_counter()
        for _ in repeat(None, calls):
            await work()
        return perf_counter() - began

    return timed


def running_loop() -> str:
    """Return what runs coroutines here: asyncio, uvloop, trio or another; '' where nothing does."""
    asyncio = sys.modules.get("asyncio")
    loop = asyncio._get_running_loop() if asyncio else None
    if loop is not None:
        return type(loop).__module__.partition(".")[0]
    trio = sys.modules.get("trio")
    if trio is not None:
        try:
            trio.lowlevel.current_trio_token()
        except RuntimeError:
            return ""
        return "trio"
    return ""
