"""GitHub-flavoured Markdown: the answers, a table a work, the reasons as lists."""

from __future__ import annotations

import re
from collections.abc import Sequence

from asyncbench.analysis.result import Result
from asyncbench.report import document, trust
from asyncbench.report.document import Table
from asyncbench.report.text import plain

# Mark-up characters, HTML, entities, GitHub's formulas.
MARKED = re.compile(r"[\\`*_{}\[\]<>#~!|$&]")
# What opens a list or a rule at the start of a line, and a link without brackets.
OPENING = re.compile(r"^(\d*)([-+=](?=[-=\s]|$)|(?<=\d)[.)](?=\s|$))")
LINK = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)


def text(result: Result) -> str:
    """Return a run as Markdown; whatever it says of names and errors is text and no mark-up."""
    tables = [*document.answers(result), *document.works(result)]
    parts = [*map(_section, tables), *map(escape, trust.sentences(result))]
    return "\n\n".join(parts) + "\n"


def escape(words: str) -> str:
    """Return a text that shows as itself, in a table's cell too."""
    marked = MARKED.sub(r"\\\g<0>", plain(words).strip())
    return OPENING.sub(r"\1\\\2", LINK.sub(r"\\\g<0>", marked))


def _section(table: Table) -> str:
    lines = [
        f"### {escape(table.caption)}",
        "",
        _line([column.heading for column in table.columns]),
        "|" + "|".join("---:" if column.right else "---" for column in table.columns) + "|",
        *map(_line, table.texts),
    ]
    if table.notes:
        lines += ["", *(f"- {escape(note)}" for note in table.notes)]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(escape, cells)) + " |"
