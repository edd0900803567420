"""What of a run is shown: which columns, which cells, in which order."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from asyncbench.analysis.judgement import Judgement, Row
from asyncbench.errors import UsageError, near_matches
from asyncbench.report.columns import COLUMNS, Key

# What a filter can ask of a cell.
FILTERS: dict[str, Callable[[Judgement, Row], str]] = {
    "workload": lambda judgement, _: judgement.work.workload,
    "executor": lambda _, row: row.cell.executor,
    "family": lambda _, row: row.cell.family,
    "variant": lambda _, row: row.cell.variant,
    "verdict": lambda _, row: "baseline" if row.is_baseline else str(row.verdict or ""),
    "status": lambda _, row: row.status,
}


@dataclass(frozen=True, slots=True)
class View:
    """Columns by name (none: the usual ones), what rows are sorted by, and which pass.

    A row passes where each filter has a pattern, such as `async*`, that fits it. What is not shown
    was still judged: ratios, verdicts and reasons are those of the whole run. `relative_to` says
    which ratio of executors by interpreters is shown: "executor" (beside the baseline of the same
    interpreter), "python" (beside the first interpreter), or '' for both.
    """

    columns: Sequence[str] = ()
    sort: str = ""
    descending: bool = False
    filters: Sequence[tuple[str, Sequence[str]]] = ()
    relative_to: str = ""

    def of(self, judgements: Sequence[Judgement]) -> list[Judgement]:
        """Return those with something to show; raises UsageError where no cell passes."""
        if not self.filters:
            return list(judgements)
        kept = [judgement for judgement in judgements if self.rows(judgement)]
        if not kept:
            self._refuse(judgements)
        return kept

    def rows(self, judgement: Judgement) -> list[Row]:
        """Return the rows to show in their order; those without a value to sort by come last."""
        rows = [row for row in judgement.rows if self._passes(judgement, row)]
        return self._sorted(judgement, rows) if self.sort else rows

    def _passes(self, judgement: Judgement, row: Row) -> bool:
        return all(
            _fits(FILTERS[name](judgement, row), patterns) for name, patterns in self.filters
        )

    def _sorted(self, judgement: Judgement, rows: list[Row]) -> list[Row]:
        keys: list[tuple[Key, Row]] = [
            (COLUMNS[self.sort].key(judgement, row), row) for row in rows
        ]
        known = [pair for pair in keys if pair[0] is not None]
        known.sort(key=lambda pair: pair[0], reverse=self.descending)  # type: ignore[arg-type, return-value]
        return [row for _, row in known] + [row for key, row in keys if key is None]

    def _refuse(self, judgements: Sequence[Judgement]) -> None:
        for name, patterns in self.filters:
            values = {FILTERS[name](each, row) for each in judgements for row in each.rows} - {""}
            if not any(_fits(value, patterns) for value in values):
                asked = f"{name}={','.join(patterns)}"
                raise UsageError(
                    f"no cell passes --filter {asked}{near_matches(patterns[0], values)}"
                )
        raise UsageError("no cell passes all of the filters; ask for less")


EVERYTHING = View()


def parse(
    columns: Iterable[str], sort: str | None, filters: Iterable[str], relative_to: str = ""
) -> View:
    """Make a view of what a user typed: comma lists of columns, `-time`, `executor=async*,uvloop`.

    Raises UsageError for names that do not exist, with near matches.
    """
    chosen = [name for each in columns for name in _listed(each)]
    order = sort or ""
    for name in [*chosen, order.removeprefix("-")] if sort else chosen:
        if name not in COLUMNS:
            raise UsageError(f"no column {name!r}{near_matches(name, COLUMNS)}")
    return View(
        chosen,
        order.removeprefix("-"),
        order.startswith("-"),
        [_filter(text) for text in filters],
        relative_to,
    )


def _filter(text: str) -> tuple[str, list[str]]:
    name, equals, patterns = text.partition("=")
    if not equals or not _listed(patterns):
        raise UsageError(f"--filter takes NAME=PATTERN, not {text!r}")
    if name not in FILTERS:
        raise UsageError(f"cells cannot be filtered by {name!r}{near_matches(name, FILTERS)}")
    return name, _listed(patterns)


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _fits(value: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in patterns)
