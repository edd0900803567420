"""Commands measured by asyncbench and by hyperfine in turn: twins told apart, and 3 % found.

`python -m tests.benchmarks.beside_hyperfine --twins 50 --planted 24 --seconds 10 --load` from the
checkout prints both counts, after 25 minutes; 50 twins alone, of 4 seconds each (`--twins 50
--planted 0 --seconds 4`), take 7. A pair is told apart by asyncbench where its interval leaves 1
out, and by hyperfine where Welch's test of its times does, as its own script for that has it (5 %).
"""

from __future__ import annotations

import argparse
import json
import random
import shlex
import shutil
import subprocess
import sys
import time
from math import sqrt
from pathlib import Path
from statistics import fmean, median, variance
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.trials import background_load

# What a process computes in about 60 ms, after a start of 15.
LOOPS = 1_500_000
PLANTED = 1.03


def command(factor: float) -> str:
    """Return a command that takes `factor` times as long as the plain one, its start included."""
    loops = round(LOOPS * (1 + (factor - 1) * 1.25))
    return f"{sys.executable} -I -S -c 'for _ in range({loops}): pass'"


def by_asyncbench(folder: Path, pair: tuple[str, str], seconds: float) -> tuple[bool, float]:
    """Return whether the two are told apart, and the ratio of the second to the first."""
    subprocess.run(
        [sys.executable, "-m", "asyncbench", "run", "--command", f"a={pair[0]}", "--command",
         f"b={pair[1]}", "--budget", str(seconds), "--full", "--margin", "1", "-q", "--no-save",
         "--json", "run.json"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    [work] = json.loads((folder / "run.json").read_text())["works"]
    ratio = work["rows"][1]["ratio"]
    low, high = ratio["low"], ratio["high"]
    told = low is not None and not low <= 1 <= high and not work["withheld"]
    return bool(told), float(ratio["estimate"])


def by_hyperfine(folder: Path, pair: tuple[str, str], seconds: float) -> tuple[bool, float]:
    """Return the same of a run of hyperfine that takes as long."""
    began = time.perf_counter()
    for each in pair:
        subprocess.run(shlex.split(each), check=True)
    runs = max(10, round(seconds / (time.perf_counter() - began)))
    subprocess.run(
        ["hyperfine", "-N", "--runs", str(runs), "--export-json", "h.json", *pair],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    results: list[dict[str, Any]] = json.loads((folder / "h.json").read_text())["results"]
    one, other = (each["times"] for each in results)
    error = sqrt(variance(one) / len(one) + variance(other) / len(other))
    apart = abs(fmean(one) - fmean(other)) > 1.97 * error
    return apart, median(other) / median(one)


def main() -> None:
    """Measure twins and planted slowdowns by both, and print how many each tells apart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--twins", type=int, default=50)
    parser.add_argument("--planted", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--load", action="store_true", help="beside programs that come and go")
    wish = parser.parse_args()
    tools = {"asyncbench": by_asyncbench}
    if shutil.which("hyperfine"):
        tools["hyperfine"] = by_hyperfine
    minutes = (wish.twins + wish.planted) * len(tools) * wish.seconds / 60
    print(f"about {minutes:.0f} minutes, {wish.seconds:g} s for each pair and tool", flush=True)
    for what, factor, trials in (("twins", 1.0, wish.twins), ("3 %", PLANTED, wish.planted)):
        found = dict.fromkeys(tools, 0)
        off: dict[str, list[float]] = {name: [] for name in tools}
        for _ in range(trials):
            # In either order, so that which comes first tells nothing.
            flipped = random.random() < 0.5
            pair = (command(1.0), command(factor))
            for name, measure in random.sample(list(tools.items()), len(tools)):
                with TemporaryDirectory() as folder, background_load(wish.load):
                    apart, ratio = measure(
                        Path(folder), pair[::-1] if flipped else pair, wish.seconds
                    )
                ratio = 1 / ratio if flipped else ratio
                found[name] += apart and (factor == 1 or ratio > 1)
                off[name].append(abs(ratio / factor - 1))
        for name in tools if trials else ():
            error = f"off by {median(off[name]):.1%} in the median"
            print(f"{what}: {name} tells {found[name]} of {trials} apart; {error}", flush=True)


if __name__ == "__main__":
    main()
