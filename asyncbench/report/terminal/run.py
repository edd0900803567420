"""The tables on a terminal: one a work, then where cooperative multitasking wins or loses."""

from __future__ import annotations

from asyncbench.analysis.result import Result
from asyncbench.report import document, layout, trust
from asyncbench.report.document import Table
from asyncbench.report.text import wrap
from asyncbench.report.view import EVERYTHING, View


def tables(result: Result, width: int, view: View = EVERYTHING) -> str:
    """Return everything a run has to say, in lines of at most `width` characters."""
    shown = [*document.works(result, view), *document.answers(result, view)]
    parts = [one_table(table, width) for table in shown]
    parts.append(closing(result, width, view))
    return "\n\n".join(parts) + "\n"


def one_table(table: Table, width: int) -> str:
    """Return a table with its caption above and its notes below."""
    body, hidden = layout.laid_out(table.columns, table.texts, width)
    notes = [wrap(note, width) for note in (*table.notes, layout.no_room(hidden)) if note]
    return "\n".join([wrap(table.caption, width), body, *notes])


def closing(result: Result, width: int, view: View = EVERYTHING) -> str:
    """Return how far the run can be trusted."""
    return "\n".join(wrap(line, width) for line in trust.sentences(result, view))
