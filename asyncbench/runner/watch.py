"""Watches a process that runs already: has it run our watch, waits, and reads its events."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from time import perf_counter_ns

from asyncbench.core.executor import Family, Scheduler
from asyncbench.errors import AsyncbenchError, DamagedTraceError, UsageError
from asyncbench.record.event_reader import batch_began, batch_ended, processes
from asyncbench.record.plan import Cell, Work
from asyncbench.record.trace import Trace, TraceStatus
from asyncbench.runner.processes import interpreter
from asyncbench.worker.instrument import attached

# The first CPython that lets another process give it something to run.
OLDEST = (3, 14)
# How long a process may take until it runs what it was given: it does so between two steps of
# Python code, so that one which waits in C code for something takes until that is there.
BEGIN_S = 10.0
GOODBYE_S = 5.0
POLL_S = 0.05
HELPER_S = 20.0

# Runs in the main thread of the process, between two steps of what that does; it must be short.
_SCRIPT = """\
def _asyncbench():
    import sys, threading
    def go():
        sys.path.insert(0, {library!r})
        try:
            from asyncbench.worker.instrument import attached
        finally:
            sys.path.remove({library!r})
        attached.watch({folder!r}, {threshold}, {seconds}, every_step={every_step})
    threading.Thread(target=go, name="asyncbench", daemon=True).start()
_asyncbench()
del _asyncbench
"""


class WatchError(AsyncbenchError):
    """A process that was to be watched could not be, or went away."""

    exit_status = 4


def check(pid: int) -> str:
    """Return the interpreter that a process runs in; UsageError where it cannot be watched."""
    if not Path(f"/proc/{pid}").exists():
        if sys.platform != "linux":
            raise UsageError("watching a running process works only on Linux")
        raise UsageError(f"there is no process {pid}")
    try:
        python = str(Path(f"/proc/{pid}/exe").readlink())
    except PermissionError:
        raise _not_permitted(pid) from None
    except OSError:
        raise UsageError(
            f"process {pid} has no program: it is the system's own, or has ended"
        ) from None
    if not re.match(r"python|pypy", Path(python).name):
        raise UsageError(f"process {pid} is no Python: it runs {python}")
    version = _version(python)
    if version < OLDEST:
        raise UsageError(
            f"process {pid} runs Python {'.'.join(map(str, version))}, and only from 3.14 on can a "
            "running process be watched; start it anew with: asyncbench trace -- PROGRAM"
        )
    return python


def watch(
    pid: int, folder: Path, threshold_ns: int, seconds: float, *, every_step: bool = False
) -> Trace:
    """Watch a process for so many seconds and return what was seen; Ctrl-C ends it earlier.

    Raises UsageError where it cannot be watched, WatchError where it did not come to that.
    """
    python = check(pid)
    folder.chmod(0o777)  # the process may be somebody else's, and we root
    script = folder / "watch.py"
    script.write_text(
        _SCRIPT.format(
            library=str(interpreter.library()),
            folder=str(folder),
            threshold=threshold_ns,
            seconds=seconds,
            every_step=every_step,
        )
    )
    script.chmod(0o644)
    _give(pid, python, script)
    try:
        interrupted = _wait(pid, folder, seconds)
    except BaseException:
        # It would run the script once it can, and say that there is none.
        with contextlib.suppress(AsyncbenchError):
            _give(pid, python, Path(os.devnull))
        raise
    wrong = folder / attached.WRONG
    if wrong.exists():
        told = wrong.read_text().strip().rpartition("\n")[2]
        raise WatchError(f"process {pid} could not be watched: {told}")
    return _trace(pid, folder, threshold_ns, interrupted=interrupted)


def _give(pid: int, python: str, script: Path) -> None:
    """Have a process run a script: by its own interpreter, which has to be of the same version."""
    code = f"import sys; sys.remote_exec({pid}, {str(script)!r})"
    try:
        done = subprocess.run(
            [python, "-I", "-S", "-c", code],
            capture_output=True, text=True, check=False, timeout=HELPER_S, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WatchError(f"process {pid} could not be given anything to run: {error}") from error
    if not done.returncode:
        return
    why = done.stderr.strip().rpartition("\n")[2]
    if "PermissionError" in why or "not permitted" in why:
        raise _not_permitted(pid)
    if not Path(f"/proc/{pid}").exists():
        raise UsageError(f"process {pid} has ended")
    raise WatchError(
        f"process {pid} does not let itself be watched ({why}); a Python with -X "
        "disable-remote-debug or PYTHON_DISABLE_REMOTE_DEBUG does not"
    )


def _wait(pid: int, folder: Path, seconds: float) -> bool:
    """Wait until it is over; return whether somebody interrupted it."""
    given, interrupted = time.monotonic(), False
    until = given + BEGIN_S
    begun = False
    while not (folder / attached.DONE).exists():
        try:
            time.sleep(POLL_S)
        except KeyboardInterrupt:
            interrupted = True
            (folder / attached.STOP).write_text("")
        if not begun and any(folder.glob("*.events")):
            begun, until = True, time.monotonic() + seconds + GOODBYE_S
        if not Path(f"/proc/{pid}").exists():
            break
        if time.monotonic() > until:
            (folder / attached.STOP).write_text("")
            if begun:
                break
            raise WatchError(
                f"process {pid} did not come to run anything for {BEGIN_S:g} s: its main thread "
                "waits in C code, for a request, say; send it one, and try again"
            )
    return interrupted


def _trace(pid: int, folder: Path, threshold_ns: int, *, interrupted: bool) -> Trace:
    found = processes(folder)
    kinds = [str(text["loop"]) for each in found for text in each.texts.values() if "loop" in text]
    names = ", ".join(dict.fromkeys(kinds)) or "no event loop"
    trace = Trace(
        Work(f"process {pid}", "", {}, 0, 1, demand_known=True, cpu_s=0.0),
        Cell(0, 0, names, "", Family.COOPERATIVE, "cooperative", scheduler=Scheduler.ASYNCIO),
        folder,
        threshold_ns,
        pid=pid,
        ended_ns=perf_counter_ns(),
        program=True,
        attached=True,
    )
    with contextlib.suppress(OSError, DamagedTraceError):
        trace.began_ns = batch_began(str(folder), pid)
        trace.ended_ns = batch_ended(folder, pid) or trace.ended_ns
    if not trace.began_ns:
        trace.status, trace.why = TraceStatus.FAILED, "it ended before it could be watched"
    if interrupted:
        trace.status, trace.why = TraceStatus.INTERRUPTED, "it was interrupted"
    return trace


def _version(python: str) -> tuple[int, int]:
    named = re.search(r"(\d+)\.(\d+)", Path(python).name)
    if named:
        return int(named[1]), int(named[2])
    _, told = interpreter.answer(
        [python, "-I", "-S", "-c", "import sys; print(*sys.version_info[:2])"], HELPER_S
    )
    major, minor = told.split()
    return int(major), int(minor)


def _not_permitted(pid: int) -> UsageError:
    who = "you are root already, and a container may forbid it" if os.getuid() == 0 else (
        f"it takes the right to trace it: run this as its user, or: sudo asyncbench watch {pid}"
    )  # fmt: skip
    scope = Path("/proc/sys/kernel/yama/ptrace_scope")
    yama = scope.exists() and scope.read_text().strip() not in ("", "0")
    more = "; kernel.yama.ptrace_scope lets root alone do it" if yama and os.getuid() else ""
    return UsageError(f"the system does not permit to watch process {pid}: {who}{more}")
