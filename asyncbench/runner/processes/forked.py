"""Workers that a fork server makes, where processes can be forked."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from asyncbench.core.system import catches, descendants, end_of
from asyncbench.runner.processes.failures import CellFailure, LostProcessError, TimedOut
from asyncbench.runner.processes.handle import AskedWorker, Worker
from asyncbench.runner.processes.inbox import Inbox
from asyncbench.runner.processes.interpreter import GOODBYE_S, ending, environment, python
from asyncbench.runner.processes.output import OutputPipe
from asyncbench.worker import hanging
from asyncbench.worker.channel import Channel

LOST = "the process that keeps the workers has died; what was measured until then is kept"
MUTE = "the process that keeps the workers does not answer; what was measured until then is kept"
# It answers within milliseconds, on a busy machine within seconds; its start imports a lot.
ANSWER_S = 6.0
START_S = 20.0
# How long what hangs may take to tell where.
TELLING_S = 0.2


class ForkServer:
    """A `python -m asyncbench.worker.forkserver` and the control socket to it (POSIX).

    What its processes leave among temporary files, in a folder below `temporary`, goes with it:
    whatever a worker that is killed has there would gather from round to round.
    """

    def __init__(
        self,
        interpreter: str | None = None,
        temporary: Path | None = None,
        *,
        clean: bool = False,
    ) -> None:
        self._temporary = _folder_below(temporary) if temporary else None
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*python("asyncbench.worker.forkserver", interpreter), str(theirs.fileno())],
                env=environment(interpreter, self._temporary, clean=clean),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                # Ctrl-C in a terminal is the runner's to handle, not its children's.
                start_new_session=True,
            )
        self._asked = 0
        self._mute = False
        self._heard = b""
        try:
            self._hear(0, START_S)
        except BaseException:
            self.close()
            raise

    def worker(self) -> Worker:
        """Fork a worker."""
        with ExitStack() as unused:
            output, printed = os.pipe()
            unused.callback(os.close, output)
            with os.fdopen(printed, "wb"):
                ours, theirs = socket.socketpair()
                unused.callback(ours.close)
                with theirs:
                    pid = self._fork(theirs.fileno(), printed)
            unused.pop_all()
        return ForkedWorker(self, pid, Channel(Connection(ours.detach())), OutputPipe(output))

    def _fork(self, *descriptors: int) -> int:
        answer = self._ask({"do": "fork"}, *descriptors)
        if "failed" in answer:
            raise LostProcessError(f"no worker can be started: {answer['failed']}")
        pid: int = answer["pid"]
        return pid

    def end(self, pid: int, *, dying: bool) -> int | None:
        """End a worker's process group; return its exit code (negative: the signal)."""
        status: int | None = self._ask({"do": "end", "pid": pid, "dying": dying})["status"]
        return status

    def fileno(self) -> int:
        """Return the control socket's descriptor, which can be waited for."""
        return self._control.fileno()

    def check(self) -> None:
        """Take in what the fork server says unasked, which is nothing but that it is gone.

        Raises LostProcessError then. What it says otherwise answers a question that was
        interrupted.
        """
        try:
            text = self._control.recv(65536, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            text = b""
        if not text:
            raise LostProcessError(LOST)
        self._heard += text

    def close(self) -> None:
        """Hang up, upon which the fork server ends all below it, and wait until it has."""
        self._control.close()
        try:
            self._process.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _ask(self, request: dict[str, Any], *descriptors: int) -> dict[str, Any]:
        if self._mute:  # it is not waited for again and again
            raise LostProcessError(MUTE)
        # An interrupt can come between a question and its answer, so answers are told apart.
        self._asked += 1
        text = json.dumps({"id": self._asked, **request}).encode() + b"\n"
        try:
            socket.send_fds(self._control, [text], descriptors)
        except OSError as error:
            raise LostProcessError(LOST) from error
        return self._hear(self._asked, ANSWER_S)

    def _hear(self, number: int, timeout_s: float) -> dict[str, Any]:
        deadline = time.monotonic() + timeout_s
        while True:
            while b"\n" not in self._heard:
                if not wait([self._control], max(0.0, deadline - time.monotonic())):
                    self._mute = True
                    raise LostProcessError(MUTE)
                try:
                    text = self._control.recv(65536)
                except OSError:
                    text = b""
                if not text:
                    raise LostProcessError(LOST)
                self._heard += text
            line, _, self._heard = self._heard.partition(b"\n")
            message: dict[str, Any] = json.loads(line)
            if message["id"] == number:
                return message


def _folder_below(folder: Path) -> Path:
    """Return a new folder that whoever can reach the one that it is in can reach, too."""
    # A short name: the path of a socket in it has room for a hundred characters.
    paths = (folder / str(number) for number in itertools.count())
    made = next(path for path in paths if not path.exists())
    made.mkdir()
    made.chmod(folder.stat().st_mode)
    return made


class ForkedWorker(AskedWorker):
    """A worker that a fork server forked."""

    _output: OutputPipe

    def __init__(self, server: ForkServer, pid: int, channel: Channel, output: OutputPipe) -> None:
        self.pid = pid
        self._server = server
        self._control = server.fileno()
        self._channel = channel
        self._inbox = Inbox(channel.connection.fileno())
        self._output = output
        self._ended = False
        # A pool that the worker leaves behind holds its end of the channel, too.
        self._death = end_of(pid)

    def _reply(self, timeout_s: float) -> bytes:
        """Wait, keeping what is printed meanwhile."""
        deadline = time.monotonic() + timeout_s
        connection = self._channel.connection
        printed = self._output.fileno()
        waiting_for: list[Any] = [connection, printed, self._control]
        if self._death is not None:
            waiting_for.append(self._death)
        while (text := self._inbox.message()) is None:
            ready = wait(waiting_for, max(0.0, deadline - time.monotonic()))
            if printed in ready and not self._output.drain():
                waiting_for.remove(printed)
            if connection in ready:
                try:
                    self._inbox.read()
                except EOFError:
                    raise self._dead() from None
            elif self._control in ready:
                self._server.check()
            elif self._death in ready:
                raise self._dead()
            # A drip that never comes to a message does not put it off either.
            if not ready or time.monotonic() > deadline:
                self._ask_where()
                raise TimedOut(timeout_s, self._output.last())
        return text

    def _ask_where(self) -> None:
        """Have the worker, and the processes below it, print where they hang."""
        for number in filter(None, (hanging.ASK_THREADS, hanging.ASK_TASKS)):
            # Others below it are programs of the user's and helpers of pools, which it would end.
            below = [pid for pid in descendants(self.pid) if catches(pid, number)]
            for pid in [self.pid, *below]:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)
            # One after the other: they would write between each other's lines.
            until = time.monotonic() + TELLING_S
            while wait([self._output.fileno()], max(0.0, until - time.monotonic())):
                if not self._output.drain() or time.monotonic() > until:
                    break

    def _dead(self) -> CellFailure:
        """Return the failure of a worker that is gone, with how it ended."""
        status = self._server.end(self.pid, dying=True)
        self._ended = True
        return CellFailure(ending(status), output=self._output.last())

    def end(self) -> None:
        """Kill the worker's process group; a second call does nothing."""
        if self._channel.connection.closed:
            return
        if not self._ended:
            with contextlib.suppress(LostProcessError):  # then the worker died with it
                self._server.end(self.pid, dying=False)
        self._channel.connection.close()
        self._output.close()
        if self._death is not None:
            os.close(self._death)
