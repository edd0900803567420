"""A worker of Dask killed at a random moment of a batch, many times.

`python -m tests.benchmarks.dask_kills [TIMES]`: no task may be lost or count twice, no process may
be left, and the row has to say what happened. Exits with 1 where anything else came of it.
"""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass

from asyncbench import AsyncbenchError, Proof, Workload
from asyncbench.core.system import descendants
from asyncbench.executors import registry

TASKS = 40
TOLD = re.compile(
    r"1 of 2 workers of Dask were lost, and \d+ of \d+ slices were sent again to others; each task "
    r"counts once, but the time is not that of the work"
)


@dataclass
class Nap(Workload):
    """Waits long enough for a kill to hit the middle of something."""

    seconds: float = 0.02

    def task(self, lane: object, index: int) -> int:
        """Wait."""
        time.sleep(self.seconds)
        return index


def once(draw: random.Random) -> str:
    """Kill a worker during a batch; return what came of it."""
    made = registry.make("dask:workers=2,chunk_size=2")
    made.load()
    made.start(Nap(), 2)
    try:
        assert made.run(TASKS) == proof()
        pids = [*made._cluster.client.run(os.getpid).values()]  # type: ignore[attr-defined]
        after = draw.uniform(0.0, TASKS * Nap.seconds / 2)
        timer = threading.Timer(after, os.kill, (draw.choice(pids), signal.SIGKILL))
        timer.start()
        try:
            same = made.run(TASKS) == proof()
            came = "killed after its last slice" if same else "WRONG PROOF"
        except AsyncbenchError as error:
            came = "told, each task once" if TOLD.fullmatch(str(error)) else f"WRONG: {error}"
        timer.join()
    finally:
        made._cluster.close()  # type: ignore[attr-defined]
    return came


def proof() -> Proof:
    """Return what a batch is to prove."""
    return Proof(TASKS, sum(range(TASKS)))


def main() -> int:
    """Do it as often as is asked for, and print what came of it."""
    times, seed = int(sys.argv[1]) if sys.argv[1:] else 30, random.randrange(1 << 30)
    draw, found = random.Random(seed), Counter[str]()
    for _ in range(times):
        found[once(draw)] += 1
    left = [pid for pid in descendants(os.getpid()) if not _is_tracker(pid)]
    print(f"{times} kills (seed {seed}): {dict(found)}; {len(left)} processes left")
    return int(bool(left) or any(name.startswith("WRONG") for name in found))


def _is_tracker(pid: int) -> bool:
    """Return whether it is multiprocessing's own resource tracker, which ends with its parent."""
    try:
        with open(f"/proc/{pid}/cmdline") as file:  # noqa: PTH123
            return "resource_tracker" in file.read()
    except OSError:
        return True


if __name__ == "__main__":
    sys.exit(main())
