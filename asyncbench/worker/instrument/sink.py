"""Where the events of a watched batch go."""

from __future__ import annotations

from typing import Any, Protocol

from asyncbench.record.events import EventKind


class EventSink(Protocol):
    """Where events go (`record.events`)."""

    buffer: Any
    end: int

    def at(self) -> int:
        """Give the place of the next event."""

    def write(self, buffer: Any, place: int, /, *numbers: int) -> None:
        """Take one event."""

    def number(self, key: Any, **text: Any) -> int:
        """Give the number of a text."""

    def event(self, kind: EventKind, subject: int, *numbers: int) -> None:
        """Take one event."""
