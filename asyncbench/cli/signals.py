"""Signals that ask to stop: what was measured until then is kept and shown."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from asyncbench.errors import Stopped

INTERRUPTED = 130  # the exit status that shells give to Ctrl-C
# A terminal that is closed and a service that is stopped ask as Ctrl-C does.
ASKING = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)
]
# The signals that have come, None while nobody listens.
_came: list[int] | None = None


def hear_of_children() -> None:
    """Have the system keep how children ended, though whoever started us ignores that.

    Otherwise every one of them seems to have ended well.
    """
    if hasattr(signal, "SIGCHLD") and signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


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
            raise Stopped

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
