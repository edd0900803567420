"""Executors that start the tasks of a tree eagerly, to be measured beside those that do not."""

from __future__ import annotations

import dataclasses
from typing import Any

from asyncbench.core.workload import Workload
from asyncbench.executors.asyncio_base import EventLoopExecutor
from asyncbench.executors.asyncio_loop import AsyncioLoop
from asyncbench.executors.uvloop_loop import UvloopLoop
from asyncbench.worker.instrument.workload import InstrumentedWorkload


class _Eager(EventLoopExecutor):
    def start(self, workload: Workload, concurrency: int) -> None:
        tree: Any = workload
        if isinstance(tree, InstrumentedWorkload):
            tree._inner = dataclasses.replace(tree._inner, eager=True)
        else:
            tree = dataclasses.replace(tree, eager=True)
        super().start(tree, concurrency)


class EagerAsyncio(_Eager, AsyncioLoop):
    name = "asyncio eager"


class EagerUvloop(_Eager, UvloopLoop):
    name = "uvloop eager"
