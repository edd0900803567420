"""What a traced step costs in two checkouts, in turn: the second's time over the first's.

`python -m tests.benchmarks.step_cost FIRST SECOND` needs a quiet machine. Each checkout has a
process of its own, which is asked for one batch at a time. Times are CPU time of the loop's thread,
since whoever else uses the machine has no part in them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

# Under both executors: many steps a task, and few steps with a timer each.
LOADS = {"yield": ({"times": 100}, 100, 10_000), "sleep": ({"seconds": 0.0001}, 5_000, 5_000)}
SERVE = """
import sys, time
from tempfile import TemporaryDirectory
from asyncbench.core import catalogue
from asyncbench.executors import registry
from asyncbench.record.events import EventLog
from asyncbench.worker.instrument.workload import InstrumentedWorkload

for line in sys.stdin:
    name, params, tasks, executor, watched = eval(line)
    work = catalogue.build(catalogue.find(name)[0][0], params)
    made = registry.find(executor)[1]()
    with TemporaryDirectory() as folder:
        work = InstrumentedWorkload(work, EventLog(folder)) if watched else work
        made.start(work, 100)
        if watched:
            work.watch(made.loop())
        began = time.thread_time_ns()
        made.run(tasks)
        print(time.thread_time_ns() - began, flush=True)
        made.stop()
"""


class Checkout:
    """A process that runs batches with the package of one checkout."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def nanoseconds(self, load: str, executor: str, *, watched: bool) -> int:
        """Return the CPU time of one batch."""
        assert self._process.stdin
        assert self._process.stdout
        params, tasks, _ = LOADS[load]
        print((load, params, tasks, executor, watched), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def main() -> None:
    """Print, for each load and executor, the medians of the ratios and of what a step costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkouts", type=Path, nargs=2, metavar="CHECKOUT")
    parser.add_argument("--pairs", type=int, default=40)
    options = parser.parse_args()
    both = [Checkout(folder.resolve()) for folder in options.checkouts]
    for load, (_, _, steps) in LOADS.items():
        for executor in ("asyncio", "uvloop"):
            bare, times = [], []
            for pair in range(options.pairs + 1):
                found = [0, 0]
                for which in (0, 1) if pair % 2 else (1, 0):
                    found[which] = both[which].nanoseconds(load, executor, watched=True)
                if pair:  # the first warms up
                    times.append(found)
                    bare.append(both[pair % 2].nanoseconds(load, executor, watched=False))
            first, second = (median(each) for each in zip(*times, strict=True))
            ratio = median(after / before for before, after in times)
            unwatched = median(bare)
            print(
                f"{load} under {executor}: {ratio:.3f} times as long "
                f"({first / steps:.0f} and {second / steps:.0f} ns a step, "
                f"{(first - unwatched) / steps:.0f} and {(second - unwatched) / steps:.0f} ns "
                f"more than untraced; {options.pairs} pairs)",
                flush=True,
            )
    for each in both:
        each.close()


if __name__ == "__main__":
    main()
