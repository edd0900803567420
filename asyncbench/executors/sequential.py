"""One task after the other in a plain for-loop: what everything else is compared with."""

from __future__ import annotations

from typing import Any

from asyncbench.core.executor import Executor, Family
from asyncbench.core.items import Given
from asyncbench.core.workload import Proof, Workload


class Sequential(Executor):
    """A plain for-loop with one lane."""

    name = "sequential"
    family = Family.SEQUENTIAL

    gives_items = True

    _workload: Workload
    _lane: Any

    def start(self, workload: Workload, concurrency: int) -> None:
        """Open the one lane; `concurrency` is of no use to a loop."""
        self._workload, self._given = workload, Given(workload)
        self._lane = workload.open()
        self.lanes = 1

    def run(self, tasks: int) -> Proof:
        """Run the tasks in order."""
        task, lane = self._workload.task, self._lane
        return Proof.total([task(lane, index) for index in self._given.to(range(tasks))])

    def stop(self) -> None:
        """Close the lane."""
        self._workload.close(self._lane)
