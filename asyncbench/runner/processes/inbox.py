"""Takes in messages piece by piece, so that no sender can keep the runner waiting for the rest."""

from __future__ import annotations

import os
import struct

from asyncbench.worker.channel import LONGEST
from asyncbench.worker.protocol import MessageError

# How `multiprocessing.connection.Connection` sends the length of what follows.
LENGTH = struct.Struct("!i")
PIECE = 2**16


class Inbox:
    """The messages that come in by a descriptor, which the caller waits for."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._came = bytearray()

    def read(self) -> None:
        """Take in what is there; raises EOFError where the other end is gone."""
        try:
            piece = os.read(self._descriptor, PIECE)
        except ConnectionError:
            piece = b""
        if not piece:
            raise EOFError
        self._came += piece

    def message(self) -> bytes | None:
        """Return a message that has come whole; None where none has.

        Raises MessageError for a length that no message has.
        """
        if len(self._came) < LENGTH.size:
            return None
        [length] = LENGTH.unpack_from(self._came)
        if not 0 <= length <= LONGEST:
            raise MessageError(f"that a message of {length} bytes follows")
        end = LENGTH.size + length
        if len(self._came) < end:
            return None
        text = bytes(self._came[LENGTH.size : end])
        del self._came[:end]
        return text
