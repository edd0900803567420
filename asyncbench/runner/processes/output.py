"""What a child printed last, kept up to a bound, whichever way it comes."""

from __future__ import annotations

import os
import tempfile
from collections import deque
from typing import Protocol

OUTPUT_KEPT = 16 * 1024  # bytes


class Output(Protocol):
    """Where a child prints to."""

    def last(self) -> str:
        """Return what was printed last."""

    def close(self) -> None:
        """Close it; what was printed is gone."""


class OutputFile:
    """A file that a child prints to: it is never full, though nobody reads while samples run."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child

    def fileno(self) -> int:
        """Return the file's descriptor, which the child prints to."""
        return self._file.fileno()

    def last(self) -> str:
        """Return what was printed last."""
        length = self._file.seek(0, os.SEEK_END)
        self._file.seek(max(0, length - OUTPUT_KEPT))
        return self._file.read().decode(errors="replace")

    def close(self) -> None:
        """Close the file, which goes with it."""
        self._file.close()


class OutputPipe:
    """The end of a pipe that a child prints into: whoever waits for the child has to drain it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._printed: deque[bytes] = deque()
        self._kept = 0
        os.set_blocking(descriptor, False)

    def fileno(self) -> int:
        """Return the pipe's descriptor, which can be waited for."""
        return self._descriptor

    def drain(self) -> bool:
        """Take in some of what was printed; return False at the pipe's end."""
        try:
            text = os.read(self._descriptor, 65536)
        except BlockingIOError:
            return True
        self._printed.append(text)
        self._kept += len(text)
        while self._kept - len(self._printed[0]) >= OUTPUT_KEPT:
            self._kept -= len(self._printed.popleft())
        return bool(text)

    def last(self) -> str:
        """Return what was printed last."""
        while True:
            before = self._kept
            if not self.drain() or self._kept == before:
                break
        return b"".join(self._printed)[-OUTPUT_KEPT:].decode(errors="replace")

    def close(self) -> None:
        """Close this end of the pipe."""
        os.close(self._descriptor)
