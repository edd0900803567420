"""An event log that keeps the newest events alone, in a file that does not grow.

The file has regions, which are written one after the other and over again. Somebody else than who
writes events has to make room ahead (`RingLog.settle`), so that a write never waits for that.
Afterwards `straighten` makes a plain log of it.
"""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asyncbench.errors import DamagedTraceError
from asyncbench.record.event_reader import LONGEST_GAP
from asyncbench.record.events import (
    EVENTS,
    KIND_BITS,
    RECORD,
    EventKind,
    EventLog,
)

# A region holds 26,000 events, the ring two and a half million.
REGION_BYTES = RECORD.size * 26_000
REGIONS = 96
# So many are ready before they are needed: a hundred milliseconds of a loop that does nothing else.
AHEAD = 4
_HEAD = 15  # the kind of a region's first record, whose subject is how many there were before
_MASK = (1 << KIND_BITS) - 1
# Of which kinds the third of the four numbers is when it was over, of which another one.
_ENDS = {
    EventKind.STEP: 2,
    EventKind.LAST_STEP: 2,
    EventKind.NESTED: 2,
    EventKind.LAST_NESTED: 2,
    EventKind.CALL: 2,
    EventKind.AWAITS: 0,
    EventKind.HOLD: 1,
    EventKind.UNNOTED: 1,
}

_BY_KIND = {int(kind): place for kind, place in _ENDS.items()}


class RingLog(EventLog):
    """Writes the events of this process over the oldest where there is no room."""

    def __init__(self, folder: str, regions: int = REGIONS) -> None:
        self._regions = regions
        self._ahead: deque[range] = deque()
        self._made = self._turned = 0
        super().__init__(folder, RECORD.size * 2 + regions * REGION_BYTES)
        # A disk that is nearly full has room for fewer; those that are ready have no events.
        self._regions = (len(self._buffer) - RECORD.size * 2) // REGION_BYTES
        if self._regions < regions and self._regions <= 2 * AHEAD:
            raise OSError(f"no room for the last events of a trace in {folder}")
        self.settle()

    def settle(self) -> bool:
        """Make room ahead; return whether it went to a new region since the last time.

        What was noted of tasks that go on may be written over then: note it again.
        """
        used = self._made - len(self._ahead)
        while len(self._ahead) < AHEAD:
            start = RECORD.size + self._made % self._regions * REGION_BYTES
            end = start + REGION_BYTES
            self._buffer[start:end] = bytes(REGION_BYTES)
            RECORD.pack_into(self._buffer, start, self._made << KIND_BITS | _HEAD, 0, 0, 0, 0)
            self._ahead.append(range(start + RECORD.size, end, RECORD.size))
            self._made += 1
        turned, self._turned = used > self._turned, used
        return turned

    def _places(self, size: int) -> Iterator[int]:
        last = size - RECORD.size

        def following() -> Any:
            try:
                return self._begun(self._ahead.popleft())
            except IndexError:  # nobody made room in time: these are lost, and counted
                self._missing[0] += 1
                return (last,)

        return itertools.chain.from_iterable(iter(following, None))


def straighten(folder: Path, pid: int, last_ns: int) -> None:
    """Make a plain log of a ring: of what happened in its last `last_ns` nanoseconds, as it began.

    Tasks that are older are told of at the beginning. The log's batch begins with what is kept, or
    so many nanoseconds before the newest event. Raises DamagedTraceError where there is no ring.
    """
    path = folder / f"{pid}{EVENTS}"
    whole = path.read_bytes()
    if len(whole) < RECORD.size:
        raise DamagedTraceError(f"{path} has no events")
    header = list(RECORD.unpack_from(whole))
    records = [each for region in _in_order(whole) for each in region]
    ended = header[2] or max((_end(each) for each in records), default=header[1])
    turned_over = len(whole) < (RECORD.size * 2 + REGION_BYTES * (1 + _newest(whole)))
    oldest = min((_end(each) for each in records if _end(each)), default=header[1])
    header[1] = max(header[1], ended - last_ns, oldest if turned_over else 0)
    created: dict[int, tuple[int, ...]] = {}
    kept: list[tuple[int, ...]] = []
    for each in records:
        if each[0] & _MASK == EventKind.CREATED:
            created.setdefault(each[0], each)
        elif not (0 < _end(each) < header[1]):
            kept.append(each)
    with path.open("r+b") as file:
        file.truncate(0)
        file.write(RECORD.pack(*header))
        for each in itertools.chain(created.values(), kept):
            file.write(RECORD.pack(*each))
        file.write(bytes(RECORD.size))
        os.fsync(file.fileno())


def _end(record: tuple[int, ...]) -> int:
    """Return when what a record tells was over, 0 where it tells no such time."""
    place = _BY_KIND.get(record[0] & _MASK)
    return 0 if place is None else record[1 + place]


def _heads(whole: bytes) -> dict[int, int]:
    """Return where each region begins, by how many were written before it."""
    found = {}
    for start in range(RECORD.size, len(whole) - RECORD.size, REGION_BYTES):
        tag = RECORD.unpack_from(whole, start)[0]
        if tag & _MASK == _HEAD:
            found[tag >> KIND_BITS] = start
    return found


def _newest(whole: bytes) -> int:
    return max(_heads(whole), default=0)


def _in_order(whole: bytes) -> Iterator[list[tuple[int, ...]]]:
    for _, start in sorted(_heads(whole).items()):
        records, gap = [], 0
        for each in RECORD.iter_unpack(whole[start + RECORD.size : start + REGION_BYTES]):
            if each[0]:
                records.append(each)
                gap = 0
            else:
                gap += 1
                if gap > LONGEST_GAP:
                    break
        yield records
