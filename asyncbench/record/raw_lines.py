"""The lines of a journal file: many at once where they are as they should be, else one by one."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from asyncbench.record import schema
from asyncbench.record.lines import End, Line

# Twice the longest line that a run writes, the order of a million tasks. A longer one is not read
# to its end, whatever the file.
LONGEST = 2**24
# What is read at once: some thousand samples, of which no more are in memory as objects.
_AT_ONCE = 2**20
# What a line that is none of ours can raise.
BROKEN = (ValueError, LookupError, TypeError, RecursionError, OverflowError)


@dataclass(frozen=True, slots=True)
class Broken:
    """Stands for a line that is none of ours; `torn` is whether it may be the cut end of one."""

    reason: str
    torn: bool = True


class Digest:
    """A checksum of the lines of a journal, whatever their ends: its end line has it, sealed."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, lines: bytes) -> None:
        """Take in one line, or several."""
        self._sum = zlib.crc32(b"".join(map(bytes.strip, lines.split(b"\n"))), self._sum)

    def sealed(self, end: End) -> str:
        """Return the checksum of the lines so far, and of what their end line says besides it."""
        told = f"{end.status} {end.wall_ns} {end.why}"
        return f"{zlib.crc32(told.encode(errors='backslashreplace'), self._sum):08x}"


def stretches(file: IO[bytes], digest: Digest) -> Iterator[Iterable[Line | Broken]]:
    """Read what is left of a file; each stretch is to be used up before the next is asked for.

    The digest takes in what was read: it is that of all lines before it where an end comes.
    """
    rest = b""
    while read := file.read(_AT_ONCE):
        lines, feed, rest = (rest + read).rpartition(b"\n")
        if feed:
            yield _stretch(lines + feed, digest)
        if len(rest) >= LONGEST:
            yield [Broken("longer than any that a run has", torn=False)]
            return
    if rest:
        yield _one_by_one(rest, digest)


def _stretch(lines: bytes, digest: Digest) -> Iterable[Line | Broken]:
    try:
        found = schema.lines(lines)
    except BROKEN:
        return _one_by_one(lines, digest)
    if End in map(type, found):  # which is held against the digest of the lines before it
        return _one_by_one(lines, digest)
    digest.add(lines)
    return found


def _one_by_one(lines: bytes, digest: Digest) -> Iterator[Line | Broken]:
    for raw in BytesIO(lines):
        try:
            line = schema.line(raw)
        except BROKEN as error:
            yield Broken(reason(error))
        else:
            yield line
        digest.add(raw)


def reason(error: BaseException) -> str:
    """Return what was wrong with a line."""
    return f"no {error.args[0]}" if isinstance(error, KeyError) else str(error)
