"""What Python callers get of two runs beside each other: rows, and the tables as text."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from asyncbench.analysis import comparison
from asyncbench.python import shown
from asyncbench.report.terminal.comparison import tables


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(comparison.Comparison):
    """Two runs cell by cell: `rows` has a `Matched` each. It prints as its tables."""

    @classmethod
    def of(cls, found: comparison.Comparison) -> Comparison:
        """Return what was found, so that it shows itself."""
        names = (each.name for each in dataclasses.fields(found))
        return cls(**{name: getattr(found, name) for name in names})

    def __repr__(self) -> str:
        """Return the tables, as the terminal shows them."""
        return shown.in_python(tables(self, shown.width())).rstrip("\n")

    def _repr_html_(self) -> str:
        return shown.preformatted(repr(self))
