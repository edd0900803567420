"""What lanes cost over a bare TaskGroup: executor and group in turn on one loop, in this process.

`python -m tests.benchmarks.lanes` prints medians of the ratios of neighbours, of wall time and of
CPU time of the loop's thread, in which whoever else uses the machine has less of a part. The bare
group keeps its tasks and adds up what they returned, as the executor must.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from asyncbench import Workload
from asyncbench.executors import registry
from asyncbench.executors.asyncio_base import EventLoopExecutor


@dataclass
class Pause(Workload):
    """One sleep."""

    seconds: float = 0.0

    async def atask(self, lane: None, index: int) -> int:
        await asyncio.sleep(self.seconds)
        return index


async def bare(workload: Workload, tasks: int) -> int:
    """Run all tasks at once; return the sum of what they returned."""
    async with asyncio.TaskGroup() as group:
        made = [group.create_task(workload.atask(None, index)) for index in range(tasks)]
    return sum([task.result() for task in made])


def ratios(
    executor: str, workload: Workload, tasks: int, lanes: int, pairs: int
) -> tuple[float, float, float]:
    """Return ours over bare in wall time and in CPU time, and the CPU ns of a bare task."""
    made = registry.find(executor)[1]()
    assert isinstance(made, EventLoopExecutor)
    made.start(workload, lanes)
    loop = made.loop()
    ours = _timed(lambda: made.run(tasks))
    its = _timed(lambda: loop.run_until_complete(bare(workload, tasks)))
    ours(), its()
    gc.collect()
    gc.freeze()
    walls, used, alone = [], [], []
    for pair in range(pairs):
        # Each goes first in every other pair: what the first leaves behind is the second's to pay.
        if pair % 2:
            wall, cpu = ours()
            bare_wall, bare_cpu = its()
        else:
            bare_wall, bare_cpu = its()
            wall, cpu = ours()
        walls.append(wall / bare_wall)
        used.append(cpu / bare_cpu)
        alone.append(bare_cpu)
    made.stop()
    return median(walls), median(used), median(alone) / tasks


def _timed(run: Callable[[], object]) -> Callable[[], tuple[int, int]]:
    def timed() -> tuple[int, int]:
        wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
        run()
        return time.perf_counter_ns() - wall, time.thread_time_ns() - cpu

    return timed


def main() -> None:
    """Print the ratios for each load and executor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--lanes", type=int, default=1000)
    options = parser.parse_args()
    for seconds in (0.0, 0.001):
        for executor in ("asyncio", "uvloop"):
            wall, cpu, each = ratios(
                executor, Pause(seconds), options.tasks, options.lanes, options.pairs
            )
            print(
                f"sleep({seconds:g}) under {executor}: wall {wall:.3f}, CPU {cpu:.3f} "
                f"({each:.0f} ns of CPU a bare task; {options.pairs} pairs)",
                flush=True,
            )


if __name__ == "__main__":
    main()
