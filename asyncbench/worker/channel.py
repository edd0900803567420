"""One end of a connection that carries what runner and worker say to each other."""

from __future__ import annotations

from multiprocessing.connection import Connection

from asyncbench.worker.protocol import Message
from asyncbench.worker.wire import encode, opened

# No message is longer: the order of a million tasks takes half of this.
LONGEST = 2**24


class Channel:
    """One end of a connection that carries messages.

    `token` is that of the last request. Who answers has it from there, and a task that writes
    into a descriptor which is not its own has not.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.token = ""

    def send(self, message: Message) -> None:
        """Send one message; raises OSError where the other end is gone."""
        self.connection.send_bytes(encode(message, self.token))

    def receive(self) -> Message:
        """Wait for one message and return it.

        Raises EOFError where the other end is gone, MessageError where it says something else.
        """
        message, self.token = opened(self.connection.recv_bytes(LONGEST))
        return message
