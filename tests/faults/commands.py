"""Starts the command as a shell does, in a folder with a small workload, its outputs as wished."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

WORK = """
import time
from asyncbench import Workload


class Small(Workload):
    tasks = 4
    concurrency = 2

    def task(self, lane, index):
        time.sleep(0.001)
        return index

    async def atask(self, lane, index):
        return self.task(lane, index)
"""
RUN = ["run", "work.py", "-e", "sequential,threads", "--budget", "0.5"]
GATE = ["run", "work:Small", "-e", "sequential", "--variant", "old=old", "--variant", "new=new",
        "--fail-on", "slower:900%", "--budget", "3"]  # fmt: skip
TRACE = ["trace", "work.py", "-e", "threads", "-q"]


def folder(path: Path, work: str = WORK) -> Path:
    """Make a folder with a small workload in it, and two versions of the same."""
    for place in (path, path / "old", path / "new"):
        place.mkdir(parents=True, exist_ok=True)
        (place / "work.py").write_text(work)
    return path


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a user's shell."""
    without = {"COLUMNS", "PYTHONUNBUFFERED", "FORCE_COLOR"}
    kept = {name: text for name, text in os.environ.items() if name not in without}
    # Where files may have no more than some bytes, Python leaves half of what it compiles behind.
    return kept | {"PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"} | more


def command(*arguments: object) -> list[str]:
    """Return the command line of asyncbench with these arguments."""
    return [sys.executable, "-m", "asyncbench", *map(str, arguments)]


def shell(
    script: str, cwd: Path, *arguments: object, timeout: float = 60, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a script of bash's in which "$@" is asyncbench with these arguments."""
    return subprocess.run(
        ["bash", "-c", script, "bash", *command(*arguments)],
        cwd=cwd,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
