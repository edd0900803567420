"""Works whose first batch in a process takes longer than those after it: what it prepares or keeps.

A module that is imported in the first call, or a dictionary that answers from the second time on:
later batches do other work than the first, and only one of the two can be what is timed.
"""

from __future__ import annotations

from dataclasses import dataclass

from asyncbench import units
from asyncbench.record.run import Run

# From this factor on workers are warmed up however long a batch takes.
COLD = 1.5
# From this factor and difference on it is told.
TOLD, LEAST_S = 2.0, 0.005
# Of one cell alone the machine may have made the difference.
LEAST_CELLS = 2


@dataclass(frozen=True, slots=True)
class Start:
    """The seconds of a cell's first batch in a fresh process, and of a batch right after it."""

    first_s: float
    next_s: float

    @property
    def is_slow(self) -> bool:
        """Whether the first takes so much longer that it must not be timed with the others."""
        return self.first_s > COLD * self.next_s


def of_cell(run: Run, cell: int) -> Start | None:
    """Return how the process started in which a cell was calibrated; None where nobody looked."""
    warmups = run.samples.warmups(cell)
    rounds = warmups.column("round")
    times = [each for number, each in zip(rounds, warmups.seconds(), strict=True) if number == 0]
    return Start(times[0], times[-1]) if len(times) > 1 else None


def sentences(run: Run) -> list[str]:
    """Return which functions are timed without what their first batch does besides."""
    starts: dict[str, list[Start]] = {}
    for cell in run.plan.cells:
        name = cell.variant if run.plan.of_functions else run.plan.works[cell.work].workload
        known = of_cell(run, cell.id)
        if known and not run.plan.works[cell.work].demand_known:
            starts.setdefault(name, []).append(known)
    return [_told(name, found) for name, found in starts.items() if _is_certain(found)]


def _is_certain(starts: list[Start]) -> bool:
    return sum(map(_differs, starts)) >= min(LEAST_CELLS, len(starts))


def _differs(start: Start) -> bool:
    return start.first_s > TOLD * start.next_s and start.first_s - start.next_s > LEAST_S


def _told(name: str, starts: list[Start]) -> str:
    most = max(starts, key=lambda start: start.first_s)
    first, later = units.seconds(most.first_s), units.seconds(most.next_s)
    return (
        f"the first batch of {name} in a process takes {first}, a later one {later}: it prepares "
        "something, or keeps what it found; later ones are what is timed"
    )
