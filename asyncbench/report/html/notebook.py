"""A run as a part of somebody else's page: the report's charts, in a style that stays inside."""

from __future__ import annotations

import re
from functools import cache

from asyncbench.analysis.result import Result
from asyncbench.report.html import run as sections
from asyncbench.report.html import templating

# What a notebook keeps of each cell's output is to stay small.
MOST_BYTES = 100_000
# What is left out, one after the other, of what would be larger.
LEVELS = ("tables", "charts", "answers")
# How the pages that notebooks are shown in say that they are light or dark.
LIGHT = '[data-jp-theme-light="true"] .asyncbench, .vscode-light .asyncbench'
DARK = '[data-jp-theme-light="false"] .asyncbench, .vscode-dark .asyncbench'


def part(result: Result) -> str:
    """Return the answer, charts and tables as HTML of less than 100 KB that loads nothing.

    Raises UsageError where the extra `report` is not installed.
    """
    run = sections.of_run(result)
    for level in LEVELS:
        text = templating.render(
            "notebook.html",
            "a run in a notebook",
            style=style(),
            run=run,
            level=level,
            # No two parts of one page share names of what they draw.
            prefix=f"asyncbench-{result.run.plan.seed:x}",
        )
        if len(text.encode()) < MOST_BYTES:
            break
    return text


@cache
def style() -> str:
    """Return the report's style sheet for what lies within `.asyncbench` alone."""
    own = templating.own("report.css")
    light, dark = re.findall(r":root \{(.*?)\}", own, re.DOTALL)[:2]
    rest = own.partition("@page")[0]
    rest = re.sub(r"@media \(prefers-color-scheme: dark\) \{\n  :root.*?\n  \}\n\}\n", "", rest,
                  flags=re.DOTALL)  # fmt: skip
    rest = re.sub(r":root \{.*?\}\n", "", rest, flags=re.DOTALL)
    rest = rest.replace("\nbody {", "\n& {").replace("\nhtml {", "\n&.never {")
    return (
        f".asyncbench {{{light}}}\n"
        f"@media (prefers-color-scheme: dark) {{ .asyncbench {{{dark}}} }}\n"
        f"{LIGHT} {{{light} color-scheme: light}}\n{DARK} {{{dark} color-scheme: dark}}\n"
        f".asyncbench {{\n{rest}\n{templating.own('axes.css')}\n}}\n"
    )
