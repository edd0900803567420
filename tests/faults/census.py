"""Which processes, folders, sockets and segments a command of ours has, by what each is there for.

Linux only: processes are told by a variable in their environment, whoever their parent is.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import psutil

from asyncbench.core.system import postgres_segments
from tests.faults import commands

MARK = "ASYNCBENCH_FAULTS"
SHM = Path("/dev/shm")


class Command:
    """A command under way, with a temporary folder of its own and a mark on all its processes."""

    def __init__(self, cwd: Path, *arguments: object, program: list[str] | None = None) -> None:
        self.mark = uuid.uuid4().hex
        self.temporary = Path(tempfile.mkdtemp(prefix="faults-", dir="/tmp"))
        self.temporary.chmod(0o755)
        self._segments = set(SHM.iterdir())
        self._printed = [self.temporary.with_suffix(f".{name}") for name in ("out", "err")]
        with self._printed[0].open("wb") as out, self._printed[1].open("wb") as err:
            self.process = subprocess.Popen(
                program or commands.command(*arguments),
                cwd=cwd,
                env=commands.environment(**{MARK: self.mark, "TMPDIR": str(self.temporary)}),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                preexec_fn=_hear,
            )

    def living(self) -> list[psutil.Process]:
        """Return every process with the mark that still lives."""
        found, wanted = [], f"{MARK}={self.mark}".encode()
        for pid in psutil.pids():
            with contextlib.suppress(OSError, psutil.Error):
                if wanted not in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                    continue
                process = psutil.Process(pid)
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def roles(self) -> dict[str, list[int]]:
        """Return the processes by what they are there for."""
        living = {process.pid: process for process in self.living()}
        roles: dict[str, list[int]] = {}
        for pid in living:
            with contextlib.suppress(psutil.Error):
                roles.setdefault(self._role(pid, living), []).append(pid)
        return roles

    def _role(self, pid: int, living: dict[int, psutil.Process]) -> str:
        process = living[pid]
        if pid == self.process.pid:
            return "parent"
        line = " ".join(process.cmdline())
        above = process.ppid()
        if "guard of a folder" in line:
            return "folder guard"
        if "postgres" in process.name() or "initdb" in process.name():
            return "database"
        if "resource_tracker" in line:
            return "tracker"
        if above == self.process.pid:
            for module, name in (("forkserver", "fork server"), ("target_host", "target")):
                if f"asyncbench.worker.{module}" in line:
                    return f"{name} guard"
            return "program" if "traced_program" in line else "other"
        if above not in living:
            return "orphan"
        starts_pools = "multiprocessing.forkserver" in line and "asyncbench" not in line
        below = {
            "fork server guard": "fork server",
            "fork server": "worker",
            "worker": "pool starter" if starts_pools else "pool process",
            "pool starter": "pool process",
            "target guard": "target",
        }
        upper = self._role(above, living)
        # The processes of a pool have the command line of whoever starts them.
        return "pool process" if upper == "pool starter" else below.get(upper, "other")

    def wait_for(self, role: str, timeout: float = 20.0) -> list[int]:
        """Wait until there is a process of a role."""
        until = time.monotonic() + timeout
        while time.monotonic() < until and self.process.poll() is None:
            if found := self.roles().get(role):
                return found
            time.sleep(0.02)
        return []

    def ended(self, timeout: float = 30.0) -> int | None:
        """Wait for the command's end and return its status; None where it goes on."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def left(self, timeout: float = 5.0) -> list[str]:
        """Return what is left once that has had some time to go; and clear it away."""
        until = time.monotonic() + timeout
        while (found := self._left()) and time.monotonic() < until:
            time.sleep(0.05)
        for process in self.living():
            with contextlib.suppress(psutil.Error):
                process.kill()
        self.process.wait()
        return found

    def _left(self) -> list[str]:
        found = [
            f"process {process.pid} {_line(process)}"
            for process in self.living()
            if process.pid != self.process.pid or self.process.poll() is None
        ]
        found += [f"file {path}" for path in self.temporary.iterdir()]
        found += [f"segment {path}" for path in set(SHM.iterdir()) - self._segments if _ours(path)]
        return found

    def texts(self) -> tuple[str, str]:
        """Return what was printed to stdout and stderr, and remove the files of both."""
        texts = [path.read_text(errors="replace") for path in self._printed]
        for path in self._printed:
            path.unlink()
        with contextlib.suppress(OSError):
            self.temporary.rmdir()
        return texts[0], texts[1]

    def send(self, pid: int, number: int) -> bool:
        """Send a signal; return whether there was somebody to take it."""
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True


def _hear() -> None:
    """Hear all signals, though who started the tests in the background may not."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _line(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return f"({process.status()}) {' '.join(process.cmdline())[:120]}"
    return ""


def _ours(path: Path) -> bool:
    """Return whether a segment is of a round that is over; other tests may be in one."""
    found = re.match(r"sem\.mp-asyncbench-(\d+)-", path.name)
    if found is not None:
        return not psutil.pid_exists(int(found[1]))
    # One that a process still has is a server's that lives.
    return path.name.startswith("PostgreSQL") and path not in postgres_segments(psutil.pids())


def until(condition: Callable[[], object], timeout: float = 20.0) -> bool:
    """Wait until something is so; return whether it came to be."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


SIGNALS = {name: getattr(signal, name) for name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP",
                                                    "SIGQUIT", "SIGSTOP", "SIGCONT")}  # fmt: skip
