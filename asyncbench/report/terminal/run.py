"""The tables on a terminal: one a work, then where cooperative multitasking wins or loses."""

from __future__ import annotations

from collections.abc import Sequence

from asyncbench.analysis.result import Result
from asyncbench.report import document, layout, trust
from asyncbench.report.document import Table
from asyncbench.report.text import wrap
from asyncbench.report.view import EVERYTHING, View


def tables(result: Result, width: int, view: View = EVERYTHING) -> str:
    """Return everything a run has to say, in lines of at most `width` characters."""
    works = document.works(result, view)
    # What has no room in one of the works' tables stands in none, and is named once.
    hidden = _hidden(works, width)
    parts = [one_table(table, width, hidden) for table in works]
    if hidden:
        parts.append(wrap(layout.no_room(hidden), width))
    parts += [one_table(table, width) for table in document.answers(result, view)]
    parts.append(closing(result, width, view))
    return "\n\n".join(parts) + "\n"


def one_table(table: Table, width: int, without: Sequence[str] = ()) -> str:
    """Return a table with its caption above and its notes below; `without` names columns."""
    body, hidden = layout.laid_out(table.columns, table.texts, width, without)
    notes = [wrap(note, width) for note in (*table.notes, layout.no_room(hidden)) if note]
    return "\n".join([wrap(table.caption, width), body, *notes])


def _hidden(tables_: Sequence[Table], width: int) -> list[str]:
    """Return the headings of the columns that do not fit in all of the tables, in their order."""
    lost = {
        heading
        for table in tables_
        for heading in layout.laid_out(table.columns, table.texts, width)[1]
    }
    return list(
        dict.fromkeys(
            column.heading
            for table in tables_
            for column in table.columns
            if column.heading in lost
        )
    )


def closing(result: Result, width: int, view: View = EVERYTHING) -> str:
    """Return how far the run can be trusted."""
    return "\n".join(wrap(line, width) for line in trust.sentences(result, view))
