"""Traces a whole program: starts it as it is, waits for it, and finds its events afterwards."""

from __future__ import annotations

import contextlib
import importlib.machinery
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from asyncbench.core.executor import Family, Scheduler
from asyncbench.core.system import LINUX, PACKAGE, end_with_parent
from asyncbench.errors import DamagedTraceError, UsageError, near_matches
from asyncbench.record import ring
from asyncbench.record.event_reader import batch_began, batch_ended, processes
from asyncbench.record.plan import Cell, Work
from asyncbench.record.trace import NO_LOOP, Trace, TraceStatus

SCRIPT = str(Path(PACKAGE) / "worker" / "traced_program.py")
_INTERPRETER = re.compile(r"(python|pypy)\d*(\.\d+)?t?(\.exe)?")
# What a shim of pyenv ends with.
_SHIM = re.compile(r'^exec "([^"\n]*pyenv)" exec "\$program" "\$@"', re.M)
SHIM_S = 10.0
# A terminal sends these to a program by itself; others go to us alone.
_OF_TERMINALS = ("SIGINT", "SIGQUIT")
_PASSED_ON = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")


@dataclass(frozen=True, slots=True)
class Program:
    """A Python program as it is typed: its interpreter with flags, and its words.

    The words are a file or `-m` and a module, and arguments.
    """

    python: Sequence[str]
    words: Sequence[str]

    @property
    def name(self) -> str:
        """What it is called."""
        first = self.words[1] if self.words[0] == "-m" else Path(self.words[0]).name
        return str(first)


def find(words: Sequence[str]) -> Program:
    """Return the Python program that words mean: as after `python`, or a command that is one.

    Raises UsageError where there is none.
    """
    if not words:
        raise UsageError("which program? Write: asyncbench trace -- PROGRAM ARGUMENTS")
    python, rest = [sys.executable], list(words)
    if _INTERPRETER.fullmatch(Path(rest[0]).name):
        found = shutil.which(rest[0])
        if found is None:
            raise UsageError(f"there is no interpreter {rest[0]}")
        python, rest = [found], rest[1:]
        while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c", "-"):
            python += [rest.pop(0)]
            if python[-1] in ("-X", "-W") and rest:
                python += [rest.pop(0)]
    if not rest or rest in (["-m"], ["-"]) or rest[0] == "-c":
        raise UsageError("name a file or -m MODULE; a program that is typed in has to be in a file")
    if rest[0] == "-m" or Path(rest[0]).suffix == ".py":
        if rest[0] != "-m" and not Path(rest[0]).is_file():
            path = Path(rest[0])
            files = [each.name for each in path.parent.glob("*.py")] if path.parent.is_dir() else []
            raise UsageError(f"no file {path}{near_matches(path.name, files, most=5)}")
        if rest[0] == "-m" and python == [sys.executable]:
            _check_module(rest[1])
        return Program(python, rest)
    place = shutil.which(rest[0]) or (rest[0] if Path(rest[0]).is_file() else None)
    if place is None:
        raise UsageError(f"there is no program {rest[0]!r}; a Python file ends in .py")
    place = _behind_shim(place)
    return Program(_interpreter(place) or python, [place, *rest[1:]])


def _check_module(name: str) -> None:
    """Raise UsageError where this interpreter has no such module; nothing is imported for it."""
    top = name.partition(".")[0]
    found = importlib.machinery.PathFinder.find_spec(top, [str(Path.cwd()), *sys.path])
    if found is None and top not in sys.builtin_module_names:
        raise UsageError(
            f"there is no module {name} here or in {sys.executable}; name the interpreter that has "
            f"it: asyncbench trace -- PYTHON -m {name}"
        )


def _interpreter(place: str) -> list[str]:
    """Return the interpreter that a script names; UsageError where it is no Python program."""
    first = _begin(place).partition("\n")[0]
    if first.startswith("#!"):
        parts = first[2:].split() or ["nothing"]
        name = parts[1] if parts and Path(parts[0]).name == "env" and len(parts) > 1 else parts[0]
        found = shutil.which(name)
        if _INTERPRETER.fullmatch(Path(name).name) and found:
            return [found]
        module = Path(place).stem
        known = importlib.machinery.PathFinder.find_spec(module)
        raise UsageError(
            f"{place} is a script of {Path(name).name}, not of Python; name the Python program that"
            f" it starts: asyncbench trace -- -m {module if known else 'MODULE'} ARGUMENTS"
        )
    raise UsageError(
        f"{place} is no Python program, so there is no event loop of asyncio to see; how long it "
        "takes is measured by: asyncbench run --command NAME=COMMAND"
    )


def _behind_shim(place: str) -> str:
    """Return the script that a shim of pyenv stands for; the same place where it is none."""
    shim = _SHIM.search(_begin(place))
    if not shim:
        return place
    try:
        done = subprocess.run(
            [shim[1], "which", Path(place).name],
            capture_output=True, text=True, errors="replace", check=False, timeout=SHIM_S,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return place
    found = done.stdout.strip()
    return found if done.returncode == 0 and Path(found).is_file() else place


def _begin(place: str) -> str:
    """Return the first lines of a file."""
    with Path(place).open("rb") as file:
        return file.read(1000).decode(errors="replace")


def trace(
    program: Program, folder: Path, threshold_ns: int, last_ns: int = 0, *, every_step: bool = False
) -> tuple[Trace, int]:
    """Run a program and return what was seen of it, and its exit status (128 + n for signal n).

    Without `every_step` a program that does much is noted for a part of the time (`allowance`).
    With `last_ns` that is its last so many nanoseconds, as far as `record.ring` has room for them.
    Its streams and signals are its own: a Ctrl-C that reaches this process, too, is noted.
    """
    settings = [str(folder), str(threshold_ns), str(last_ns), str(int(every_step))]
    command = [*program.python, SCRIPT, *settings, *program.words]
    with (
        # Killed as this process is, it must not be left behind, in a folder that is gone.
        subprocess.Popen(
            command, preexec_fn=end_with_parent(signal.SIGKILL) if LINUX else None
        ) as process,
        _passing_on(process) as interrupted,
    ):
        status = process.wait()
    ended = perf_counter_ns()
    if last_ns:
        with contextlib.suppress(OSError, DamagedTraceError):  # it came to no events
            ring.straighten(folder, process.pid, last_ns)
    traced = Trace(
        Work(program.name, "", {}, 0, 1, demand_known=True, cpu_s=0.0),
        Cell(0, 0, "", "", Family.COOPERATIVE, "cooperative", scheduler=Scheduler.ASYNCIO),
        folder,
        threshold_ns,
        pid=process.pid,
        ended_ns=ended,
        program=True,
        interrupted_ns=interrupted[0] if interrupted else 0,
    )
    with contextlib.suppress(OSError, DamagedTraceError):  # it did not come to that
        traced.began_ns = batch_began(str(folder), process.pid)
        traced.ended_ns = batch_ended(folder, process.pid) or ended
    loops = [
        str(text["loop"])
        for events in processes(folder)
        for text in events.texts.values()
        if "loop" in text
    ]
    names = ", ".join(dict.fromkeys(loops)) or NO_LOOP
    traced.cell = Cell(
        0, 0, names, "", Family.COOPERATIVE, "cooperative", scheduler=Scheduler.ASYNCIO
    )
    if not traced.began_ns:
        traced.status, traced.why = TraceStatus.FAILED, "it ended before it could be watched"
    return traced, 128 - status if status < 0 else status


@contextlib.contextmanager
def _passing_on(process: subprocess.Popen[Any]) -> Iterator[list[int]]:
    """Let signals be the program's; yield when it was interrupted by one."""
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return

    def note(number: int, frame: object) -> None:
        came.append(perf_counter_ns())
        wake()

    def pass_on(number: int, frame: object) -> None:
        came.append(perf_counter_ns())
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)
        wake()

    def wake() -> None:
        """Let a program that somebody has stopped take the signal."""
        with contextlib.suppress(ProcessLookupError, AttributeError):
            os.kill(process.pid, signal.SIGCONT)

    kept: dict[int, Any] = {}
    for names, handler in ((_OF_TERMINALS, note), (_PASSED_ON, pass_on)):
        for name in names:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                kept[number] = signal.signal(number, handler)
    try:
        yield came
    finally:
        for number, before in kept.items():
            signal.signal(number, before)
