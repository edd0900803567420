"""Signals that ask to stop: what was measured until then is kept and shown."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130  # the exit status that shells give to Ctrl-C
# A terminal that is closed and a service that is stopped ask as Ctrl-C does.
ASKING = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)
]
# The signals that have come, None while nobody listens.
_came: list[int] | None = None


class _Stop(KeyboardInterrupt):
    """The interrupt that is raised for each of these signals.

    Python remembers that a plain one came out of code that `exec` ran, as it does while classes are
    made, and would end with a status of its own, even where it was caught.
    """


@contextmanager
def stoppable() -> Iterator[list[int]]:
    """Turn the signals that ask to stop into one KeyboardInterrupt; yield those that came.

    One within another is the same. A signal that is ignored from the start, as `nohup` has it,
    stays so.
    """
    global _came
    if _came is not None:
        yield _came
        return
    came = _came = []

    def stop(number: int, frame: object) -> None:
        # A second signal is only noted: results are still shown, and no process is left behind.
        came.append(number)
        if len(came) == 1:
            raise _Stop

    kept = {
        each: signal.signal(each, stop)
        for each in ASKING
        if signal.getsignal(each) is not signal.SIG_IGN
    }
    try:
        yield came
    finally:
        _came = None
        for number, handler in kept.items():
            signal.signal(number, handler)


def status(came: list[int]) -> int:
    """Return the exit status that shells give to the first signal that came."""
    return 128 + came[0] if came else INTERRUPTED
