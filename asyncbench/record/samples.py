"""A run's samples as columns: numbers in arrays, which become objects when asked for."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator
from operator import truediv
from struct import Struct
from typing import Any

from msgspec.structs import astuple, fields

from asyncbench.record.lines import Sample

_NAMES = tuple(each.name for each in fields(Sample))
_WIDTH = len(_NAMES)
# A row as bytes: an array takes them in a third of the time that the numbers take it.
_PACKED = Struct(f"{_WIDTH}q").pack
_WARMUP, _TARGET, _ENGINE = map(_NAMES.index, ("warmup", "target_ns", "engine_ns"))
# Stands for a target or an engine whose CPU time is not known; no count is negative.
_UNKNOWN = -1


class Columns:
    """The samples of one cell, field by field, in the order they were taken."""

    __slots__ = ("_rows",)

    def __init__(self, rows: array[int]) -> None:
        self._rows = rows  # one sample after the other, all fields of each

    def __len__(self) -> int:
        return len(self._rows) // _WIDTH

    def __iter__(self) -> Iterator[Sample]:
        return map(self._sample, range(0, len(self._rows), _WIDTH))

    def column(self, name: str) -> array[int]:
        """Return one field of every sample; -1 for a target's or engine's time that is unknown."""
        return self._rows[_NAMES.index(name) :: _WIDTH]

    def seconds(self) -> array[float]:
        """Return the seconds a batch of every sample."""
        times = map(truediv, self.column("wall_ns"), self.column("batches"))
        return array("d", [each / 1e9 for each in times])

    def proofs(self) -> frozenset[tuple[int, int]]:
        """Return each (count, checksum) that a sample has."""
        return frozenset(zip(self.column("count"), self.column("checksum"), strict=True))

    def _sample(self, start: int) -> Sample:
        row: list[Any] = self._rows[start : start + _WIDTH].tolist()
        row[_WARMUP] = bool(row[_WARMUP])
        for place in (_TARGET, _ENGINE):
            if row[place] == _UNKNOWN:
                row[place] = None
        return Sample(*row)


class Samples(Collection[Sample]):
    """All samples of a run in the order they were taken."""

    def __init__(self, samples: Iterable[Sample] = ()) -> None:
        # Which of the rows below comes next: twice the cell's place, one more for a warm-up.
        self._order = array("q")
        self._rows: list[array[int]] = []
        self._places: dict[int, int] = {}
        for sample in samples:
            self.append(sample)

    def append(self, sample: Sample) -> None:
        """Take in what was measured next."""
        row = astuple(sample)
        for each in (_TARGET, _ENGINE):
            if row[each] is None:
                row = (*row[:each], _UNKNOWN, *row[each + 1 :])
        place = self._places.get(sample.cell)
        if place is None:
            place = self._places[sample.cell] = len(self._rows)
            self._rows += [array("q"), array("q")]
        if row[_WARMUP]:
            place += 1
        self._rows[place].frombytes(_PACKED(*row))
        self._order.append(place)

    def counted(self, cell: int) -> Columns:
        """Return a cell's samples that count, warm-ups left out; none where there are none."""
        place = self._places.get(cell)
        return Columns(array("q") if place is None else self._rows[place])

    def warmups(self, cell: int) -> Columns:
        """Return a cell's samples that do not count; none where there are none."""
        place = self._places.get(cell)
        return Columns(array("q") if place is None else self._rows[place + 1])

    def any_count(self) -> bool:
        """Return whether there is any sample that is no warm-up."""
        return any(self._rows[place] for place in self._places.values())

    def total(self, name: str) -> int:
        """Return the sum of one field over all samples, warm-ups and controls included."""
        return sum(sum(Columns(rows).column(name)) for rows in self._rows)

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Sample]:
        streams = [iter(Columns(rows)) for rows in self._rows]
        return (next(streams[place]) for place in self._order)

    def __contains__(self, sample: object) -> bool:
        return any(sample == each for each in self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Samples):
            return NotImplemented
        ours, theirs = list(self._places), list(other._places)
        return (ours, self._order, self._rows) == (theirs, other._order, other._rows)

    __hash__ = None  # type: ignore[assignment]  # it changes
