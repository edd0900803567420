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
import multiprocessing.queues
import multiprocessing.synchronize
import os
import shutil
import signal
import socket
import sys
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

# loaded before the fork, so that no worker has to
from asyncbench.core.system import LINUX, adopt_orphans, end_with_parent, print_by_lines
from asyncbench.executors import asyncio_loop, processes, sequential, threads
from asyncbench.worker.protocol import LIBRARY, Channel
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
    runner = os.getppid()
    control = socket.socket(fileno=int(sys.argv[1]))
    # Orphans below a worker come to the fork server, which ends them.
    adopt_orphans()
    gc.collect()
    gc.freeze()
    workers: set[int] = set()
    heard = b""
    try:
        _say(control, {"id": 0})
        while True:
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
        maker, _, copy = os.environ.get(LIBRARY, "").partition(":")
        if maker == str(runner) and os.getppid() != runner:
            # The runner was killed, and could not take its copy with it.
            shutil.rmtree(copy, ignore_errors=True)


def _say(control: socket.socket, message: dict[str, Any]) -> None:
    control.sendall(json.dumps(message).encode() + b"\n")


def _answered(
    request: dict[str, Any],
    descriptors: list[int],
    workers: set[int],
    control: socket.socket,
) -> dict[str, int | None]:
    if request["do"] == "fork":
        pid = _fork(control, descriptors)
        workers.add(pid)
        return {"pid": pid}
    workers.discard(request["pid"])
    return {"status": _end(request["pid"], dying=request["dying"])}


def _fork(control: socket.socket, descriptors: list[int]) -> int:
    pid = os.fork()
    if not pid:
        _live(control, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
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
        serve(Channel(Connection(connection)))
    except BaseException:
        traceback.print_exc()
    finally:
        # No exit handlers: what was inherited is the fork server's to clean up.
        flush_output()
        os._exit(0)


def _end(pid: int, *, dying: bool) -> int | None:
    """Kill a worker's whole group and return how the worker ended, as `waitpid` reports it.

    One that is already dying gets a moment to do so, so that the status is its own.
    """
    patience = time.monotonic() + (END_OF_LIFE_S if dying else 0)
    status = None
    while status is None and time.monotonic() < patience:
        status = _reaped(pid, os.WNOHANG)
        if status is None:
            time.sleep(0.005)
    _kill_group(pid)
    return status if status is not None else _reaped(pid, 0)


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
    # Killing a worker brings its orphans here, so this goes on until no child is left.
    patience = time.monotonic() + 2
    while time.monotonic() < patience:
        for pid in workers | _children():
            _kill_group(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.01)


def _children() -> set[int]:
    try:
        text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    except OSError:  # not Linux: orphans outside the workers' groups stay unseen
        return set()
    return {int(pid) for pid in text.split()}


if __name__ == "__main__":
    main()
