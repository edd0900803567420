"""Which tasks of a program never ended by themselves, and where they awaited."""

from __future__ import annotations

from collections.abc import Callable

from asyncbench.analysis.trace.model import Endless, Text
from asyncbench.record.trace import Trace

# Why an `EventKind.AWAITS` was noted.
LOOKED, THROWN, ENDED, MAIN = range(4)
# Numbers of tasks of one loop are so far from those of the next.
LOOP_BITS = 40
# Ctrl-C reaches a program and whoever traces it at about the same time.
EARLY_NS = 100_000_000


class EndlessTasks:
    """Follows what the events of one process say of where tasks await."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._seen: dict[int, int] = {}
        self._mains: dict[int, int] = {}  # of each loop, how many that it is run for go on
        self._main_tasks: set[int] = set()
        self._thrown: dict[int, Endless] = {}

    def awaits(self, number: int, seen: int, text: int, why: int) -> bool:
        """Take in where a task awaits; return whether it may never have ended by itself."""
        loop = number >> LOOP_BITS
        if why == MAIN:
            self._main_tasks.add(number)
            self._mains[loop] = self._mains.get(loop, 0) + 1
            return False
        self._seen[number] = text
        if why != THROWN:
            return False
        interrupted = self._trace.interrupted_ns
        if interrupted:
            return seen >= interrupted - EARLY_NS
        return not self._mains.get(loop, 1)  # what a loop cancels once its main task is done

    def add(
        self, number: int, label: str, since: int, until: int, text: Text | None, code: Text
    ) -> None:
        """Add a task that did not end by itself; times are those of the clock."""
        zero = self._trace.began_ns
        self._thrown.setdefault(number, Endless(label, since - zero, until - zero, text, code))

    def ended(self, number: int) -> None:
        """Take in that a task has ended."""
        if number in self._main_tasks:
            self._mains[number >> LOOP_BITS] -= 1

    def found(self) -> list[Endless]:
        """Return those that were added."""
        return list(self._thrown.values())

    def text_of(self, number: int, text: Callable[[int], Text]) -> Text | None:
        """Return where a task was seen to await last, None where it was not."""
        known = self._seen.get(number, 0)
        return text(known) if known else None
