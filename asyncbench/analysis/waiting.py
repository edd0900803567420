"""How much of its time a task waits, from whatever was measured that tells it."""

from __future__ import annotations

from asyncbench.analysis.judgement import Judgement

# Who gives the CPU up less often than that, a batch, waits for nothing.
GIVEN_UP = 0.5


def waiting_share(judgement: Judgement) -> float | None:
    """Return the share of a task's time that it waits for, None where that is not known.

    A measured demand tells it best. In the sequential cell tasks run one after the other, so what
    was not CPU time was waiting, for the task's own sake or for a CPU that others had; its busiest
    sample has least of the latter. Without such a cell the demand that the workload says tells.
    """
    if judgement.functions:
        return None  # each waits for a share of its own
    measured = judgement.demanded
    if measured and measured.wait_s + measured.cpu_s > 0:
        return measured.wait_s / (measured.wait_s + measured.cpu_s)
    known = judgement.work
    for row in judgement.rows:
        if row.figures and row.ok and row.cell.one_by_one:
            if known.demand_known and known.wait_s and known.cpu_s is None:
                return known.wait_s / (known.wait_s + row.figures.cpu_s / known.tasks)
            taken, given_up = row.figures.involuntary, row.figures.voluntary
            if taken > 0 and given_up < GIVEN_UP:
                return 0.0
            return max(0.0, 1 - row.figures.busiest)
    if not known.demand_known:
        return None
    if known.cpu_s is None:
        return None if known.wait_s else 0.0
    whole = known.wait_s + known.cpu_s
    return known.wait_s / whole if whole else None
