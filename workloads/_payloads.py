"""What the workload `payload` returns, by its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


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
