"""GitHub-flavoured Markdown: the answers, a table a work, the reasons as lists."""

from __future__ import annotations

import re
from collections.abc import Sequence

from asyncbench.analysis.judgement import Judgement
from asyncbench.analysis.result import Result
from asyncbench.report import answers, axes, document, trust
from asyncbench.report.document import Table
from asyncbench.report.text import as_sentence, plain

# Mark-up characters, HTML, entities, GitHub's formulas.
MARKED = re.compile(r"[\\`*_{}\[\]<>#~!|$&]")
# What opens a list or a rule at the start of a line, and a link without brackets.
OPENING = re.compile(r"^(\d*)([-+=](?=[-=\s]|$)|(?<=\d)[.)](?=\s|$))")
LINK = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)


def brief(result: Result) -> str:
    """Return the answers and one table, for a README; no path of this machine is in it."""
    run, judgements = result.run, result.judgements
    called = document.names(run.plan.works)
    said = [
        *(each.text for each in axes.answer(result)),
        answers.of_all(judgements, run.plan.margin)
        if len(judgements) > 1 and not run.plan.axes
        else "",
        *(
            f"{name}: {_answer(each)}"
            for each, name in zip(judgements, called, strict=True)
            if not run.plan.axes
        ),
    ]
    parts = ["\n".join(f"- {escape(each)}" for each in said if each)]
    parts += [*_brief_tables(result), escape(as_sentence(trust.in_brief(result)))]
    return "\n\n".join(parts) + "\n"


def _answer(judgement: Judgement) -> str:
    said = answers.sentence(judgement) if judgement.matrix else answers.of_work(judgement)
    return said.text if said.text.endswith(".") else f"{said.text}."


def _brief_tables(result: Result) -> list[str]:
    """Return one table, or where interpreters are compared one a work."""
    if not result.run.plan.of_interpreters:
        return [_rows(document.in_brief(result))]
    tables = document.answers(result)
    captioned = (f"{escape(each.caption)}:\n\n{_rows(each)}" for each in tables)
    return [_rows(tables[0])] if len(tables) == 1 else [*captioned]


def text(result: Result) -> str:
    """Return all of a run; whatever it says of names and errors is text and no mark-up."""
    tables = [*document.answers(result), *document.works(result)]
    parts = [*map(_section, tables), *map(escape, trust.sentences(result))]
    return "\n\n".join(parts) + "\n"


def escape(words: str) -> str:
    """Return a text that shows as itself, in a table's cell too."""
    marked = MARKED.sub(r"\\\g<0>", plain(words).strip())
    return OPENING.sub(r"\1\\\2", LINK.sub(r"\\\g<0>", marked))


def _section(table: Table) -> str:
    lines = [f"### {escape(table.caption)}", "", _rows(table)]
    if table.notes:
        lines += ["", *(f"- {escape(note)}" for note in table.notes)]
    return "\n".join(lines)


def _rows(table: Table) -> str:
    rule = "|" + "|".join("---:" if column.right else "---" for column in table.columns) + "|"
    headings = _line([column.heading for column in table.columns])
    return "\n".join([headings, rule, *map(_line, table.texts)])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(escape, cells)) + " |"
