"""Keeps the slices of a timeline: within the batch, and without the time when nothing was noted."""

from __future__ import annotations

from asyncbench.analysis.trace.model import Doing
from asyncbench.analysis.trace.records import Records
from asyncbench.record.trace import NONE, Trace


class SliceWriter:
    """Keeps of slices what lies within the batch, in times from its beginning."""

    def __init__(self, trace: Trace) -> None:
        self.slices = Records("<ibqqi")  # row, doing, start, end, text
        #: From when to when nothing was noted of who waited, in the order of time.
        self.unnoted: list[tuple[int, int]] = []
        self._zero, self._wall = trace.began_ns, trace.wall_ns

    def add(self, row: int, doing: Doing, start: int, end: int, text: int = NONE) -> None:
        """Add a slice; its times are those of the clock, its text is a place in the table."""
        first, last = max(0, start - self._zero), min(self._wall, end - self._zero)
        if doing != Doing.RUNNING:
            for since, until in self.unnoted:
                if since < last and first < until:
                    if first < since:
                        self.slices.append(row, doing, first, since, text)
                    first = until
        if first < last:
            self.slices.append(row, doing, first, last, text)

    def rest(self, since: int, until: int) -> None:
        """Take in from when to when nothing was noted; until 0: not known yet, or to the end."""
        first = max(0, since - self._zero)
        if self.unnoted and self.unnoted[-1][0] == first:
            self.unnoted.pop()
        last = min(self._wall, until - self._zero) if until else self._wall
        if first < last:
            self.unnoted.append((first, last))
