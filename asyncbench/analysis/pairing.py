"""The cells of two runs that are each other's counterparts, and what keeps some from comparing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import log

from asyncbench.analysis.judgement import Row, Status
from asyncbench.analysis.result import Result
from asyncbench.record.plan import Cell, Work
from asyncbench.stats.distances import Rounds

# What two cells share that are compared: workload, parameters, tasks, concurrency,
# executor, variant, and which of several cells that share all of these.
Key = tuple[str, str, int, int, str, str, int]


@dataclass(frozen=True, slots=True)
class PairedCell:
    """One cell of one run, as that run judges it, and the log of its times.

    `twins` is how far apart the work's control and the cell that it is a twin of came out, as a
    log-ratio; 0 where there is no control.
    """

    work: Work
    row: Row
    times: list[list[float]]
    proofs: frozenset[tuple[int, int]]
    twins: float


def sides(result: Result) -> dict[Key, PairedCell]:
    """Return every cell of a run that is no control, in the order they are shown."""
    summary = result.summary
    found: dict[Key, PairedCell] = {}
    for judgement in result.judgements:
        control = judgement.control
        twins = abs(log(control.ratio.estimate)) if control and control.ratio else 0.0
        for row in judgement.rows:
            proofs = result.run.samples.counted(row.cell.id).proofs()
            times = summary.log_times(row.cell)
            side = PairedCell(judgement.work, row, times, proofs, twins)
            found[_key(judgement.work, row.cell, found)] = side
    return found


def controls(result: Result, found: Mapping[Key, PairedCell]) -> dict[Key, Rounds]:
    """Return the times of a run's controls, under the keys of the cells that they are twins of."""
    summary = result.summary
    keys = {side.row.cell.id: key for key, side in found.items()}
    times = {
        keys[cell.control_of]: summary.log_times(cell)
        for cell in result.run.controls
        if cell.control_of in keys
    }
    return {key: rounds for key, rounds in times.items() if rounds}


def same_work(one: Key, another: Key) -> bool:
    """Return whether two cells are of the same work."""
    return one[:4] == another[:4]


def refusal(first: PairedCell, other: PairedCell) -> str:
    """Return why two cells of the same name cannot be compared, '' where they can."""
    statuses = first.row.status, other.row.status
    if statuses == (Status.UNAVAILABLE, Status.UNAVAILABLE):
        return f"unavailable in both: {first.row.why}"
    for status, side, name in zip(statuses, (first, other), ("first", "other"), strict=True):
        if status is not Status.OK:
            return f"{status} in the {name}: {side.row.why}"
    if first.proofs != other.proofs:
        one, another = (_proof(side.proofs) for side in (first, other))
        return f"what {one} in the first, what {another} in the other"
    return ""


def renamed(sides: Mapping[Key, PairedCell], others: Mapping[Key, PairedCell]) -> list[str]:
    """Return notes on workloads that share a name and stand for something else, folders aside."""
    notes = {}
    for key, side in sides.items():
        if key in others:
            one, another = side.work.reference, others[key].work.reference
            if one.rpartition("/")[2] != another.rpartition("/")[2]:
                notes[one, another] = (
                    f"{side.work.workload} is {one} in the first and {another} in the other"
                )
    return list(notes.values())


def _key(work: Work, cell: Cell, taken: Mapping[Key, PairedCell]) -> Key:
    params = json.dumps(work.params, sort_keys=True, default=str)
    place = (work.workload, params, work.tasks, work.concurrency, cell.executor, cell.variant)
    number = next(number for number in itertools.count() if (*place, number) not in taken)
    return (*place, number)


def _proof(proofs: frozenset[tuple[int, int]]) -> str:
    count, checksum = min(proofs)
    return f"{count} tasks returned adds up to {checksum}"
