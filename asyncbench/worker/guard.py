"""The guard: a process between the runner and what it starts, which leaves nothing of that behind.

Each of our programs that has processes below it forks at its start: the child goes on as the
program, the parent stays as its guard. Orphans below come to the guard. When the program has
ended, or the runner is gone and the program does not end by itself, it kills all that is left. Each
of the two notices the other's death, even while one is stopped, so no single signal to any process
leaves another behind.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NoReturn

from asyncbench.core.system import (
    adopt_orphans,
    descendants,
    end_of,
    end_with_parent,
    postgres_segments,
)

# How long the program may take to end by itself once the runner is gone.
GRACE_S = 2.0
# Processes that clean up after others, and end by themselves once those are gone: whoever removes
# a temporary folder, and whoever unlinks semaphores and shared memory of multiprocessing.
CLEANERS = (b"asyncbench: guard of a folder", b"multiprocessing.resource_tracker")
CLEANING_S = 1.0
PATIENCE_S = 2.0
POLL_S = 0.01
# A look now and then, where the system does not tell that a process has ended.
LOOK_S = 0.2


def guarded(leash: int, after: Callable[[], object] = lambda: None) -> int:
    """Fork; return in the child, with a descriptor that ends when the guard does.

    The parent guards it and never returns. `leash` is the descriptor whose other end the runner
    has; `after` is called once nothing is left.
    """
    watched, kept = os.pipe()
    # A guard that is stopped goes on when the runner dies, and then sees that it has.
    end_with_parent(signal.SIGCONT)()
    adopt_orphans()
    pid = os.fork()
    if pid:
        os.close(watched)
        _stand(pid, leash, after)
    os.close(kept)
    end_with_parent(signal.SIGCONT)()
    return watched


def _stand(pid: int, leash: int, after: Callable[[], object]) -> NoReturn:
    """Be the guard of a program."""
    _let_go(leash)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    status = _watch(pid, leash)
    end_below()
    after()
    _end_like(status)


def end_below() -> None:
    """Kill every process below this one."""
    end_all(lambda: descendants(os.getpid()))


def end_all(living: Callable[[], Collection[int]]) -> None:
    """Kill what `living` returns until that is nothing; who cleans up may end by itself.

    Killing a process brings its orphans to light, so this asks again and again.
    """
    began, segments = time.monotonic(), set[Path]()
    while pids := living():
        waited = time.monotonic() - began
        if waited > PATIENCE_S:
            break
        segments |= postgres_segments(pids)
        for pid in pids:
            if waited > CLEANING_S or not _cleans(pid):
                kill(pid)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(POLL_S)
    for left in segments:
        left.unlink(missing_ok=True)


def kill(pid: int) -> None:
    """Kill a process, if there still is one."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _cleans(pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return any(sign in command for sign in CLEANERS)


def _let_go(leash: int) -> None:
    """Let go of the program's output: the runner is to see its end, not the guard's."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        if number != leash:
            os.dup2(nothing, number)


def _watch(pid: int, leash: int) -> int:
    """Wait for the program's end, or for the runner's and then not for long; return its status."""
    poller = select.poll()
    poller.register(leash, getattr(select, "POLLRDHUP", select.POLLHUP))
    ended = end_of(pid)
    if ended is not None:
        poller.register(ended, select.POLLIN)
    until = None
    while True:
        ready = poller.poll(None if ended is not None and until is None else LOOK_S * 1000)
        gone, status = os.waitpid(pid, os.WNOHANG)
        if gone:
            _hang_up(leash)
            return status
        if until is None and leash in dict(ready):
            until = time.monotonic() + GRACE_S
            poller.unregister(leash)
        if until is not None and time.monotonic() > until:
            kill(pid)
            until = None


def _hang_up(leash: int) -> None:
    """Tell the runner at once, before the rest is cleared away."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(leash)) as line:
        line.shutdown(socket.SHUT_RDWR)


def _end_like(status: int) -> NoReturn:
    """End as the program did, which is what the runner sees of it."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(OSError):  # of SIGKILL, which needs none
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(max(0, code))
