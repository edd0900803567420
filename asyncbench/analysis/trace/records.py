"""Many things alike as packed numbers: a million slices take 7 MB, where objects take 200."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from struct import Struct

# So many records are packed together; the fastest level makes a third of them or less.
TOGETHER = 4096
LEVEL = 1


class Records:
    """A sequence of records of numbers, laid out as the module `struct` has it."""

    def __init__(self, layout: str) -> None:
        self._struct = Struct(layout)
        self._packed: list[bytes] = []
        self._last = bytearray()  # records that are yet to be packed
        self._unpacked = -1, b""  # which was looked into last

    def append(self, *numbers: int) -> None:
        """Add a record at the end."""
        self._last += self._struct.pack(*numbers)
        if len(self._last) == TOGETHER * self._struct.size:
            self._packed.append(zlib.compress(self._last, LEVEL))
            self._last = bytearray()

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        for packed in self._packed:
            yield from self._struct.iter_unpack(zlib.decompress(packed))
        yield from self._struct.iter_unpack(self._last)

    def __getitem__(self, number: int) -> tuple[int, ...]:
        """Return a record; those near to the one that was asked for last are fast."""
        part, place = divmod(number, TOGETHER)
        if part == len(self._packed):
            return self._struct.unpack_from(self._last, place * self._struct.size)
        if self._unpacked[0] != part:
            self._unpacked = part, zlib.decompress(self._packed[part])
        return self._struct.unpack_from(self._unpacked[1], place * self._struct.size)
