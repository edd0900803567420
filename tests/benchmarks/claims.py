"""Published figures, and the runs that test them: measures them again and rewrites docs/claims.md.

`python -m tests.benchmarks.claims run [NAME...]` measures (all, or those named) and keeps the
journals in results/claims; `run --undecided --budget 60` measures those again that could not tell,
and for longer. `python -m tests.benchmarks.claims write` puts what they come to into the page.
Needs CPython 3.14 and the packages that the page names.
"""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from math import isfinite
from pathlib import Path

import asyncbench
from asyncbench import units
from asyncbench.analysis.judgement import Row
from asyncbench.analysis.lead import beside
from asyncbench.analysis.result import Result
from asyncbench.stats.intervals import Interval

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "claims.md"
JOURNALS = ROOT / "results" / "claims"
# Two times that differ by less than this are as long.
MARGIN = 0.05
POOL = "futures:concurrent.futures:ProcessPoolExecutor:workers=2"
ONE = "run tcp-echo -p delay=0 -n 300 -c 1 -p payload=1024 -e asyncio,uvloop,rloop -p api="
TEN = "run tcp-echo -p delay=0 -p api=protocol -n 400 -c 10 -p payload="
FILE = "tests/benchmarks/claimed.py"

# By name, what is run, each for at most so many seconds unless it is given more.
SECONDS = 15
RUNS = {
    "timers": "run timers -e uvloop,zuvloop,asyncio",
    "echo": f"{TEN}1024 -e asyncio,uvloop",
    "echoes": f"{TEN}1024 -e asyncio,uvloop,zuvloop",
    "echo10": f"{TEN}10240 -e asyncio,uvloop",
    "echo100": f"{TEN}102400 -e asyncio,uvloop",
    "lists": f"run payload -p kind=list -p size=10000 -c 2 -n 32 -e {POOL},interpreters:workers=2",
    "yield": "run yield -e asyncio,uvloop,zuvloop",
    "sockets": f"{ONE}sockets",
    "streams": f"{ONE}streams",
    "protocol": f"{ONE}protocol",
    "cpu": "run cpu -p iterations=100000 -n 4 -c 2 "
    "-e sequential,threads:workers=2,interpreters:workers=2",
    "locks": f"run {FILE}:anyio_lock {FILE}:asyncio_lock -e asyncio",
    "waits": "run sleep -p seconds=0.05 -n 32 -c 32 -e threads,asyncio",
    "loops": "run yield -n 400 -c 400 -e threads+asyncio:workers=4,threads+uvloop:workers=4,"
    "threads+zuvloop:workers=4",
    "futures": "run yield -n 500 -e sequential,dask:workers=2,chunk_size=1",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody published: the time of `slow` over that of `fast`, from `low` to `high`.

    Without `fast` it is the time of one task of `slow`, in seconds.
    """

    text: str
    by: str
    url: str
    run: str
    slow: str
    fast: str
    low: float
    high: float = 0.0

    @property
    def highest(self) -> float:
        """The upper end of the published figure, which mostly is one number."""
        return self.high or self.low

    @property
    def says_equal(self) -> bool:
        """Whether it is that two times are as long."""
        return bool(self.fast) and self.low == self.highest == 1


UVLOOP = ("uvloop, README", "https://github.com/MagicStack/uvloop")
UVLOOP_566 = ("uvloop, issue 566", "https://github.com/MagicStack/uvloop/issues/566")
ZUVLOOP = ("zuvloop, README", "https://github.com/Kludex/zuvloop")
ZUVLOOP_130 = ("zuvloop, pull request 130", "https://github.com/Kludex/zuvloop/pull/130")
RLOOP = (
    "rloop, benchmarks", "https://github.com/gi0baro/rloop/blob/master/benchmarks/README.md"
)  # fmt: skip
URING = ("uringcore, README", "https://github.com/ankitkpandey1/uringcore")
FREE = (
    "python-3.14-free-threading-benchmark",
    "https://github.com/loremipsumpy/python-3.14-free-threading-benchmark",
)
DASK = ("Dask, shared-memory scheduling", "https://docs.dask.org/en/stable/shared.html")
DASK_181 = ("distributed, issue 181", "https://github.com/dask/distributed/issues/181")

CLAIMS = [
    Claim("Setting and cancelling a timer takes uvloop 3.64 times as long as zuvloop",
          *ZUVLOOP, "timers", "uvloop", "zuvloop", 3.64),
    Claim("uvloop makes asyncio 2 to 4 times faster (echo)",
          *UVLOOP, "echo", "asyncio", "uvloop", 2, 4),
    Claim("uvloop is 13 % faster than asyncio at 1 KiB (echo)",
          *UVLOOP_566, "echo", "asyncio", "uvloop", 1.13),
    Claim("uvloop answers 4 % more echo requests than asyncio",
          *URING, "echo", "asyncio", "uvloop", 1.036),
    Claim("An echo of 1 KiB takes uvloop 1.03 times as long as zuvloop",
          *ZUVLOOP, "echoes", "uvloop", "zuvloop", 1.03),
    Claim("uvloop is 13 % faster than asyncio at 10 KiB (echo)",
          *UVLOOP_566, "echo10", "asyncio", "uvloop", 1.13),
    Claim("uvloop is slower than asyncio at 100 KiB (echo)",
          *UVLOOP_566, "echo100", "uvloop", "asyncio", 1.0001, 10),
    Claim("A list goes through `InterpreterPoolExecutor` 2 to 17 times slower than through "
          "`ProcessPoolExecutor`", "cpython, issue 148072",
          "https://github.com/python/cpython/issues/148072", "lists", "interpreters:workers=2",
          POOL, 2, 17),
    Claim("`sleep(0)` takes uvloop as long as zuvloop (1.00)",
          *ZUVLOOP, "yield", "uvloop", "zuvloop", 1.0),
    Claim("On one connection with raw sockets, 1 KiB, asyncio does 82 % of what rloop does (1.22)",
          *RLOOP, "sockets", "asyncio", "rloop", 1.22),
    Claim("With raw sockets, uvloop does 84 % of what rloop does (1.19)",
          *RLOOP, "sockets", "uvloop", "rloop", 1.19),
    Claim("With streams, asyncio does 87 % of what rloop does (1.15)",
          *RLOOP, "streams", "asyncio", "rloop", 1.15),
    Claim("With streams, uvloop does 92 % of what rloop does (1.09)",
          *RLOOP, "streams", "uvloop", "rloop", 1.09),
    Claim("With a protocol, asyncio does 90 % of what rloop does (1.11)",
          *RLOOP, "protocol", "asyncio", "rloop", 1.11),
    Claim("With a protocol, uvloop does 95 % of what rloop does (1.05)",
          *RLOOP, "protocol", "uvloop", "rloop", 1.05),
    Claim("With the GIL, threads compute 1.14 times slower than a plain loop",
          *FREE, "cpu", "threads:workers=2", "sequential", 1.14),
    Claim("An uncontended lock of anyio takes 2.2 times as long as asyncio's (0.60 s, 0.27 s)",
          "anyio, issue 761", "https://github.com/agronholm/anyio/issues/761", "locks",
          "anyio_lock", "asyncio_lock", 2.22),
    Claim("Where a task waits for 50 ms, threads and an event loop are level",
          "python-web-perf, issue 9", "https://github.com/calpaterson/python-web-perf/issues/9",
          "waits", "threads", "asyncio", 1.0),
    Claim("With the GIL, callbacks on four loops in threads take asyncio 1.54 times as long as "
          "uvloop (239.3 ms, 155.8 ms)", *ZUVLOOP_130, "loops", "threads+asyncio:workers=4",
          "threads+uvloop:workers=4", 1.54),
    Claim("The same take uvloop 1.11 times as long as zuvloop (155.8 ms, 140.2 ms)",
          *ZUVLOOP_130, "loops", "threads+uvloop:workers=4", "threads+zuvloop:workers=4", 1.11),
    Claim("A distributed task of Dask costs up to 1 ms", *DASK, "futures",
          "dask:workers=2,chunk_size=1", "", 0.0002, 0.001),
    Claim("10,000 tasks of Dask that do nothing take 6.5 s: 0.65 ms each", *DASK_181, "futures",
          "dask:workers=2,chunk_size=1", "", 0.00065),
]  # fmt: skip


def journal(name: str) -> Path:
    """Return where the run of this name is kept."""
    return JOURNALS / f"{name}.jsonl"


def command(name: str) -> str:
    """Return what is typed for a run, with the seconds that the one which is kept was given."""
    return f"asyncbench {RUNS[name]} --budget {loaded(name).run.plan.budget_s:g}"


def undecided() -> list[str]:
    """Return the runs that cannot tell of all claims which they are for."""
    open_ = [each.run for each in CLAIMS if verdict(each, found(each)) == "cannot tell here"]
    return [name for name in RUNS if name in open_]


def measure(name: str, seconds: float) -> None:
    """Run it, and keep its journal; what it said goes to stdout."""
    with tempfile.TemporaryDirectory() as folder:
        words = shlex.split(f"{RUNS[name]} --budget {seconds:g}")
        saved = ["--save", folder, "--name", name, "-q"]
        subprocess.run([sys.executable, "-m", "asyncbench", *words, *saved], cwd=ROOT, check=False)
        [found] = Path(folder).glob("*.jsonl")
        shutil.copyfile(found, journal(name))


@cache
def loaded(name: str) -> Result:
    """Return a run as it is kept."""
    return asyncbench.load(journal(name))


def found(claim: Claim) -> Interval | None:
    """Return our figure, None where the machine told a cell apart from itself."""
    result = loaded(claim.run)
    [judgement] = result.judgements
    rows = {row.name: row for row in judgement.rows}
    slow = rows[claim.slow]
    if judgement.withheld:
        return None
    if claim.fast:
        return beside(result.summary, slow, rows[claim.fast])
    return _of_one_task(slow, judgement.work.tasks)


def _of_one_task(row: Row, tasks: int) -> Interval:
    assert row.figures
    time = row.figures.time
    return Interval(time.estimate / tasks, time.low / tasks, time.high / tasks, time.level)


def verdict(claim: Claim, ours: Interval | None) -> str:
    """Return what a figure makes of a claim, as the page defines it."""
    if ours is None or not isfinite(ours.high):
        return "cannot tell here"
    if claim.says_equal:
        if ours.low >= 1 / (1 + MARGIN) and ours.high <= 1 + MARGIN:
            return "reproduced"
        return "cannot tell here" if ours.low <= 1 <= ours.high else "refuted here"
    if ours.high < claim.low or ours.low > claim.highest:
        return "refuted here"
    apart = not claim.fast or not ours.low <= 1 <= ours.high
    return "reproduced" if apart else "cannot tell here"


def figure(claim: Claim, ours: Interval | None) -> str:
    """Return a figure as the page shows it."""
    if ours is None:
        return "too noisy to tell"
    if claim.fast:
        return units.plain_times(ours)
    ends = f" ({1e3 * ours.low:.2g}-{1e3 * ours.high:.2g})" if isfinite(ours.high) else ""
    return f"{1e3 * ours.estimate:.2g} ms{ends}"


def row(claim: Claim) -> str:
    """Return a claim's line of the page."""
    ours = found(claim)
    name = claim.slow.replace(POOL, "processes").partition(":workers")[0]
    what = "a slice of one task" if not claim.fast else (
        f"{name} beside {claim.fast.replace(POOL, 'processes').partition(':workers')[0]}"
    )  # fmt: skip
    kept = f"([{claim.run}](../results/claims/{claim.run}.jsonl))"
    source = f"[{claim.by}]({claim.url})"
    fields = [claim.text, source, f"{what}: {figure(claim, ours)} {kept}", verdict(claim, ours)]
    return f"| {' | '.join(fields)} |"


def measured() -> str:
    """Return what the figures were measured on, and how quiet it was."""
    runs = [loaded(name).run for name in RUNS]
    shares = [share for run in runs if (share := run.mean_share("foreign")) is not None]
    packages = runs[0].environment["packages"]
    day = max(run.started for run in runs)[:10]
    return (
        f"Measured until {day} on {runs[0].environment['cpus']} CPUs of a server with Linux, under "
        f"CPython {runs[0].environment['python']} and uvloop {packages['uvloop']}, while other "
        f"programs took {min(shares):.0%} to {max(shares):.0%} of the CPUs: the more, the wider "
        "the intervals. On a quiet machine the same commands tell more."
    )


def written(page: str) -> str:
    """Return the page with the table, the circumstances and the commands as they are now."""
    table = "\n".join(map(row, CLAIMS))
    commands = "\n".join(map(command, RUNS))
    page = re.sub(
        r"(\| --- \| --- \| --- \| --- \|\n)(?:\|.*\n)*", lambda m: f"{m[1]}{table}\n", page
    )
    page = re.sub(r"^Measured .*$", lambda _: measured(), page, flags=re.MULTILINE)
    return re.sub(
        r"(```text\n).*?(```)", lambda m: f"{m[1]}{commands}\n{m[2]}", page, flags=re.DOTALL
    )


def main() -> None:
    """Measure, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("do", choices=["run", "write"])
    parser.add_argument("names", nargs="*", choices=[*RUNS, []], metavar="NAME")
    parser.add_argument("--undecided", action="store_true", help="those that could not tell yet")
    parser.add_argument("--budget", type=float, default=SECONDS, help="seconds a run, at most")
    asked = parser.parse_args()
    if asked.do == "write":
        PAGE.write_text(written(PAGE.read_text()))
        return
    for name in asked.names or (undecided() if asked.undecided else RUNS):
        measure(name, asked.budget)


if __name__ == "__main__":
    main()
