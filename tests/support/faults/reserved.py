from dataclasses import dataclass

from asyncbench import Workload


@dataclass
class Takes(Workload):
    tasks: int = 3

    def task(self, lane, index):
        return index
