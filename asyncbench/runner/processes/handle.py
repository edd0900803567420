"""What the parent holds of a worker: what is asked, answered, printed, and its end."""

from __future__ import annotations

import contextlib
import secrets
from typing import Any, Protocol

from asyncbench.runner.processes.failures import CellFailure
from asyncbench.runner.processes.output import Output
from asyncbench.worker.channel import Channel
from asyncbench.worker.protocol import (
    A,
    Failed,
    Message,
    MessageError,
    Request,
)
from asyncbench.worker.wire import answer_to, opened


class Worker(Protocol):
    """A child that answers requests."""

    pid: int

    def ask(self, request: Request[A], timeout_s: float) -> A:
        """Send a request and return the answer; raises CellFailure where there is none."""

    def send(self, request: Request[Any]) -> None:
        """Send a request whose answer is fetched later."""

    def answer(self, request: Request[A], timeout_s: float) -> A:
        """Wait for the answer to a request that was sent; raises CellFailure as `ask` does."""

    def end(self) -> None:
        """End the process and everything below it."""


class AskedWorker:
    """A worker behind a channel; how its messages come is a subclass's own."""

    _channel: Channel
    _output: Output

    def ask(self, request: Request[A], timeout_s: float) -> A:
        """Send a request and return the answer; raises CellFailure where there is none."""
        self.send(request)
        return self.answer(request, timeout_s)

    def send(self, request: Request[Any]) -> None:
        """Send a request; a worker that is gone is found out when its answer is fetched."""
        self._channel.token = secrets.token_hex(8)
        with contextlib.suppress(OSError):
            self._channel.send(request)

    def answer(self, request: Request[A], timeout_s: float) -> A:
        """Wait for the answer to a request that was sent; raises CellFailure as `ask` does."""
        try:
            reply = self._due(self._reply(timeout_s))
            if isinstance(reply, Failed):
                output = self._output.last()
                raise CellFailure(reply.reason, reply.traceback, output, unsuited=reply.unsuited)
            return answer_to(request, reply)
        except MessageError as error:
            raise CellFailure(f"its worker said {error}", output=self._output.last()) from error

    def _due(self, text: bytes) -> Message:
        message, token = opened(text)
        if token != self._channel.token:
            raise MessageError(f"{type(message).__name__} without being asked")
        return message

    def _reply(self, timeout_s: float) -> bytes:
        """Wait for the next message and return its text; CellFailure where it is silent or gone."""
        raise NotImplementedError


class WorkerFactory(Protocol):
    """A parent of workers, fresh for each round."""

    def worker(self) -> Worker:
        """Start a worker."""

    def close(self) -> None:
        """End all workers and the factory itself."""
