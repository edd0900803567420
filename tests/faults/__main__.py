"""The whole campaign: `python -m tests.faults`, or `--short` for a part of three minutes."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.faults import kills


def main() -> None:
    """Try everything, print what was not as promised, and end with 1 if anything was not."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--mutations", type=int, default=2000)
    asked.add_argument("--jobs", type=int, default=4)
    asked.add_argument("--only", choices=["kills", "rest"])
    asked.add_argument("--short", action="store_true", help="20 kills, 300 mutations: 3 minutes")
    options = asked.parse_args()
    if options.short:
        options.kills, options.mutations = 20, 300
    wrong = 0
    if options.only != "rest":
        wrong += _kills(options.seed, options.kills, options.jobs)
    if options.only != "kills":
        wrong += _rest(options.mutations, options.jobs, whole=not options.short)
    sys.exit(1 if wrong else 0)


def _kills(seed: int, count: int, jobs: int) -> int:
    began, done = time.monotonic(), []
    with ThreadPoolExecutor(jobs) as pool:
        for one in pool.map(kills.done, kills.tries(seed, count)):
            done.append(one)
            if one.faults:
                print(one, flush=True)
    wrong = [one for one in done if one.faults]
    print(
        f"kills, seed {seed}: {len(done)} tried in {time.monotonic() - began:.0f} s, "
        f"{sum(bool(one.left) for one in done)} left something, "
        f"{sum(one.lost for one in done)} samples lost, "
        f"{sum('status' in ' '.join(one.faults) for one in done)} statuses wrong"
    )
    for name, kinds in (("role", Counter(one.role for one in done)),
                        ("way", Counter(one.way for one in done)),
                        ("status", Counter(str(one.status) for one in done))):  # fmt: skip
        print(f"  by {name}: {', '.join(f'{each} {n}' for each, n in sorted(kinds.items()))}")
    return len(wrong)


def _rest(mutations: int, jobs: int, *, whole: bool) -> int:
    """Run the other faults as pytest has them, with as many mutated files as are wanted."""
    command = [sys.executable, "-m", "pytest", "-q", "tests/faults", "-n", str(jobs),
               "--timeout", "600", "--ignore", "tests/faults/test_kills.py",
               "-m", "" if whole else "not long"]  # fmt: skip
    counted = {"ASYNCBENCH_MUTATIONS": str(mutations)}
    return subprocess.run(command, env=os.environ | counted, check=False).returncode


if __name__ == "__main__":
    main()
