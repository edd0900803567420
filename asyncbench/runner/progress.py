"""What is being measured now, as whoever watches a run is told."""

from __future__ import annotations

from dataclasses import dataclass

from asyncbench.analysis.result import Result
from asyncbench.record.plan import Work


@dataclass(frozen=True, slots=True)
class Moment:
    """Which cell is up, in which round of how many; round 0 calibrates.

    `latest` is what the rounds before come to, once they may be enough; `needed_s` is about how
    many seconds the whole run takes at the least until anything can be decided, 0 until known.
    """

    work: Work
    executor: str
    round: int
    rounds: int
    elapsed_s: float
    latest: Result | None = None
    needed_s: float = 0.0
