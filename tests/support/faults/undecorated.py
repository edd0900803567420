from asyncbench import Workload


class Forgot(Workload):
    size: int = 3

    def task(self, lane, index):
        return index
