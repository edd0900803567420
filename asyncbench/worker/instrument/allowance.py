"""How much of a program is noted: so many events a second, for a busy one to be slowed little.

An event takes two to five microseconds of a program that has other work between any two, so that
these take a hundredth of a CPU. What takes fewer steps than that is noted whole.
"""

from __future__ import annotations

# So many as it begins; then so many a second, which may be saved up for so many seconds.
AT_FIRST = 10_000
A_SECOND = 2_000
SAVED_S = 5


class Allowance:
    """Tells from the events that were written whether more may be noted."""

    def __init__(self, now: int) -> None:
        self._left = float(AT_FIRST)
        self._written = 0
        self._then = now
        self._used_up = False

    def is_used_up(self, written: int, now: int) -> bool:
        """Return whether nothing is to be noted for now; after that there is enough for a second.

        `written` are all events so far, `now` is in nanoseconds.
        """
        self._left -= written - self._written
        gained = (now - self._then) * A_SECOND / 1e9
        self._left += max(0.0, min(gained, A_SECOND * SAVED_S - self._left))
        self._written, self._then = written, now
        self._used_up = self._left < (A_SECOND if self._used_up else 0)
        return self._used_up
