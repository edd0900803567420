"""Events summed up as they happen: what a run wants to know of a loop, in little room."""

from __future__ import annotations

from array import array
from typing import Any

from asyncbench.record.events import KIND_BITS, EventKind
from asyncbench.stats.fairness import lanes_of
from asyncbench.stats.quantiles import quantile

MASK = (1 << KIND_BITS) - 1


class LoopStats:
    """Takes events as a `Spool` does; keeps how long steps held the loop and callbacks waited."""

    buffer = None
    end = 1

    def __init__(self, threshold_ns: int) -> None:
        self._threshold = threshold_ns
        self._texts: dict[Any, int] = {}
        self._by_number: dict[int, dict[str, Any]] = {}
        self._created: dict[int, int] = {}
        self._stacks: dict[int, dict[int, int]] = {}
        self._dues: dict[int, int] = {}
        self._turn = self._ended = 0
        self._lanes: dict[int, int] = {}
        self._longest = (0, 0, 0)  # how long, since when, text of the task
        self.holds, self.lags = array("q"), array("q")
        self.held_ns = self.blocked_ns = self.suspends = 0

    def at(self) -> int:
        """Give the place of the next event: there is none to run out of."""
        return 0

    def number(self, key: Any, **text: Any) -> int:
        """Give the number of a text."""
        found = self._texts.setdefault(key, len(self._texts) + 1)
        self._by_number[found] = text
        return found

    def event(self, kind: EventKind, subject: int, *numbers: int) -> None:
        """Take one event."""
        self.write(None, 0, kind | subject << KIND_BITS, *numbers)

    def write(self, buffer: Any, place: int, /, *numbers: int) -> None:
        """Take one event as `Spool.write` does."""
        tag, one, two, three, four = numbers
        kind, subject = tag & MASK, tag >> KIND_BITS
        if kind in (EventKind.STEP, EventKind.LAST_STEP):
            held, due = three - two, self._dues.pop(subject, 0)
            if one >= self._ended:
                self._turn = self._ended
            self._ended = three
            ready = due if due and due < self._turn else one  # as `slicing.punctual` has it
            self.holds.append(held)
            self.lags.append(max(0, two - ready))
            self.held_ns += held
            self.suspends += kind == EventKind.STEP
            if held >= self._threshold:
                self.blocked_ns += held
            if held > self._longest[0]:
                self._longest = held, two, self._created.get(subject, 0)
            if kind == EventKind.LAST_STEP:
                self._created.pop(subject, None)
        elif kind == EventKind.LAST_NESTED:
            self._created.pop(subject, None)
        elif (
            kind == EventKind.CREATED and four != 1
        ):  # an executor's own lanes have no name to tell
            self._created[subject] = three
        elif kind == EventKind.BEGIN:
            self._lanes[one] = self._lanes.get(one, 0) + 1
        elif kind == EventKind.DUE:
            self._dues[subject] = one
        elif kind == EventKind.HOLD:
            its = self._stacks.setdefault(one, {})
            its[three] = its.get(three, 0) + 1

    def by(self, otherwise: str) -> str:
        """Name the code of the longest step: its line where it was seen, else where it begins.

        `otherwise` is that of a lane, which is the workload's.
        """
        _, since, created = self._longest
        seen = self._stacks.get(since)
        text = self._by_number.get(max(seen, key=seen.__getitem__) if seen else created)
        if text is None:
            return otherwise
        file = text["file"].replace("\\", "/").rpartition("/")[2]
        return f"{text['name']} ({file}:{text['line']})" if file else str(text["name"])

    def figures(self, lanes: int) -> dict[str, int | float]:
        """Give what a run records of it; `lanes` is how many there were, with tasks or without."""
        idle = [0] * (lanes - len(self._lanes))
        fair = lanes_of([*self._lanes.values(), *idle])
        return {
            "jain": fair.index,
            "starved": len(fair.starved),
            "held_ns": self.held_ns,
            "longest_ns": self._longest[0],
            "blocked_ns": self.blocked_ns,
            "hold_p99_ns": quantile(self.holds, 0.99),
            "lag_p99_ns": quantile(self.lags, 0.99),
            "lag_max_ns": max(self.lags, default=0),
            "steps": len(self.holds),
            "suspends": self.suspends,
        }
