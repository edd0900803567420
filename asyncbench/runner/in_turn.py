"""Several runs at once, a round of each in turn, so that a slow minute meets all of them alike."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

from asyncbench.errors import AsyncbenchError


class StopWatch:
    """A clock in seconds that goes on inside its `with` alone: one run's among others."""

    def __init__(self) -> None:
        self._gone = 0.0
        self._since: float | None = None

    def __call__(self) -> float:
        """Return the seconds that it has gone on for."""
        now = time.perf_counter()
        return self._gone + (now - self._since if self._since is not None else 0.0)

    def __enter__(self) -> None:
        """Go on."""
        self._since = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        """Stand still."""
        self._gone, self._since = self(), None


def go(runs: Sequence[Iterator[None]], clocks: Sequence[StopWatch]) -> list[AsyncbenchError | None]:
    """Have each run go on to its next pause, in turn and in random order, until all have ended.

    Returns what kept each run from going on, None where nothing did. An interrupt ends all.
    """
    errors: list[AsyncbenchError | None] = [None] * len(runs)
    left = {*range(len(runs))}
    try:
        while left:
            for number in random.sample([*left], len(left)):
                with clocks[number]:
                    try:
                        next(runs[number])
                    except StopIteration:
                        left.discard(number)
                    except AsyncbenchError as error:
                        errors[number] = error
                        left.discard(number)
    finally:
        for number in left:
            runs[number].close()
    return errors
