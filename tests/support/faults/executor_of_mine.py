"""Executors of a user's own."""

from asyncbench import Executor, Family, Proof


class Backwards(Executor):
    """Runs the tasks from the last to the first."""

    name = "backwards"
    family = Family.SEQUENTIAL

    def start(self, workload, concurrency):
        self.workload, self.lane, self.lanes = workload, workload.open(), 1

    def run(self, tasks):
        return Proof.total(self.workload.task(self.lane, i) for i in reversed(range(tasks)))

    def describe(self, tasks):
        return {"from": {"the end"}}


class Missing(Backwards):
    name = "missing"

    def unavailable(self):
        return "libmissing is not installed; install it with: pip install missing"
