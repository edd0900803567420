"""One executor of one work in numbers and words, as `result["uvloop"]` gives it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from asyncbench import units
from asyncbench.analysis import explain
from asyncbench.analysis.judgement import Judgement, Row
from asyncbench.analysis.result import Result
from asyncbench.errors import UsageError, near_matches
from asyncbench.python.shown import in_python
from asyncbench.report import answers
from asyncbench.stats.intervals import Interval


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a run: what it took, how that compares, and why."""

    judgement: Judgement = field(repr=False)
    row: Row = field(repr=False)

    @property
    def executor(self) -> str:
        """The executor, as it was asked for."""
        return self.row.cell.executor

    @property
    def variant(self) -> str:
        """The version of the code, or the function beside others; '' where there is one alone."""
        return self.row.cell.variant

    @property
    def workload(self) -> str:
        """The name of the work."""
        return self.judgement.work.workload

    @property
    def time(self) -> Interval | None:
        """The seconds that a batch takes; None where nothing was measured."""
        return self.row.figures.time if self.row.figures else None

    @property
    def ratio(self) -> Interval | None:
        """Its time over the baseline's: `low`, `estimate`, `high`; below 1 it is quicker.

        None where the two were not compared; `high` is infinite where nothing can be claimed yet.
        """
        return Interval(1.0, 1.0, 1.0, 0.0) if self.row.is_baseline else self.row.ratio

    @property
    def verdict(self) -> str:
        """`wins`, `ties`, `loses` or `inconclusive` beside the baseline, `baseline`, or ''."""
        return "baseline" if self.row.is_baseline else str(self.row.verdict or "")

    @property
    def status(self) -> str:
        """`ok`, or what became of it: `failed`, `unavailable`, `unequal work`, `not measured`."""
        return str(self.row.status)

    @property
    def reason(self) -> str:
        """Why it came out as it did, in words; '' where nothing is known."""
        return in_python(explain.of_row(self.judgement, self.row))

    def __repr__(self) -> str:
        """Return it in one line."""
        took = units.spread(self.time) if self.time else self.status
        beside = answers.beside(self.judgement, self.row)
        why = f" ({self.reason})" if self.reason else ""
        return f"{self.row.name} on {self.workload}: {', '.join(filter(None, [took, beside]))}{why}"


def find(result: Result, key: str | Sequence[str]) -> Cell:
    """Return the one cell that a name, or several of them, mean.

    Names are of an executor, a workload, a variant or a function. Raises UsageError where they
    mean no cell, or more than one.
    """
    words = [key] if isinstance(key, str) else [*key]
    every = [Cell(judgement, row) for judgement in result.judgements for row in judgement.rows]
    found = [cell for cell in every if all(word in _names(cell) for word in words)]
    said = " and ".join(map(repr, words))
    if not found:
        known = dict.fromkeys(name for cell in every for name in _names(cell))
        wrong = next((word for word in words if word not in known), None)
        if wrong is None:
            raise UsageError(f"the run has no cell that is {said} at once")
        raise UsageError(f"the run has no {wrong!r}{near_matches(wrong, known)}")
    if len(found) > 1:
        apart = [name for name in _telling(found) if name not in words]
        raise UsageError(
            f"{said} means {len(found)} cells; name one, too: {', '.join(map(repr, apart))}"
        )
    return found[0]


def _names(cell: Cell) -> list[str]:
    return [*filter(None, [cell.executor, cell.variant, cell.workload])]


def _telling(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield the names that tell cells apart, each once."""
    lists = [_names(cell) for cell in cells]
    shared = set(lists[0]).intersection(*lists)
    yield from dict.fromkeys(name for names in lists for name in names if name not in shared)
