"""What the system and the interpreter are: the one place that knows.

Functions for Linux alone do nothing, or return None or nothing, elsewhere.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG = 1  # linux/prctl.h
PR_SET_CHILD_SUBREAPER = 36
#: In how many bytes `getrusage` tells the most memory that was held.
MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024
#: The folder that asyncbench's modules are in, with a separator at its end. Not by an import of
#: the package itself, whose public names reach everything.
PACKAGE = os.path.dirname(str(sys.modules["asyncbench"].__file__)) + os.sep  # noqa: PTH120
# Taken before any code of a user's, which can replace it in its module.
_clock_gettime_ns: Callable[[int], int] = getattr(time, "clock_gettime_ns", lambda clock: 0)


def affinity() -> list[int]:
    """Return the CPUs that this process may run on, none where the system does not say."""
    ask = getattr(os, "sched_getaffinity", None)
    return sorted(ask(0)) if ask else []


def usable_cpus() -> int:
    """Return how many CPUs this process may run on."""
    return len(affinity()) or os.cpu_count() or 1


def has(package: str) -> bool:
    """Return whether a package or a module is installed; code of its parents alone is run."""
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # not even its parent is
        return False


def adopt_orphans() -> None:
    """Make orphans of the processes below this one children of this one (Linux)."""
    if LINUX:
        _prctl()(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_with_parent(signal_: int) -> Callable[[], None]:
    """Return a function that has this process sent a signal when its parent dies (Linux).

    A child calls it right after a fork, so it imports nothing.
    """
    if not LINUX:
        return lambda: None
    return functools.partial(_prctl(), PR_SET_PDEATHSIG, signal_, 0, 0, 0)


def cpu_clock_ns(pid: int) -> int:
    """Return the CPU time that a process has used in nanoseconds; raises OSError where it is gone.

    Linux: the kernel's clock of another process, more exact than the ticks of its `stat` file.
    """
    return _clock_gettime_ns(((~pid) << 3) | 2)  # CPUCLOCK_SCHED, linux/posix-timers.h


def proc_text(pid: int, name: str) -> str:
    """Return what a file of /proc/PID says (Linux); raises OSError where the process is gone.

    The names of programs and files that stand in it are whatever bytes: the kernel cuts that of a
    process after 15, in the middle of a letter, too.
    """
    return Path(f"/proc/{pid}/{name}").read_text("utf-8", "surrogateescape")


def stat_fields(pid: int) -> list[str]:
    """Return what /proc/PID/stat says after the name, from the state on (Linux, proc(5)).

    Raises OSError where the process is gone.
    """
    return proc_text(pid, "stat").rpartition(")")[2].split()


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Have the signals that ask to stop wait until the context is left, where a system can."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(
        signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    )
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def print_by_lines() -> None:
    """Flush stdout after each line, as in a terminal, whatever stdout is.

    Python buffers what goes to a pipe or a file, and a process that hangs or is killed never
    sends it. Every process of every executor does the same, so none prints for less than another.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)


def peak_rss(pid: int) -> int:
    """Return the most memory that a process has held, in bytes (Linux; 0: it is not known)."""
    with contextlib.suppress(OSError):  # it ended meanwhile
        for line in proc_text(pid, "status").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def end_of(pid: int) -> int | None:
    """Return a descriptor that can be read once a process has ended; None where there is none."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def signal_name(number: int) -> str:
    """Return what a signal is called; most of those in real time have a number alone."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def catches(pid: int, number: int) -> bool:
    """Return whether a process has a handler for a signal (Linux; elsewhere none is known)."""
    try:
        status = proc_text(pid, "status")
    except OSError:
        return False
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (number - 1) & 1)


def descendants(pid: int) -> list[int]:
    """Return the processes below one (Linux; elsewhere none is found)."""
    found = []
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []
    for thread in threads:
        try:
            children = (thread / "children").read_text().split()
        except OSError:
            continue  # a thread that ended meanwhile
        for child in map(int, children):
            found += [child, *descendants(child)]
    return found


def run_delay_file() -> int | None:
    """Open what tells how long this thread has waited for a CPU that others had (Linux).

    Who asks often keeps it open: to open it takes ten times as long as to read it.
    """
    try:
        return os.open("/proc/thread-self/schedstat", os.O_RDONLY)
    except OSError:  # not Linux, or a kernel that does not count it
        return None


def run_delay_of(file: int) -> int:
    """Return the nanoseconds that the thread which opened a file has waited so far."""
    return int(os.pread(file, 80, 0).split()[1])


def run_delay_ns() -> int | None:
    """Return how long this thread has waited for a CPU that others had (Linux; else None)."""
    file = run_delay_file()
    if file is None:
        return None
    try:
        return run_delay_of(file)
    finally:
        os.close(file)


def postgres_segments(pids: Iterable[int]) -> set[Path]:
    """Return the shared memory that these processes have of PostgreSQL's (Linux).

    A server that is killed leaves it behind, and nobody else has any use for it.
    """
    segments = {str(path): path for path in Path("/dev/shm").glob("PostgreSQL.*")}
    found = set()
    for pid in pids if segments else ():
        try:
            maps = proc_text(pid, "maps")
        except OSError:
            continue
        found |= {path for name, path in segments.items() if name in maps}
    return found


def interpreter_facts() -> dict[str, Any]:
    """Return what this interpreter is, in words for a reader."""
    return {
        "python": f"{sys.implementation.name} {sys.version.split()[0]}",
        "switch interval": f"{sys.getswitchinterval() * 1e3:g} ms",
    }


def gil_enabled() -> bool:
    """Return whether the GIL is on now."""
    # Told after the run: on a free-threaded build an import can switch the GIL back on.
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def jit_enabled() -> bool:
    """Return whether the interpreter's just-in-time compiler is on, which CPython 3.14 can tell."""
    jit = getattr(sys, "_jit", None)
    return bool(jit and jit.is_enabled())


@functools.cache
def _prctl() -> Callable[..., Any]:
    import ctypes

    function: Callable[..., Any] = ctypes.CDLL(None, use_errno=True).prctl
    return function
