"""Signals that ask to stop: what was measured until then is kept and shown."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130  # the exit status that shells give to Ctrl-C


@contextmanager
def stoppable() -> Iterator[list[int]]:
    """Turn SIGINT and SIGTERM into one KeyboardInterrupt; yield the signals that came."""
    came: list[int] = []

    def stop(number: int, frame: object) -> None:
        # A second signal is only noted: results are still shown, and no process is left behind.
        came.append(number)
        if len(came) == 1:
            raise KeyboardInterrupt

    kept = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
