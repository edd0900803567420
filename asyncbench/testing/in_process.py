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

# A block of calls is to take so long: reading the clock weighs nothing in it, and most blocks end
# before another program takes the CPU. Before a function waits or computes for longer, one call.
BLOCK_S = 0.0005
# A look that took so long may be one that others took the CPU from: it is looked once more, unless
# it took longer than that ever does.
LONG_S, LONGEST_S = 0.005, 0.1
ROUNDS = 12
# The quickest of so many looks tells how long a call takes: it is what others took no time from.
LOOKS = 5
# Functions that take about as long have blocks of as many calls: in a longer block, others take
# the CPU more often, and equals would come out different.
ALIKE = 2.0


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
    loop: str = ""
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
    costs: dict[str, float] = {}
    for name, work in works.items():
        returned = work()
        is_async = inspect.isawaitable(returned)
        if is_async:
            await returned
        timers[name] = _async_block(work) if is_async else _block(work)
        costs[name] = await _cost_s(timers[name])
    calls = _calls(costs)
    rounds: dict[str, list[list[float]]] = {name: [] for name in works}
    draw = random.Random()
    gc.collect()
    start = perf_counter()
    length = max(0.0, began + budget_s - start) / ROUNDS
    for number in range(1, ROUNDS + 1):
        for times in rounds.values():
            times.append([])
        while True:
            for name in draw.sample([*works], len(works)):
                seconds = await _seconds(timers[name], calls[name])
                rounds[name][-1].append(seconds / calls[name])
            if perf_counter() >= start + number * length:
                break
    return InProcess(rounds, calls, running_loop())


async def _cost_s(timer: Callable[[int], Any]) -> float:
    """Return about how many seconds a call takes."""
    calls, least = 1, 0.0
    while True:
        for look in range(LOOKS):
            seconds = await _seconds(timer, calls)
            least = min(seconds, least) if look else seconds
            if least >= (LONG_S if look else LONGEST_S):
                break
        if least >= BLOCK_S:
            return least / calls
        calls = max(calls * 2, min(calls * 10, int(calls * BLOCK_S / max(least, 1e-9)) + 1))


async def _seconds(timer: Callable[[int], Any], calls: int) -> float:
    took = timer(calls)
    seconds: float = await took if inspect.isawaitable(took) else took
    return max(seconds, 1e-9)


def _calls(costs: Mapping[str, float]) -> dict[str, int]:
    """Return how many calls make a block of each function, by what a call takes."""
    if max(costs.values()) <= ALIKE * min(costs.values()):
        costs = dict.fromkeys(costs, min(costs.values()))
    return {name: max(1, round(BLOCK_S / cost)) for name, cost in costs.items()}


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
