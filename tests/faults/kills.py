"""Kills anything at any time: seeded moments over commands of each kind, and what is left then."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from asyncbench.errors import AsyncbenchError
from asyncbench.record import journal
from tests.faults import commands
from tests.faults.census import Command

APP = """
import asyncio


async def main():
    for _ in range({waits}):
        await asyncio.gather(*(asyncio.sleep(0.001) for _ in range(10)))


if __name__ == "__main__":
    asyncio.run(main())
"""
SUITE = """
import time


def fetch():
    time.sleep(0.002)


def fetch_again():
    time.sleep(0.002)


def test_fetch(asyncbench):
    asyncbench(fetch, fetch_again, tasks=4, budget=4)
"""
# Files beside the workload: programs of two lengths, and a suite.
FILES = {"app.py": APP.format(waits=10), "longer.py": APP.format(waits=1500), "suite.py": SUITE}
PYTEST = "pytest"
# They end with a status of the program's or of pytest's.
OWN_STATUS = {PYTEST, "trace of a program"}
SPAWNS = 'import multiprocessing\nmultiprocessing.set_start_method("forkserver", force=True)\n'
# What is killed while it runs; each with the processes that it has.
KINDS = {
    "run": (["run", "work.py", "-e", "processes,asyncio,threads", "--budget", "4"], ""),
    "run with a server": (["run", "tcp-echo", "-e", "processes,uvloop", "--budget", "4"], ""),
    "run with a file": (["run", "file-read", "-e", "threads,processes", "--budget", "3"], ""),
    "run with a database": (["run", "postgres-query", "-e", "threads", "--budget", "3"], ""),
    "run of variants": ([*commands.GATE[:-2], "--budget", "4"], ""),
    "run of interpreters": (["run", "work:Small", "-e", "threads", "--budget", "4",
                             "--python", f"a={sys.executable}",
                             "--python", f"b={sys.executable}"], ""),
    "run by forkserver": (["run", "work.py", "-e", "processes", "--budget", "3"], SPAWNS),
    "trace": (["trace", "work.py", "-e", "processes,asyncio", "-n", "20000"], ""),
    "trace with a server": (["trace", "tcp-echo", "-e", "asyncio,threads", "-n", "5000"], ""),
    "sweep": (["sweep", "work.py", "--vary", "concurrency=1..4", "-e", "threads,processes",
               "--budget", "4"], ""),
    "map": (["map", "work.py", "--x", "tasks=2..8", "--y", "concurrency=1..2",
             "-e", "threads,asyncio", "--budget", "4"], ""),
    "advise": (["advise", "work.py:Small", "--budget", "4"], ""),
    "loops": (["loops", "-e", "asyncio,uvloop", "--budget", "4"], ""),
    "run of commands": (["run", "--command", "a=sleep 0.01", "--command", "b=sleep 0.02 | cat",
                         "-n", "2", "-c", "2", "--budget", "4"], ""),
    "run of a program": (["run", "--program", "app.py", "-e", "asyncio,uvloop",
                          "--budget", "4"], ""),
    "run of pools": (["run", "work.py", "-e", "processes+asyncio,loky", "--budget", "4"], ""),
    "trace of a program": (["trace", "--", "longer.py"], ""),
    PYTEST: (["--asyncbench", "suite.py"], ""),
}  # fmt: skip
PARENT_STATUS = {
    "SIGKILL": {-9},
    "SIGTERM": {143, -15},
    "SIGINT": {130, -2},
    "SIGINT twice": {130, -2},
    "SIGHUP": {129, -1},
    "SIGQUIT": {131, -3},
}
WAYS = [*PARENT_STATUS, "SIGSTOP for 3 s", "SIGSTOP for ever"]
OTHERS = ["worker", "pool process", "program", "fork server", "fork server guard", "target",
          "target guard", "database", "folder guard"]  # fmt: skip
# Whatever happens to a process below, the command ends with one of these.
DOCUMENTED = {0, 2, 3, 4}
LEFT_S = 5.0
# A stopped process is found out by a timeout: of a cell, of the fork server or of a target.
ENDS_S = 90.0


@dataclass
class Try:
    """One kill and what came of it."""

    kind: str
    role: str
    way: str
    after_s: float
    status: int | None = None
    left: list[str] = field(default_factory=list)
    lost: int = 0
    faults: list[str] = field(default_factory=list)
    took_s: float = 0.0

    def __str__(self) -> str:
        """Return it in one line."""
        return (
            f"{self.kind}: {self.way} to {self.role} after {self.after_s:.2f} s: status "
            f"{self.status}, {len(self.left)} left, {'; '.join(self.faults) or 'as promised'}"
        )


def tries(seed: int, count: int) -> Iterator[Try]:
    """Return seeded kills, spread evenly over kinds; the half of them hit the parent."""
    draw = random.Random(seed)
    kinds = list(KINDS)
    for number in range(count):
        role = "parent" if draw.random() < 0.5 else draw.choice(OTHERS)
        ways = list(PARENT_STATUS) if role == "parent" and draw.random() < 0.8 else WAYS
        yield Try(kinds[number % len(kinds)], role, draw.choice(ways), draw.uniform(0.1, 4.0))


def done(one: Try) -> Try:
    """Try one kill."""
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    arguments, head = KINDS[one.kind]
    commands.folder(folder, head + commands.WORK)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    began = time.monotonic()
    if one.kind == PYTEST:
        command = Command(folder, program=[sys.executable, "-m", "pytest", "-q", *arguments])
    else:
        quick = [] if "--" in arguments else ["--timeout", "5", "-q"]
        command = Command(folder, *arguments, *quick)
    time.sleep(one.after_s)
    taken = _send(command, one)
    signalled = one.way if one.role == "parent" and taken else ""
    if one.role == "parent" and one.way == "SIGSTOP for ever":
        # Nobody can do anything for it; what it has below goes once it is killed.
        command.send(command.process.pid, signal.SIGKILL)
        signalled = "SIGKILL"
    if one.role == "program" and one.way == "SIGSTOP for ever" and taken:
        # It is waited for, as a shell waits; whoever asks to stop wakes it.
        command.send(command.process.pid, signal.SIGTERM)
        signalled = "SIGTERM"
    one.status = command.ended(ENDS_S)
    one.left = command.left(LEFT_S)
    _, err = command.texts()
    one.took_s = time.monotonic() - began
    if one.left:
        one.faults.append(f"left: {one.left[:3]}")
    if one.kind not in OWN_STATUS:
        _check_status(one, signalled, err)
    if "\x1b[?25l" in err and "\x1b[?25h" not in err:
        one.faults.append("the cursor stays hidden")
    _check_journal(one, folder)
    shutil.rmtree(folder, ignore_errors=True)
    return one


def _send(command: Command, one: Try) -> bool:
    """Send the signal; return whether anybody was there to take it."""
    victims = command.roles().get(one.role, [])
    victims = victims[:1] if one.role in ("worker", "pool process") else victims
    name = one.way.split()[0]
    took = [command.send(pid, getattr(signal, name)) for pid in victims]
    if one.way == "SIGINT twice":
        time.sleep(0.05)
        for pid in victims:
            command.send(pid, signal.SIGINT)
    if one.way == "SIGSTOP for 3 s":
        time.sleep(3)
        for pid in victims:
            command.send(pid, signal.SIGCONT)
    return any(took)


def _check_status(one: Try, signalled: str, err: str) -> None:
    wanted = DOCUMENTED
    if signalled in PARENT_STATUS:
        # It may have been about to end by itself.
        wanted = PARENT_STATUS[signalled] | DOCUMENTED
    if one.status not in wanted:
        one.faults.append(f"status {one.status}")
    # One with an interrupt is the interpreter's own, before any code of ours runs.
    if "Traceback (" in err and "failed:" not in err and "KeyboardInterrupt" not in err:
        one.faults.append(f"a traceback: {err[-300:]}")


def _check_journal(one: Try, folder: Path) -> None:
    """Note what was reported and is not in the journal, and what cannot be read."""
    for path in folder.glob("results/*.jsonl"):
        text = path.read_bytes()
        if not text:
            continue  # it was opened a moment ago
        try:
            run = journal.read(path)
        except AsyncbenchError as error:
            if b"\n" in text:
                one.faults.append(f"journal: {error}")
            continue
        written = sum(
            json.loads(line)["is"] == "sample" for line in text.splitlines() if line.endswith(b"}")
        )
        one.lost = written - len(run.samples)
        if one.lost:
            one.faults.append(f"{one.lost} samples lost")
        if one.status in DOCUMENTED and run.end is None:
            one.faults.append("the journal has no end")
        if one.status == 0 and run.status != "complete":
            one.faults.append(f"0, and the run is {run.status}")
