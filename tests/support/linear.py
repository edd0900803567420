"""Two executors whose batches take a fixed time and so much a task: they are equal at ten tasks."""

import time
from dataclasses import dataclass

from asyncbench import Demand, Executor, Family, Proof, Workload

CROSSING = 10


@dataclass
class Nothing(Workload):
    """Returns its number."""

    concurrency = 1

    def task(self, lane, index):
        return index

    def demand(self):
        return Demand()


class Linear(Executor):
    """Waits for the time of a batch, then counts its tasks."""

    family = Family.PREEMPTIVE
    fixed_s = each_s = 0.0

    def start(self, workload, concurrency):
        self.workload, self.lane, self.lanes = workload, workload.open(), 1

    def run(self, tasks):
        time.sleep(self.fixed_s + self.each_s * tasks)
        return Proof.total(self.workload.task(self.lane, index) for index in range(tasks))


class Quick(Linear):
    """Starts at once, and takes long for each task."""

    name = "quick"
    fixed_s, each_s = 0.005, 0.001


class Steady(Linear):
    """Takes long to begin, and little for each task."""

    name = "steady"
    fixed_s, each_s = 0.0125, 0.00025
