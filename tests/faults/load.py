"""Half an hour of `run all` under a load that comes and goes: `python -m tests.faults.load`.

The parent's memory, descriptors and threads are to stay flat, and a work whose twins come out
further apart than the margin is to have no verdict. It ends with 1 where either is not so.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

from asyncbench import api
from tests.faults.census import Command

BUSY = "while True: sum(range(100_000))"
LOOK_S = 1.0
# How far a quarter's median may lie above another's: the journal's samples are kept in memory, 100
# bytes each, and a few descriptors come and go with every round.
MOST_MB, MOST_FDS, MOST_THREADS = 10.0, 2.0, 1.0


def main() -> None:
    """Measure under the load, and tell what became of the parent and of the twins."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=30.0)
    asked.add_argument("--work", default="all", help="what to run, comma-separated")
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="load-"))
    budget = f"{options.minutes * 60:.0f}"
    run = Command(folder, "run", *options.work.split(","), "--full", "--budget", budget, "-q")
    over = threading.Event()
    loading = threading.Thread(target=_load, args=(over, random.Random(options.seed)))
    loading.start()
    seen: list[tuple[float, float, float]] = []
    try:
        with suppress(psutil.Error):
            parent = psutil.Process(run.process.pid)
            while run.process.poll() is None:
                rss = parent.memory_info().rss / 1e6
                seen.append((rss, float(parent.num_fds()), float(parent.num_threads())))
                time.sleep(LOOK_S)
    finally:
        over.set()
        loading.join()
    left = run.left()
    run.texts()
    print(f"status {run.process.returncode}, {len(left)} left")
    wrong = _grew(seen) + _claimed(folder) + len(left) + (run.process.returncode not in (0, 3))
    sys.exit(1 if wrong else 0)


def _load(over: threading.Event, draw: random.Random) -> None:
    """Keep none to three processes busy for some seconds at a time, until it is over."""
    while not over.is_set():
        busy = [
            subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(draw.choice([0, 0, 1, 3]))
        ]
        over.wait(draw.uniform(2, 20))
        for process in busy:
            process.kill()
            process.wait()


def _grew(seen: list[tuple[float, float, float]]) -> int:
    """Print what the parent had in the second and in the last quarter; return what grew."""
    quarter = len(seen) // 4
    grown = 0
    for place, (name, most) in enumerate(
        (("MB of memory", MOST_MB), ("descriptors", MOST_FDS), ("threads", MOST_THREADS))
    ):
        early = statistics.median(each[place] for each in seen[quarter : 2 * quarter])
        late = statistics.median(each[place] for each in seen[-quarter:])
        print(f"{name}: {early:.1f} in the second quarter, {late:.1f} in the last")
        grown += late - early > most
    return grown


def _claimed(folder: Path) -> int:
    """Print how far twins came out apart; return how many of these works have a verdict."""
    [journal] = folder.glob("results/*.jsonl")
    result = api.load(journal)
    claimed = beyond = told = 0
    for judgement in result.judgements:
        control = judgement.control
        if control is None or control.ratio is None:
            continue
        told += 1
        ratio = control.ratio
        if ratio.low > 1 + result.run.plan.margin or ratio.high < 1 / (1 + result.run.plan.margin):
            beyond += 1
            claimed += not judgement.withheld
            print(
                f"  work {judgement.number}: {math.log(ratio.estimate):+.3f} {judgement.withheld}"
            )
    print(f"twins: {told} pairs, {beyond} beyond the margin, {claimed} of them with a verdict")
    return claimed


if __name__ == "__main__":
    main()
