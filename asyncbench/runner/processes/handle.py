"""What the parent holds of a worker: what is asked, answered, printed, and its end."""

from __future__ import annotations

import contextlib
from typing import Protocol

from asyncbench.runner.processes.failures import CellFailure
from asyncbench.worker.protocol import Channel, Message


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


class WorkerFactory(Protocol):
    """A parent of workers, fresh for each round."""

    def worker(self) -> Worker:
        """Start a worker."""

    def close(self) -> None:
        """End all workers and the factory itself."""
