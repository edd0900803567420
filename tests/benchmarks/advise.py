"""How good advice is: 14 functions of known kind, each advised on as a user would ask.

`python -m tests.benchmarks.advise [--budget S] [NAME ...]` prints a line for each, and how many
were right. Right is: it names an executor that is known to be best, and none that is known not to
be; or that it makes no difference where that is so; and what stands in the way where something
does. "Cannot tell" is counted for itself, since it is no wrong advice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
LOOPS = frozenset({"asyncio", "uvloop"})
WAITERS = LOOPS | {"threads"}


@dataclass(frozen=True)
class Case:
    """What to ask, the executors that may be named, and what must be said besides."""

    name: str
    asked: list[str]
    best: frozenset[str]
    no_difference: bool = False
    in_the_way: str = ""


def _own(blocking: str = "", cooperative: str = "") -> list[str]:
    module = HERE / "advised.py"
    if blocking and cooperative:
        return ["--sync", f"{module}:{blocking}", "--async", f"{module}:{cooperative}"]
    return [f"{module}:{blocking or cooperative}"]


CASES = [
    Case("sleeping", _own("sleeping", "asleep"), WAITERS),
    Case("socket", _own("echo", "aecho"), WAITERS),
    Case("slow HTTP", _own("slow_http"), frozenset({"threads"})),
    Case("pure Python", _own("pure"), frozenset({"processes"})),
    Case("hashing", _own("hashing"), frozenset({"threads", "processes"})),
    Case("zlib", _own("packing"), frozenset({"threads", "processes"})),
    Case("json", _own("parsing"), frozenset({"processes"})),
    Case("aiosqlite", _own(cooperative="querying"), LOOPS),
    Case("psycopg", ["postgres-query"], WAITERS),
    Case("mixed 0.1", ["mixed", "-p", "cpu_share=0.1"], WAITERS),
    # Two processes wait as long as one loop computes: either is right.
    Case("mixed 0.5", ["mixed", "-p", "cpu_share=0.5"], WAITERS | {"processes"}, True),
    Case("mixed 0.9", ["mixed", "-p", "cpu_share=0.9"], frozenset({"processes"})),
    Case("blocking", _own(cooperative="blocking"), LOOPS, in_the_way="a blocking call"),
    Case("in a row", _own(cooperative="in_a_row"), LOOPS, in_the_way="one after the other"),
]


def main() -> None:
    """Ask for advice on each and count what was right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="which of them; all by default")
    parser.add_argument("--budget", type=float, default=60.0)
    asked = parser.parse_args()
    counts: Counter[str] = Counter()
    took, errors, winners = [], list[float](), 0
    with _servers() as environment, tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            if asked.names and case.name not in asked.names:
                continue
            found, seconds, text = _advised(case, asked.budget, environment, folder)
            outcome = _judged(case, found) if found else "failed"
            if found:
                errors += _errors(found)
                winners += _is_winner(case, found)
            counts[outcome] += 1
            took.append(seconds)
            load = os.getloadavg()[0]
            print(
                f"{outcome:12} {seconds:5.1f} s  load {load:4.1f}  {case.name}: {text}", flush=True
            )
    print(f"{dict(counts)}; median {statistics.median(took):.1f} s")
    print(
        f"predictions: off by {statistics.median(errors):.0%} in the median, "
        f"a quickest that is one in {winners}"
    )


def _advised(
    case: Case, budget_s: float, environment: dict[str, str], folder: str
) -> tuple[dict[str, Any] | None, float, str]:
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "asyncbench", "advise", *case.asked, "--budget", str(budget_s),
         "--json", "-q", "--save", folder],
        env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.monotonic() - began
    if not ran.stdout.startswith("{"):
        return None, seconds, ran.stderr.strip()
    found = json.loads(ran.stdout)
    return found, seconds, found["text"]


def _errors(found: dict[str, Any]) -> list[float]:
    """Return how far each prediction is off, as a share of what was measured."""
    each = found["predicted"].values()
    return [abs(one["seconds"] / one["measured"] - 1) for one in each if one["measured"]]


def _is_winner(case: Case, found: dict[str, Any]) -> bool:
    """Return whether who is predicted to be quickest is one that is known to be best."""
    times = {name: one["seconds"] for name, one in found["predicted"].items()}
    return bool(times) and min(times, key=lambda name: times[name]) in case.best


def _judged(case: Case, found: dict[str, Any]) -> str:
    said = f"{found['in_the_way']}"
    if case.in_the_way and case.in_the_way not in said:
        return "missed"
    match found["told"]:
        case "cannot tell":
            return "cannot tell"
        case "unblock":
            return "right" if case.in_the_way else "wrong"
        case "no difference":
            return "right" if case.no_difference or case.in_the_way else "wrong"
    names = frozenset(found["executors"])
    return "right" if names <= case.best else "wrong"


@contextmanager
def _servers() -> Iterator[dict[str, str]]:
    """Serve slow pages and slow echoes, and make a table; yield how they are found."""
    ports: list[int] = []
    ready = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(ports, ready)), daemon=True)
    thread.start()
    ready.wait()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base.sqlite"
        connection = sqlite3.connect(base)
        connection.execute("CREATE TABLE t (n INTEGER)")
        connection.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(2000)])
        connection.commit()
        connection.close()
        yield {
            "ADVISED_HTTP": str(ports[0]),
            "ADVISED_ECHO": str(ports[1]),
            "ADVISED_SQLITE": str(base),
        }


async def _serve(ports: list[int], ready: threading.Event) -> None:
    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.010)
        writer.write(PAGE)
        await writer.drain()
        writer.close()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        await asyncio.sleep(0.004)
        writer.write(line)
        await writer.drain()
        writer.close()

    for handler in (page, echo):
        server = await asyncio.start_server(handler, "127.0.0.1", 0, backlog=500)
        ports.append(server.sockets[0].getsockname()[1])
    ready.set()
    await asyncio.Event().wait()


if __name__ == "__main__":
    main()
