"""Executors with a planted fault: they do a known share of the cpu work once more."""

from __future__ import annotations

import dataclasses
from typing import Any

from asyncbench.core.workload import Proof, Workload
from asyncbench.executors.sequential import Sequential


class _Slower(Sequential):
    share = 0.0

    def start(self, workload: Workload, concurrency: int) -> None:
        super().start(workload, concurrency)
        plain: Any = workload
        self._more = dataclasses.replace(plain, iterations=round(plain.iterations * self.share))

    def run(self, tasks: int) -> Proof:
        proof = super().run(tasks)
        for index in range(tasks):
            self._more.task(None, index)
        return proof


class Slower3(_Slower):
    name = "slower by 3 %"
    share = 0.03


class Slower5(_Slower):
    name = "slower by 5 %"
    share = 0.05
