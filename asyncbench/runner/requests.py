"""The request that tells a worker which cell is its own."""

from __future__ import annotations

from asyncbench.record.plan import Cell, Plan
from asyncbench.runner.processes.target import TargetProcess
from asyncbench.worker.protocol import Load


def load(plan: Plan, cell: Cell, target: TargetProcess | None) -> Load:
    """Return the request to load one cell of a plan, whose work talks to a target or to None."""
    work = plan.works[cell.work]
    return Load(
        path=plan.variant_of(cell).path,
        workload=work.reference,
        params=work.params | work.secrets,
        tasks=work.tasks,
        concurrency=work.concurrency,
        executor=cell.reference,
        address=target.address if target else None,
        processes=work.processes or plan.processes,
        gc=plan.gc,
    )
