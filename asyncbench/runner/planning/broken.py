"""What stands for code that fails before it says anything of itself: a work, or an executor."""

from __future__ import annotations

from typing import ClassVar

from asyncbench.core.executor import Executor, Family
from asyncbench.core.workload import Workload
from asyncbench.executors import written
from asyncbench.record.plan import Work
from asyncbench.runner.planning.options import RunOptions


class BrokenExecutor(Executor):
    """Stands for an executor whose code fails, and runs nothing; `why` says how it fails."""

    family = Family.HYBRID
    why: ClassVar[str]


def executor(text: str, why: str) -> tuple[str, str, type[BrokenExecutor]]:
    """Return label, reference and class that stand for an executor, by how it is written."""
    asked = written.read(text)
    reference = written.told(asked.name, asked.given)
    stands = type("BrokenExecutor", (BrokenExecutor,), {"name": asked.name, "why": why})
    return reference + asked.label, reference, stands


def work(reference: str, why: str, options: RunOptions) -> Work:
    """Return the work that stands for a reference whose code fails."""
    tasks = options.tasks or Workload.tasks
    return Work(
        workload=reference,
        reference=reference,
        params={},
        tasks=tasks,
        concurrency=min(options.concurrency or Workload.concurrency, tasks),
        demand_known=False,
        broken=why,
    )
