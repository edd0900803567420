"""Starts the processes of a run and gives the pilot a handle on each."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from asyncbench.engine.programs import GOODBYE_S, OUTPUT_KEPT, ending, environment, python
from asyncbench.engine.protocol import CellFailure, Channel, LostProcessError, Message, TimedOut
from asyncbench.engine.target import TargetProcess
from asyncbench.record import Variant

LOST = "the process that keeps the workers has died; what was measured until then is kept"


class Worker(Protocol):
    """A child that answers requests."""

    pid: int

    def ask(self, request: Message, timeout_s: float) -> Message:
        """Ask and wait for the answer; raises CellFailure where there is none, or a bad one."""

    def tell(self, request: Message) -> None:
        """Send a request whose answer is fetched later."""

    def answer(self, timeout_s: float) -> Message:
        """Wait for the answer to what was told."""

    def end(self) -> None:
        """End the process and everything below it."""


class AskedWorker:
    """What every worker behind a channel is asked by; `_reply` and `_said` are its own."""

    _channel: Channel

    def ask(self, request: Message, timeout_s: float) -> Message:
        """Ask and wait for the answer."""
        self.tell(request)
        return self.answer(timeout_s)

    def tell(self, request: Message) -> None:
        """Send a request; a worker that is gone is found out when its answer is fetched."""
        with contextlib.suppress(OSError):
            self._channel.send(request)

    def answer(self, timeout_s: float) -> Message:
        """Wait for the answer to what was told."""
        reply = self._reply(timeout_s)
        if "failed" in reply:
            raise CellFailure(reply["failed"], reply["traceback"], self._said())
        return reply

    def _reply(self, timeout_s: float) -> Message:
        """Wait for whatever it answers; raises CellFailure where it is silent or gone."""
        raise NotImplementedError

    def _said(self) -> str:
        """Give what it printed last."""
        raise NotImplementedError


class Nursery(Protocol):
    """A parent of workers, fresh for each round."""

    def worker(self) -> Worker:
        """Start a worker."""

    def close(self) -> None:
        """End all workers and the nursery itself."""


class Launcher(Protocol):
    """Where the pilot gets its processes; a fake one runs them in the pilot's own process."""

    def nursery(self, python: str | None) -> Nursery:
        """Start a fresh nursery in an interpreter, None for the one that this runs in."""

    def target(self, workload: str, params: dict[str, Any], variant: Variant) -> TargetProcess:
        """Start the target of a workload as a variant has it and wait until it is ready."""


class Nurseries:
    """One round's nurseries: one for each interpreter that a run has workers in."""

    def __init__(self, launcher: Launcher, pythons: Sequence[str | None]) -> None:
        self._by_python: dict[str | None, Nursery] = {}
        try:
            for python in pythons:
                self._by_python[python] = launcher.nursery(python)
        except BaseException:
            self.close()
            raise

    def worker(self, python: str | None) -> Worker:
        """Start a worker in an interpreter."""
        return self._by_python[python].worker()

    def close(self) -> None:
        """End all workers and all nurseries."""
        for nursery in self._by_python.values():
            nursery.close()


class ForkingNursery:
    """A `python -m asyncbench.engine.nursery` and the control socket to it (POSIX)."""

    def __init__(self, interpreter: str | None = None) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*python("asyncbench.engine.nursery", interpreter), str(theirs.fileno())],
                env=environment(interpreter),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                # Ctrl-C in a terminal is the pilot's to handle, not its children's.
                start_new_session=True,
            )
        self._asked = 0
        self._heard = b""
        self._hear(0)

    def worker(self) -> Worker:
        """Fork a worker."""
        ours, theirs = socket.socketpair()
        output, printed = os.pipe()
        try:
            pid = self._ask({"do": "fork"}, theirs.fileno(), printed)["pid"]
        finally:
            theirs.close()
            os.close(printed)
        return ForkedWorker(self, pid, Channel(Connection(ours.detach())), output)

    def end(self, pid: int, *, dying: bool) -> int | None:
        """End a worker's process group; give its exit code (negative: the signal)."""
        status: int | None = self._ask({"do": "end", "pid": pid, "dying": dying})["status"]
        return status

    def close(self) -> None:
        """Hang up, upon which the nursery ends all below it, and wait until it has."""
        self._control.close()
        try:
            self._process.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, request: Message, *descriptors: int) -> Message:
        # An interrupt can come between a question and its answer, so answers are told apart.
        self._asked += 1
        text = json.dumps({"id": self._asked, **request}).encode() + b"\n"
        try:
            socket.send_fds(self._control, [text], descriptors)
        except OSError as error:
            raise LostProcessError(LOST) from error
        return self._hear(self._asked)

    def _hear(self, number: int) -> Message:
        while True:
            while b"\n" not in self._heard:
                try:
                    text = self._control.recv(65536)
                except OSError:
                    text = b""
                if not text:
                    raise LostProcessError(LOST)
                self._heard += text
            line, _, self._heard = self._heard.partition(b"\n")
            message: Message = json.loads(line)
            if message["id"] == number:
                return message


class ForkedWorker(AskedWorker):
    """A worker that a nursery forked."""

    def __init__(self, nursery: ForkingNursery, pid: int, channel: Channel, output: int) -> None:
        self.pid = pid
        self._nursery = nursery
        self._channel = channel
        self._output = output
        self._printed: deque[bytes] = deque()
        self._kept = 0
        self._ended = False
        os.set_blocking(output, False)

    def _reply(self, timeout_s: float) -> Message:
        """Wait, keeping what is printed meanwhile."""
        deadline = time.monotonic() + timeout_s
        connection = self._channel.connection
        waiting_for: list[Any] = [connection, self._output]
        while True:
            ready = wait(waiting_for, max(0.0, deadline - time.monotonic()))
            if self._output in ready and not self._drain():
                waiting_for.remove(self._output)
            if connection in ready:
                break
            if not ready:
                raise TimedOut(timeout_s, self._said())
        try:
            return self._channel.receive()
        except (EOFError, OSError):
            status = self._nursery.end(self.pid, dying=True)
            self._ended = True
            raise CellFailure(ending(status), output=self._said()) from None

    def end(self) -> None:
        """Kill the worker's process group; a second call does nothing."""
        if self._channel.connection.closed:
            return
        if not self._ended:
            with contextlib.suppress(LostProcessError):  # then the worker died with it
                self._nursery.end(self.pid, dying=False)
        self._channel.connection.close()
        os.close(self._output)

    def _drain(self) -> bool:
        """Take what was printed; False at its end."""
        try:
            text = os.read(self._output, 65536)
        except BlockingIOError:
            return True
        self._printed.append(text)
        self._kept += len(text)
        while self._kept - len(self._printed[0]) >= OUTPUT_KEPT:
            self._kept -= len(self._printed.popleft())
        return bool(text)

    def _said(self) -> str:
        while True:
            before = self._kept
            if not self._drain() or self._kept == before:
                break
        return b"".join(self._printed)[-OUTPUT_KEPT:].decode(errors="replace")


class ProcessLauncher:
    """The launcher of real runs."""

    def nursery(self, python: str | None) -> Nursery:
        """Start a fresh nursery in an interpreter, None for the one that this runs in."""
        if hasattr(os, "fork"):
            return ForkingNursery(python)
        from asyncbench.engine.spawn import SpawningNursery

        return SpawningNursery(python)

    def target(self, workload: str, params: dict[str, Any], variant: Variant) -> TargetProcess:
        """Start the target of a workload as a variant has it and wait until it is ready."""
        return TargetProcess(workload, params, variant)
