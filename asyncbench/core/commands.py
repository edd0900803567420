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

from asyncbench.core.system import MAXRSS_BYTES, PACKAGE, peak_rss, signal_name
from asyncbench.core.workload import CHECKSUM_MASK, Workload
from asyncbench.errors import CommandError

# What a command is held to: that it ends with status 0 and prints the same every time, that it
# ends with 0, or nothing at all.
PROOFS = ("stdout", "exit", "none")
# The loop that asyncio makes itself; any other is `module:function`, which makes one.
OWN_LOOP = "asyncio"
SHELL = "/bin/sh"
# What a shell makes something else of, outside quotes; `NAME=VALUE` before a command is such, too.
_OF_SHELLS = re.compile(r"[|&;<>()$`*?\[\]{}~#!\n]")
_ASSIGNS = re.compile(r"\s*[A-Za-z_]\w*=")
_QUOTED = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\$`])*\"""", re.DOTALL)
_CHUNK = 1 << 20
# Stands alone, and runs in any interpreter.
RUNNER = str(Path(PACKAGE) / "worker" / "program.py")


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

    def argv(self, lane: IO[bytes]) -> list[str]:
        """Return what to start."""
        return self._words

    def idle_argv(self, lane: IO[bytes]) -> list[str]:
        """Return what starts likewise and does nothing; empty where the system has none."""
        if self.shell:
            return [SHELL, "-c", ":"]
        return [found] if (found := shutil.which("true")) else []

    def open(self) -> IO[bytes]:
        """Make the file that a lane's processes print into: nobody has to read it meanwhile."""
        return tempfile.TemporaryFile()

    def close(self, lane: IO[bytes]) -> None:
        """Remove that file."""
        lane.close()

    def task(self, lane: IO[bytes], index: int) -> int:
        """Run the command from its start to its end; CommandError where it breaks its proof."""
        self._check(self._run(self.argv(lane), lane))
        if self.proof != "stdout":
            return 0
        printed = _digest(lane)
        if self._printed is None:
            self._printed = printed
        elif printed != self._printed:
            raise CommandError(
                "it printed something different from the time before; --proof exit only asks that "
                "it ends with status 0"
            )
        return printed

    def start_ns(self, lane: IO[bytes], clock: Any) -> int | None:
        """Return the nanoseconds that a process takes which does nothing; None where not known."""
        argv = self.idle_argv(lane)
        if not argv:
            return None
        began = clock()
        self._run(argv, lane)
        taken: int = clock() - began
        return taken

    @property
    def idle(self) -> str:
        """What starts likewise and does nothing, in words."""
        return "an empty shell" if self.shell else "true"

    @property
    def peak_bytes(self) -> int:
        """The most memory that a process of it held, 0 where that is not known.

        A process begins as a copy of the one that starts it, so the system knows no peak below
        that one's own.
        """
        return self._peak if self._peak > peak_rss(os.getpid()) else 0

    def _run(self, argv: list[str], lane: IO[bytes]) -> int:
        lane.seek(0)
        lane.truncate()
        try:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=lane, pass_fds=self._passed(lane)
            )
        except OSError as error:
            raise CommandError(f"{argv[0]} cannot be started: {error.strerror}") from error
        if not hasattr(os, "wait4"):  # Windows
            return process.wait()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        with self._lock:
            self._peak = max(self._peak, used.ru_maxrss * MAXRSS_BYTES)
        return process.returncode

    def _passed(self, lane: IO[bytes]) -> list[int]:
        """Return the descriptors that a process is given beside its streams."""
        return []

    def _check(self, status: int) -> None:
        if not status or self.proof == "none":
            return
        if status < 0:
            raise CommandError(
                f"it was killed by {signal_name(-status)}; --proof none goes on anyway"
            )
        missing = " (a shell's word for: there is no such command)" if status == 127 else ""
        raise CommandError(
            f"it ended with status {status}{missing}; --proof none measures it all the same"
        )


@dataclass
class Program(Command):
    """An unmodified Python program, from its start to its end, under an event loop.

    `command` is its file or `-m` and a module, and its arguments; `loop` is what makes its loops.
    `python` is the interpreter, '' for the worker's own, and `folder` goes first on its import
    path. A program that runs on another loop than it is told is not measured as that.
    """

    loop: str = OWN_LOOP
    python: str = ""
    folder: str = ""

    def __post_init__(self) -> None:
        """Split the command into words, once."""
        super().__post_init__()
        self._told: dict[int, IO[bytes]] = {}

    def open(self) -> IO[bytes]:
        """Make the lane's file, and one for what a process tells of its loops."""
        lane = super().open()
        self._told[lane.fileno()] = super().open()
        return lane

    def close(self, lane: IO[bytes]) -> None:
        """Remove both."""
        self._told.pop(lane.fileno()).close()
        super().close(lane)

    def argv(self, lane: IO[bytes]) -> list[str]:
        """Return the interpreter, what puts the loop in its place, and the program."""
        return [*self._runner(lane), *self._words]

    def idle_argv(self, lane: IO[bytes]) -> list[str]:
        """Return the same with an empty program."""
        return [*self._runner(lane), os.devnull]

    @property
    def idle(self) -> str:
        """What starts likewise and does nothing, in words."""
        return "Python with an empty program"

    def task(self, lane: IO[bytes], index: int) -> int:
        """Run the program; CommandError where it ran on no loop, or on another one."""
        told = self._told[lane.fileno()]
        told.seek(0)
        told.truncate()
        proof = super().task(lane, index)
        told.seek(0)
        loops = sorted(set(told.read().decode().split()))
        asked = self.loop.partition(":")[0].partition(".")[0]
        if not loops:
            command = shlex.quote(f"python {shlex.join(self._words)}")
            raise CommandError(
                "it ran no event loop of asyncio: which one it gets makes no difference to it; how "
                f"long it takes: asyncbench run --command NAME={command}"
            )
        if loops != [asked]:
            raise CommandError(
                f"it ran on a loop of {' and '.join(loops)}, not of {asked}: it chooses its loop "
                "itself, so that each cell would measure the same"
            )
        return proof

    def _runner(self, lane: IO[bytes]) -> list[str]:
        report = str(self._told[lane.fileno()].fileno())
        return [self.python or sys.executable, RUNNER, report, self.loop, self.folder]

    def _passed(self, lane: IO[bytes]) -> list[int]:
        return [self._told[lane.fileno()].fileno()]


def _digest(lane: IO[bytes]) -> int:
    """Return a number that tells what a file holds."""
    lane.seek(0)
    digest = hashlib.blake2b(digest_size=8)
    while chunk := lane.read(_CHUNK):
        digest.update(chunk)
    return int.from_bytes(digest.digest()) & CHECKSUM_MASK
