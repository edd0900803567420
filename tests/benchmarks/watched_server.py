"""What tracing and watching cost a server under load, and which planted stalls they name.

`python -m tests.benchmarks.watched_server --loop uvloop` from the checkout traces `served.py`, an
ASGI app on uvicorn, beside the same one untraced: its CPU time a request in turn, in pairs, and
requests a second. `--watch PYTHON` watches one under that interpreter (3.14 or newer, which has
uvicorn). Both are asked for a page that stalls for 50 ms, so many times. `--client` traces a client
of aiohttp instead (`asking.py`), beside the same one untraced, and both ask an untraced server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
OUTPUT = ["-o", "trace.json"]
CONNECTIONS = 8
# So many requests come before those that are measured: what begins is noted whole.
BEFORE = 15_000
ASYNCBENCH = [sys.executable, "-m", "asyncbench"]


class Server:
    """One server process, which may be below whoever traces it."""

    def __init__(self, command: Sequence[str], folder: str) -> None:
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
            start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout
        self.port, self.pid = map(int, self.process.stdout.readline().split())

    def cpu_s(self) -> float:
        """Return the CPU time that the server has used."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def end(self) -> str:
        """End it as Ctrl-C does, and return what came to stderr."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.communicate(timeout=60)[1]


async def ask(port: int, requests: int, path: str = "/") -> float:
    """Make so many requests over kept connections; return how many a second."""
    left = iter(range(requests))

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if b"content-length" in line)
            await reader.readexactly(int(length.split(b":")[1]))
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return requests / (time.perf_counter() - began)


async def stalls(port: int, count: int) -> None:
    """Ask for the page that stalls so many times, beside others."""
    for _ in range(count):
        await asyncio.gather(ask(port, 100), ask_once(port))


async def ask_once(port: int) -> None:
    """Ask once for the page that stalls."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /stall HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    await reader.read()
    writer.close()


def named(file: Path) -> int:
    """Return how many holds of 40 ms or more a trace names by the planted line."""
    events = json.loads(file.read_text())["traceEvents"]
    return sum(
        each.get("cat") == "hold of the loop" and "in app (served.py:" in each["name"]
        and "time.sleep(0.05)" in json.dumps(each.get("args")) and each["dur"] >= 40_000
        for each in events
    )  # fmt: skip


def pairs(one: Server, other: Server, wish: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Return the CPU time a request of the first server over the other's, and requests likewise."""
    cpu, speed = [], []
    for _ in range(wish.pairs):
        found = []
        for server in (one, other):
            # A server under load is so all the time, and not each time anew.
            asyncio.run(ask(server.port, wish.requests // 2, wish.path))
            before = server.cpu_s()
            per_s = asyncio.run(ask(server.port, wish.requests, wish.path))
            found.append(((server.cpu_s() - before) / wish.requests, per_s))
        cpu.append(found[0][0] / found[1][0])
        speed.append(found[0][1] / found[1][1])
    return cpu, speed


def clients(server: Server, wish: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Return the CPU time of a traced client over an untraced one's, and requests likewise."""
    program = [str(HERE / "asking.py"), str(server.port), str(wish.requests), str(CONNECTIONS)]
    every = ["--every-step"] if wish.every_step else []
    commands = [[*ASYNCBENCH, "trace", *every, "--", *program], [sys.executable, *program]]
    cpu, speed = [], []
    for _ in range(wish.pairs):
        found = []
        for command in commands:
            ran = subprocess.run(command, capture_output=True, text=True, check=True)
            found.append([float(each) for each in ran.stdout.split()])
        speed.append(found[0][0] / found[1][0])
        cpu.append(found[0][1] / found[1][1])
    return cpu, speed


def told(what: str, cpu: Sequence[float], speed: Sequence[float]) -> None:
    """Print medians, with the least and the most."""
    for name, those in (("CPU a request", cpu), ("requests a second", speed)):
        print(
            f"{what}: {name} x{median(those):.2f} ({min(those):.2f}-{max(those):.2f})", flush=True
        )


def main() -> None:
    """Measure what the options say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loop", default="uvloop")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--path", default="/", help="/ makes three tasks, /plain none of its own")
    parser.add_argument("--stalls", type=int, default=20)
    parser.add_argument("--watch", metavar="PYTHON")
    parser.add_argument("--client", action="store_true")
    parser.add_argument("--every-step", action="store_true")
    wish = parser.parse_args()
    program = [str(HERE / "served.py"), wish.loop]
    every = ["--every-step"] if wish.every_step else []
    with TemporaryDirectory() as folder:
        plain = Server([wish.watch or sys.executable, *program], folder)
        if wish.client:
            told("traced client", *clients(plain, wish))
            plain.end()
            return
        if wish.watch:
            seen = Server([wish.watch, *program], folder)
            told("before", *pairs(seen, plain, wish))
            watch = subprocess.Popen(
                [*ASYNCBENCH, "watch", *every, *OUTPUT, "--seconds", "600", str(seen.pid)],
                cwd=folder, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            asyncio.run(ask(seen.port, 500))
            time.sleep(2)
            asyncio.run(ask(seen.port, BEFORE, wish.path))
            told("watched", *pairs(seen, plain, wish))
            asyncio.run(stalls(seen.port, wish.stalls))
            watch.send_signal(signal.SIGINT)
            watch.wait(60)
            told("afterwards", *pairs(seen, plain, wish))
            seen.end()
        else:
            seen = Server([*ASYNCBENCH, "trace", *every, *OUTPUT, "--", *program], folder)
            asyncio.run(ask(seen.port, BEFORE, wish.path))
            told("traced", *pairs(seen, plain, wish))
            asyncio.run(stalls(seen.port, wish.stalls))
            seen.end()
        plain.end()
        print(
            f"stalls named by file and line: {named(Path(folder, 'trace.json'))} of {wish.stalls}"
        )


if __name__ == "__main__":
    main()
