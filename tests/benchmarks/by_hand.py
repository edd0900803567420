"""A loop by hand: a line in asks for repetitions on a CPU, a line out has their nanoseconds."""

from __future__ import annotations

import asyncio
import os
import sys
from time import perf_counter_ns

from tests.benchmarks import loads


def main() -> None:
    """Time the load that the first argument names."""
    if sys.argv[1] == "FiveMilliseconds":
        for line in sys.stdin:
            repetitions, spent = _go_to(line), 0
            loads.arithmetic(55_000)  # a loop that goes on has no cold first turn
            for _ in range(repetitions):
                began = perf_counter_ns()
                loads.arithmetic(55_000)
                spent += perf_counter_ns() - began
            print(spent, flush=True)
        return
    load = {"GatherThousand": loads.gather_thousand, "HundredSleeps": loads.hundred_sleeps}
    asyncio.run(_answer(load[sys.argv[1]]))


async def _answer(load: object) -> None:
    assert callable(load)
    for line in sys.stdin:
        repetitions, spent = _go_to(line), 0
        await load()
        for _ in range(repetitions):
            began = perf_counter_ns()
            await load()
            spent += perf_counter_ns() - began
        print(spent, flush=True)


def _go_to(line: str) -> int:
    """Start where a sample of asyncbench does: the line has repetitions and a CPU."""
    repetitions, cpu = map(int, line.split())
    free = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    os.sched_setaffinity(0, free)
    return repetitions


if __name__ == "__main__":
    main()
