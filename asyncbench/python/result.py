"""What Python callers get of a run: numbers without another import, and a page in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from asyncbench.analysis import lead, records
from asyncbench.analysis import result as judged
from asyncbench.errors import UsageError
from asyncbench.python import cell, shown
from asyncbench.python.cell import Cell
from asyncbench.record import keeping
from asyncbench.stats.intervals import Interval


class Result(judged.Result):
    """A run, judged.

    It prints as the short answer, and shows itself in a notebook. `result["uvloop"]` is a cell by
    its executor, with `ratio`, `verdict` and `reason`; where a run has several works, variants or
    functions, more names say which: `result["sleep", "uvloop"]`.
    """

    def __getitem__(self, key: str | tuple[str, ...]) -> Cell:
        """Return the cell of these names; raises UsageError where there is none, or several."""
        return cell.find(self, key)

    def beside(self, key: str | Sequence[str], other: str | Sequence[str]) -> Interval | None:
        """Return the time of one cell over that of another of the same work, with its interval.

        None where the two never ran, or the machine told equals apart, so that nothing is claimed;
        `high` is infinite where it was too short. Raises UsageError for what is not in the run.
        """
        one, another = cell.find(self, key), cell.find(self, other)
        if one.judgement is not another.judgement:
            raise UsageError(
                f"{one.workload} and {another.workload} are two works; compare within one"
            )
        if one.judgement.withheld or not (one.row.ok and another.row.ok):
            return None
        return lead.beside(self.summary, one.row, another.row)

    @cached_property
    def cells(self) -> dict[str, list[Any]]:
        """One row a cell as columns: `pandas.DataFrame(result.cells)`, and polars' and pyarrow's.

        Units are in the names (`median_s`, `peak_rss_bytes`); what is not known is None.
        """
        return records.columns(records.CELL_COLUMNS, records.cells(self))

    @cached_property
    def samples(self) -> dict[str, list[Any]]:
        """One row a sample as columns, in the order they were taken; warm-ups are marked."""
        return records.columns(records.SAMPLE_COLUMNS, records.samples(self))

    def plot(self) -> Picture:
        """Return every ratio with its interval as an SVG picture, which a notebook shows.

        Raises UsageError where the extra `report` is not installed.
        """
        from asyncbench.report.html import picture

        return Picture(picture.svg(self))

    def save(self, path: str | Path) -> Path:
        """Write the run's journal to a new file, for `load` and the command line; return its path.

        Raises JournalError where there is such a file, or it cannot be written.
        """
        keeping.write_to(self.run, Path(path))
        return Path(path)

    def to_parquet(self, path: str | Path) -> Path:
        """Write the samples as Parquet, with plan and environment as JSON in its metadata.

        Raises UsageError where the extra `parquet` is not installed, and OutputError where the file
        cannot be written.
        """
        from asyncbench.report.export import parquet

        parquet.write(self, Path(path))
        return Path(path)

    def __repr__(self) -> str:
        """Return the short answer, as the terminal shows it."""
        return shown.text(self)

    def _repr_html_(self) -> str:
        """Return the page part that a notebook shows: light or dark, below 100 KB, no request."""
        from asyncbench.report.html import notebook, templating

        if not templating.is_there():
            return shown.preformatted(repr(self))
        return shown.in_python(notebook.part(self))


class Picture(str):
    """An SVG picture: a text to write to a file, which a notebook shows."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)
