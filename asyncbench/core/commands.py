"""A command as a workload: one process a task, what it printed or how it ended as its proof."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from asyncbench.core.workload import CHECKSUM_MASK, Workload
from asyncbench.errors import CommandError

# What a command is held to: that it ends with status 0 and prints the same every time, that it
# ends with 0, or nothing at all.
PROOFS = ("stdout", "exit", "none")
REFERENCE = f"{__name__}:Command"
SHELL = "/bin/sh"
# What a shell makes something else of, outside quotes; `NAME=VALUE` before a command is such, too.
_OF_SHELLS = re.compile(r"[|&;<>()$`*?\[\]{}~#!\n]")
_ASSIGNS = re.compile(r"\s*[A-Za-z_]\w*=")
_QUOTED = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\$`])*\"""", re.DOTALL)
_CHUNK = 1 << 20


def needs_shell(command: str) -> bool:
    """Return whether a shell makes more of a command than words: pipes, variables, patterns."""
    return bool(_ASSIGNS.match(command) or _OF_SHELLS.search(_QUOTED.sub("", command)))


def words(command: str) -> list[str]:
    """Return a command's words; ValueError for a quote that is not closed."""
    return shlex.split(command)


@dataclass
class Command(Workload):
    """A command, started anew for each task; `shell`: in a shell."""

    command: str = ""
    proof: str = "stdout"
    shell: bool = False

    tasks = 1
    concurrency = 1

    def __post_init__(self) -> None:
        """Split the command into words, once."""
        self._words = [SHELL, "-c", self.command] if self.shell else words(self.command)
        self._printed: int | None = None
        self._peak = 0
        self._lock = threading.Lock()

    def open(self) -> IO[bytes]:
        """Make the file that a lane's processes print into: nobody has to read it meanwhile."""
        return tempfile.TemporaryFile()

    def close(self, lane: IO[bytes]) -> None:
        """Remove that file."""
        lane.close()

    def task(self, lane: IO[bytes], index: int) -> int:
        """Run the command from its start to its end; CommandError where it breaks its proof."""
        self._check(self._run(self._words, lane))
        if self.proof != "stdout":
            return 0
        printed = _digest(lane)
        if self._printed is None:
            self._printed = printed
        elif printed != self._printed:
            raise CommandError(
                "it printed something else than the time before; --proof exit asks for no more "
                "than that it ends with status 0"
            )
        return printed

    def start_ns(self, lane: IO[bytes], clock: Any) -> int | None:
        """Return the nanoseconds that a process takes which does nothing; None where not known."""
        argv = words(self.idle)
        if not argv or not argv[0]:
            return None
        began = clock()
        self._run(argv, lane)
        taken: int = clock() - began
        return taken

    @property
    def idle(self) -> str:
        """The command that starts likewise and does nothing, '' where the system has none."""
        return f"{SHELL} -c :" if self.shell else shlex.quote(shutil.which("true") or "")

    @property
    def peak_bytes(self) -> int:
        """The most memory that a process of it held, 0 where that is not known.

        A process begins as a copy of the one that starts it, so the system knows no peak below
        that one's own.
        """
        return self._peak if self._peak > _own_peak() else 0

    def _run(self, argv: list[str], lane: IO[bytes]) -> int:
        lane.seek(0)
        lane.truncate()
        try:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=lane)
        except OSError as error:
            raise CommandError(f"{argv[0]} cannot be started: {error.strerror}") from error
        if not hasattr(os, "wait4"):  # Windows
            return process.wait()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        with self._lock:
            self._peak = max(self._peak, used.ru_maxrss * _RSS_UNIT)
        return process.returncode

    def _check(self, status: int) -> None:
        if not status or self.proof == "none":
            return
        if status < 0:
            raise CommandError(f"it was killed by signal {-status}; --proof none goes on anyway")
        missing = " (a shell's word for: there is no such command)" if status == 127 else ""
        raise CommandError(
            f"it ended with status {status}{missing}; --proof none measures it all the same"
        )


# getrusage tells kilobytes, on macOS bytes.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def _own_peak() -> int:
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # not Linux
    return 0


def _digest(lane: IO[bytes]) -> int:
    """Return a number that tells what a file holds."""
    lane.seek(0)
    digest = hashlib.blake2b(digest_size=8)
    while chunk := lane.read(_CHUNK):
        digest.update(chunk)
    return int.from_bytes(digest.digest()) & CHECKSUM_MASK
