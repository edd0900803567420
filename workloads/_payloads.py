"""What workloads send: bytes that are known at both ends, and what `payload` returns, by kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def message(size: int) -> bytes:
    """Return so many bytes."""
    return (bytes(range(256)) * (size // 256 + 1))[:size]


class Thing:
    """An object of a class, as programs send them: two attributes, in a `__dict__`."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.name = str(number)


KINDS: dict[str, Callable[[int], Any]] = {
    "bytes": bytes,
    "list": lambda size: [*range(size)],
    "tuple": lambda size: tuple(range(size)),
    "dict": lambda size: {str(number): number for number in range(size)},
    "object": lambda size: [Thing(number) for number in range(size)],
}
