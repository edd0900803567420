"""How long a batch takes whose tasks queue for what they share: a discrete-event simulation."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of a task: so many seconds of one `server`, or of waiting where it is ''."""

    seconds: float
    server: str = ""


def batch_s(tasks: int, lanes: int, steps: Sequence[Step], servers: Mapping[str, int]) -> float:
    """Return the seconds until all tasks are done, each going through the same steps.

    Each of the `lanes` does one task after another; of each server there are as many as `servers`
    says, and who comes first is served first. Time goes from one event to the next (A. M. Law,
    Simulation Modeling and Analysis, 5th edition, section 1.3: next-event time advance).
    """
    if not steps:
        return 0.0
    free = {name: [0.0] * count for name, count in servers.items()}
    order = itertools.count()
    events = [(0.0, next(order), 0) for _ in range(min(lanes, tasks))]
    left, now = tasks - len(events), 0.0
    while events:
        now, _, place = heapq.heappop(events)
        if place == len(steps):
            if not left:
                continue
            left, place = left - 1, 0
        step = steps[place]
        ends = now + step.seconds
        if step.server:
            began = max(now, free[step.server][0])
            ends = began + step.seconds
            heapq.heapreplace(free[step.server], ends)
        heapq.heappush(events, (ends, next(order), place + 1))
    return now
