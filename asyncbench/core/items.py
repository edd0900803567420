"""What the tasks of a batch are given: their numbers, or the items that a workload has for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asyncbench.core import references
from asyncbench.core.workload import Workload
from asyncbench.errors import UsageError


class Given:
    """What tasks are given, by their numbers: made once, so that no clock runs meanwhile."""

    def __init__(self, workload: Workload) -> None:
        self._items = of(workload)
        self._numbers = range(0)
        self._made: list[Any] = []

    def to(self, numbers: range) -> Sequence[Any]:
        """Return what the tasks of these numbers are given; items come again after the last."""
        if self._items is None:
            return numbers
        if self._numbers != numbers:
            count = len(self._items)
            self._made = [self._items[number % count] for number in numbers]
            self._numbers = numbers
        return self._made


def of(workload: Workload) -> Sequence[Any] | None:
    """Return the items of a workload, None where tasks get their numbers; UsageError for no items.

    A parameter of that name is one like any other.
    """
    found = workload.items() if callable(workload.items) else None
    if found is None:
        return None
    items = found if isinstance(found, (list, tuple, range)) else list(found)
    if not items:
        raise UsageError(f"workload {workload.name} has no items; its tasks have nothing to do")
    return items


def load(reference: str) -> list[Any]:
    """Return the items that `module:name` means: what can be iterated, or a function that makes it.

    Raises UsageError where it means none.
    """
    _, found = references.look_up(references.normal(reference))
    made = found() if callable(found) else found
    try:
        items = list(made)
    except TypeError:
        raise UsageError(
            f"--args-from {reference} is {type(made).__name__}, not a list or a function that "
            "returns one"
        ) from None
    if not items:
        raise UsageError(f"--args-from {reference} has no items")
    return items
