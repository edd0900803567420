"""The request that tells a worker which cell is its own."""

from __future__ import annotations

from typing import Any

from asyncbench.record.plan import Cell, Plan
from asyncbench.runner.processes.target import TargetProcess
from asyncbench.worker.protocol import Load


def load(plan: Plan, cell: Cell, target: TargetProcess | None) -> Load:
    """Return the request to load one cell of a plan, whose work talks to a target or to None."""
    work, variant = plan.works[cell.work], plan.variant_of(cell)
    return Load(
        path=variant.path,
        workload=variant.reference or work.reference,
        params=work.params | variant.params | work.secrets,
        tasks=work.tasks,
        concurrency=work.concurrency,
        executor=cell.reference,
        address=target.address if target else None,
        processes=work.processes or plan.processes,
        gc=plan.gc,
        proof=plan.proof,
        call=_call(work.call, variant.call),
    )


def _call(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return how a function is called: as all functions of a work are, and as it is alone."""
    return {**own, "params": own["params"] | shared["params"]} if own else shared
