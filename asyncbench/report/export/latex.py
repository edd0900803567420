"""LaTeX: a table a section, with the rules of the package booktabs, which is all it needs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from asyncbench.analysis.result import Result
from asyncbench.report import document, trust
from asyncbench.report.document import Table
from asyncbench.report.text import plain

# Commands and what fonts or rows would take for something else: `\\ [` and `\\ *` mean spacing.
SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "%": r"\%",
        "&": r"\&",
        "_": r"\_",
        "#": r"\#",
        "$": r"\$",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "`": r"\textasciigrave{}",
        "[": "{[}",
        "]": "{]}",
        "*": "{*}",
        "±": r"\ensuremath{\pm}",
        "\N{MICRO SIGN}": r"\ensuremath{\mu}",
        "\N{GREEK SMALL LETTER MU}": r"\ensuremath{\mu}",
    }
)


# What a page has no room for.
SPARE = ("cpu", "switches", "held", "rss", "startup")


def text(result: Result) -> str:
    """Return a run as tables to include in a document: the answers, then a table a work.

    Columns that a page has no room for are left out; CSV and JSON have them all.
    """
    tables = [*document.answers(result), *document.works(result, without=SPARE)]
    parts = ["% Needs \\usepackage{booktabs} in the preamble."]
    parts += [*map(_section, tables), *map(escape, trust.sentences(result))]
    return "\n\n".join(parts) + "\n"


def escape(words: str) -> str:
    """Return a text that shows as itself."""
    # Two hyphens would become a dash.
    return re.sub("-(?=-)", "-{}", plain(words).translate(SPECIAL))


def _section(table: Table) -> str:
    sides = "".join("r" if column.right else "l" for column in table.columns)
    lines = [
        r"\begin{table}[htbp]",
        r"\centering\small",
        rf"\caption{{{escape(table.caption)}}}",
        rf"\begin{{tabular}}{{@{{}}{sides}@{{}}}}",
        r"\toprule",
        _line([column.heading for column in table.columns]),
        r"\midrule",
        *map(_line, table.texts),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    lines += [rf"\par\smallskip\footnotesize {escape(note)}" for note in table.notes]
    return "\n".join([*lines, r"\end{table}"])


def _line(cells: Sequence[str]) -> str:
    return " & ".join(map(escape, cells)) + r" \\"
