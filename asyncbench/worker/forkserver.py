"""The parent of one round's workers: preloaded, it forks them in milliseconds and outlives them.

A worker forked here shares hash seed and memory layout with its siblings; every round has a fresh
fork server, so both are drawn anew. When the runner is gone, for any reason, its end
of the control socket closes: the fork server then kills every process below it and exits.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.process
import concurrent.futures.thread
import contextlib
import gc
import json
import multiprocessing
import multiprocessing.queues
import multiprocessing.synchronize
import os
import select
import signal
import socket
import sys
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

# loaded before the fork, so that no worker has to
from asyncbench.core.system import (
    LINUX,
    adopt_orphans,
    descendants,
    end_with_parent,
    print_by_lines,
)
from asyncbench.executors import asyncio_loop, processes, sequential, threads
from asyncbench.worker import hanging
from asyncbench.worker.channel import Channel
from asyncbench.worker.guard import end_all, end_below, guarded, kill
from asyncbench.worker.session import flush_output, serve

PRELOADED = (
    asyncio,
    concurrent.futures.process,
    concurrent.futures.thread,
    multiprocessing.queues,
    multiprocessing.synchronize,
    asyncio_loop,
    processes,
    sequential,
    threads,
)

END_OF_LIFE_S = 0.5  # how long a worker whose connection ended may take to be gone


def main() -> None:
    """Serve the control socket whose number is the first argument."""
    number = int(sys.argv[1])
    prefix = _name_semaphores()
    guard = guarded(number, lambda: _unlink_semaphores(prefix))
    control = socket.socket(fileno=number)
    # Orphans below a worker come to the fork server, which ends them.
    adopt_orphans()
    gc.collect()
    gc.freeze()
    workers: set[int] = set()
    heard = b""
    try:
        _say(control, {"id": 0})
        while True:
            if guard in select.select([control.fileno(), guard], [], [])[0]:
                break
            text, descriptors, _, _ = socket.recv_fds(control, 65536, 2)
            if not text:
                break
            # An interrupted runner may ask again before it has heard.
            *lines, heard = (heard + text).split(b"\n")
            for line in lines:
                request = json.loads(line)
                answer = _answered(request, descriptors, workers, control)
                _say(control, {"id": request["id"], **answer})
    except OSError:
        pass  # the runner is gone in the middle of a word
    finally:
        _end_all(workers)


def _name_semaphores() -> str:
    """Have the semaphores of all pools below begin with a name of this round's own."""
    prefix = f"/mp-asyncbench-{os.getpid()}-{os.urandom(4).hex()}"
    # What is handed on to every process that multiprocessing starts; it has no other door.
    multiprocessing.current_process()._config["semprefix"] = prefix  # type: ignore[attr-defined]
    return prefix


def _unlink_semaphores(prefix: str) -> None:
    """Unlink what a killed process has left; its tracker does, unless that was killed, too."""
    for left in Path("/dev/shm").glob(f"sem.{prefix[1:]}*"):
        with contextlib.suppress(OSError):
            left.unlink()


def _say(control: socket.socket, message: dict[str, Any]) -> None:
    control.sendall(json.dumps(message).encode() + b"\n")


def _answered(
    request: dict[str, Any],
    descriptors: list[int],
    workers: set[int],
    control: socket.socket,
) -> dict[str, Any]:
    if request["do"] == "fork":
        try:
            pid = _fork(control, descriptors)
        except OSError as error:
            return {"failed": error.strerror}
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        workers.add(pid)
        return {"pid": pid}
    workers.discard(request["pid"])
    return {"status": _end(request["pid"], dying=request["dying"])}


def _fork(control: socket.socket, descriptors: list[int]) -> int:
    pid = os.fork()
    if not pid:
        _live(control, descriptors)
    return pid


def _live(control: socket.socket, descriptors: list[int]) -> NoReturn:
    """Be a worker: in its own process group, with no stdin, its output on a pipe of its own."""
    try:
        control.close()
        os.setpgid(0, 0)
        if LINUX:
            end_with_parent(signal.SIGKILL)()
            # The peak of memory counts from here, not from what the fork server once had.
            Path("/proc/self/clear_refs").write_text("5")
        connection, output = descriptors
        empty = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((empty, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        os.close(empty)
        os.close(output)
        print_by_lines()
        _keep_from_children(connection)
        hanging.be_ready()
        serve(Channel(Connection(connection)))
    except BaseException:
        traceback.print_exc()
    finally:
        # No exit handlers: what was inherited is the fork server's to clean up.
        flush_output()
        os._exit(0)


def _keep_from_children(descriptor: int) -> None:
    """Close the way to the runner in processes that a task forks, which have no use for it."""
    worker = os.getpid()

    def close() -> None:
        # In a child of a child it is closed already, and its number may be another file's.
        if os.getppid() == worker:
            os.close(descriptor)

    os.register_at_fork(after_in_child=close)


def _end(pid: int, *, dying: bool) -> int | None:
    """Kill a worker with all below it and return how it ended, as `waitpid` reports it.

    One that is already dying gets a moment to do so, so that the status is its own.
    """
    patience = time.monotonic() + (END_OF_LIFE_S if dying else 0)
    status = None
    while status is None and time.monotonic() < patience:
        status = _reaped(pid, os.WNOHANG)
        if status is None:
            time.sleep(0.005)
    below = descendants(pid)
    if status is None:
        # Not by its group alone: a task can leave that.
        kill(pid)
        status = _reaped(pid, 0)
    if LINUX:
        end_all(lambda: _left_of(pid, below))
    else:
        _kill_group(pid)
    return status


def _left_of(worker: int, below: list[int]) -> list[int]:
    """Return what is left of a worker's processes: those once seen below it, and its group."""
    return [pid for pid in descendants(os.getpid()) if pid in below or _group(pid) == worker]


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except OSError:
        return None


def _reaped(pid: int, options: int) -> int | None:
    try:
        gone, status = os.waitpid(pid, options)
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(status) if gone else None


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _end_all(workers: set[int]) -> None:
    if not LINUX:  # orphans outside the workers' groups stay unseen
        for pid in workers:
            _kill_group(pid)
    end_below()


if __name__ == "__main__":
    main()
