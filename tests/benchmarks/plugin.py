"""What the plugin and the package cost where they are not used, and how true the fixture is.

`python -m tests.benchmarks.plugin` prints: the CPU time of `import asyncbench` and of pytest with
the plugin unused, over that of the bare ones, in pairs; and what `await asyncbench(f)` says a call
takes, over what a loop by hand does in the same process, in turn. With `--load` equals are told
apart, and 10 % found, beside programs that come and go. All of it takes six minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from asyncbench.testing import in_process
from tests.benchmarks.trials import background_load

TESTS = (
    "import pytest\n@pytest.mark.parametrize('n', range(50))\ndef test_it(n):\n    assert n >= 0\n"
)


def cpu_s(command: Sequence[str], folder: str) -> float:
    """Return the CPU seconds that a process takes, its children's with it."""
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return used.ru_utime + used.ru_stime


def beside(name: str, one: Sequence[str], other: Sequence[str], pairs: int, folder: str) -> None:
    """Print the ratio of CPU times of two commands, run in turn; the first pair warms up."""
    found = [(cpu_s(one, folder), cpu_s(other, folder)) for _ in range(pairs + 1)][1:]
    ratios = sorted(first / second for first, second in found)
    middle = statistics.median(ratios)
    bare = statistics.median(second for _, second in found)
    low, high = ratios[len(ratios) // 4], ratios[-len(ratios) // 4]
    print(
        f"{name}: {middle:.3f} (quartiles {low:.3f}-{high:.3f}) of {bare * 1e3:.1f} ms CPU",
        flush=True,
    )


async def by_hand(call: Callable[[], object], calls: int, *, waits: bool) -> float:
    """Return the seconds a call in a loop as one writes it."""
    began = time.perf_counter()
    for _ in range(calls):
        if waits:
            await call()  # type: ignore[misc]
        else:
            call()
    return (time.perf_counter() - began) / calls


async def bias(name: str, call: Callable[[], object], trials: int) -> None:
    """Print what the fixture says over what the hand says, trial by trial in turn.

    Both in blocks of as many calls: in longer ones other programs take the CPU more often.
    """
    ratios = []
    waits = asyncio.iscoroutine(made := call())
    if waits:
        await made  # type: ignore[misc]
    for _ in range(trials):
        first = await in_process.measure({"it": call}, 0.25)
        calls = first.calls["it"]
        blocks = len(first.seconds("it"))
        hands = [await by_hand(call, calls, waits=waits) for _ in range(2 * blocks)]
        found = await in_process.measure({"it": call}, 0.25)
        seconds = first.seconds("it") + found.seconds("it")
        ratios.append(statistics.median(seconds) / statistics.median(hands))
    ratios.sort()
    print(
        f"{name}: {statistics.median(ratios):.3f} (from {ratios[0]:.3f} to {ratios[-1]:.3f})",
        flush=True,
    )


def spin(steps: int) -> None:
    """Compute."""
    for _ in range(steps):
        pass


async def told(name: str, slower: float, by: float, trials: int, budget_s: float) -> None:
    """Print in how many trials one function is shown to be faster than another by a factor."""
    shown = 0
    for _ in range(trials):
        calls = {"one": lambda: spin(2000), "other": lambda: spin(round(2000 * (1 + slower)))}
        ratio = (await in_process.measure(calls, budget_s)).beside("other", "one")
        shown += ratio is not None and ratio.low > by
    print(f"{name}: shown in {shown} of {trials}, {budget_s:g} s each", flush=True)


def five_ms() -> None:
    """Compute for 5 ms of CPU time, as this machine's thread clock has it."""
    until = time.thread_time() + 0.005
    while time.thread_time() < until:
        pass


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--trials", type=int, default=15)
    parser.add_argument("--twins", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10.0, help="for each planted 10 %%")
    parser.add_argument("--load", action="store_true")
    given = parser.parse_args()
    python = [sys.executable, "-c"]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_it.py").write_text(TESTS)
        beside("import asyncbench", [*python, "import asyncbench"], [*python, "pass"],
               given.pairs, folder)  # fmt: skip
        bare = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        beside("pytest, plugin unused", bare, [*bare, "-p", "no:asyncbench"], given.pairs, folder)
    asyncio.run(bias("await sleep(0)", lambda: asyncio.sleep(0), given.trials))
    asyncio.run(bias("a function of 5 ms", five_ms, given.trials))
    with background_load(given.load):
        asyncio.run(told("twins faster by 1.03", 0.0, 1.03, given.twins, 0.5))
        asyncio.run(told("a planted 10 %", 0.1, 1.0, 20, given.seconds))


if __name__ == "__main__":
    main()
