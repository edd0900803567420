"""Workers where processes cannot be forked (Windows): each a fresh interpreter of its own."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import threading
import time
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from pathlib import Path

from asyncbench.runner.processes.failures import CellFailure, LostProcessError, TimedOut
from asyncbench.runner.processes.handle import AskedWorker
from asyncbench.runner.processes.interpreter import GOODBYE_S, ending, environment, python
from asyncbench.runner.processes.output import OutputFile
from asyncbench.worker.channel import LONGEST, Channel

# Its start imports a lot, on a busy machine for seconds.
START_S = 20.0
# How often it is looked whether a process that is to connect still lives.
LOOK_S = 0.05


class SpawnFactory:
    """Starts `python -m asyncbench.worker`, one process a worker."""

    def __init__(
        self,
        interpreter: str | None = None,
        temporary: Path | None = None,
        *,
        clean: bool = False,
    ) -> None:
        self._interpreter, self._clean = interpreter, clean
        self._temporary = temporary
        self._workers: list[SpawnedWorker] = []

    def worker(self) -> SpawnedWorker:
        """Start an interpreter and wait until it has connected."""
        key = secrets.token_bytes(32)
        output = OutputFile()
        with Listener(authkey=key) as listener:
            process = subprocess.Popen(
                [*python("asyncbench.worker", self._interpreter), json.dumps(listener.address)],
                stdin=subprocess.DEVNULL,
                stdout=output.fileno(),
                stderr=output.fileno(),
                env={
                    **(
                        environment(self._interpreter, self._temporary, clean=self._clean)
                        or os.environ
                    ),
                    "ASYNCBENCH_WORKER_KEY": key.hex(),
                },
            )
            try:
                connection = _accepted(listener, process)
            except LostProcessError as error:
                process.kill()
                process.wait()
                told = output.last().strip()
                output.close()
                raise LostProcessError(f"{error}{f': {told}' if told else ''}") from None
        worker = SpawnedWorker(process, Channel(connection), output)
        self._workers.append(worker)
        return worker

    def close(self) -> None:
        """End every worker."""
        for worker in self._workers:
            worker.end()


def _accepted(listener: Listener, process: subprocess.Popen[bytes]) -> Connection:
    """Return the connection of a process; LostProcessError where it ends, or does not come."""
    heard: list[Connection] = []

    def accept() -> None:
        # Closed below, where nobody came.
        with contextlib.suppress(OSError, EOFError, AuthenticationError):
            heard.append(listener.accept())

    # A pipe of Windows cannot be waited for, so that a thread does it.
    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    until = time.monotonic() + START_S
    while thread.is_alive() and process.poll() is None and time.monotonic() < until:
        thread.join(LOOK_S)
    if heard:
        return heard[0]
    how = f"it did not connect within {START_S:g} s"
    if process.poll() is not None:
        how = ending(process.returncode, "its process")
    raise LostProcessError(f"no worker can be started: {how}")


class SpawnedWorker(AskedWorker):
    """A worker in an interpreter of its own."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        channel: Channel,
        output: OutputFile,
    ) -> None:
        self.pid = process.pid
        self._process = process
        self._channel = channel
        self._output = output

    def _reply(self, timeout_s: float) -> bytes:
        try:
            if not self._channel.connection.poll(timeout_s):
                raise TimedOut(timeout_s, self._output.last())
            return self._channel.connection.recv_bytes(LONGEST)
        except (EOFError, OSError):
            reason = ending(self._process.wait(GOODBYE_S))
            raise CellFailure(reason, output=self._output.last()) from None

    def end(self) -> None:
        """Kill the process and what it started; a second call does nothing."""
        if self._channel.connection.closed:
            return
        import psutil

        below: list[psutil.Process] = []
        with contextlib.suppress(psutil.NoSuchProcess):
            below = psutil.Process(self._process.pid).children(recursive=True)
        self._channel.connection.close()
        self._process.kill()
        for child in below:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        self._process.wait()
        self._output.close()
