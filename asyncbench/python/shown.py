"""How answers look in Python: the terminal's text, and as HTML in a notebook."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Sequence

from asyncbench.analysis.result import Result
from asyncbench.report import failures
from asyncbench.report.failures import Told
from asyncbench.report.terminal import answer, grid, sweep
from asyncbench.report.text import plain

# No text is wider; where nobody can tell how wide the place is that it is printed to, it is this.
WIDTH = 88


def width() -> int:
    """Return how many letters fit into a line: of the terminal or COLUMNS, where there is one."""
    return min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)


def text(result: Result) -> str:
    """Return a run's short answer, then what failed with the frames of the user's code."""
    axes = len(result.run.plan.axes)
    if axes == 1:
        said = sweep.screen(result, width(), reference=None)
    elif axes:
        said = grid.screen(result, width(), reference=None)
    else:
        said = answer.screen(result, width(), reference=None)
    return "\n\n".join([in_python(said).rstrip("\n"), *failed(failures.of_run(result.run))])


def failed(found: Sequence[Told]) -> list[str]:
    """Return each thing that went wrong, with the frames of the user's code."""
    return [
        "\n".join(
            filter(
                None,
                [
                    plain(told.line).replace("--proof none", "proof=False"),
                    told.frames,
                    in_python(told.remedy),
                ],
            )
        )
        for told in found
    ]


def in_python(said: str) -> str:
    """Return a text with arguments in the place of the command line's options."""
    said = re.sub(r"--margin (\d+)", lambda found: f"margin={int(found[1]) / 100:g}", said)
    said = re.sub(r"--budget (\d+)", r"budget=\1", said)
    said = re.sub(r"--param (\w+)=VALUE", r"params={'\1': VALUE}", said)
    said = said.replace("--arg VALUE", "args=[VALUE]")
    said = re.sub(r"(:| with) -e ([^\s;)]+)", r"\1 executors='\2'", said)
    for option, form in (("--sync", "a blocking"), ("--async", "an async")):
        said = re.sub(rf"{option} \S+:F\b", f"{form} function of the same work beside it", said)
    said = said.replace("--proof none", "proof=False")
    said = said.replace("(-n)", "(tasks=)")
    return re.sub(r"--(budget|margin|timeout|full)\b", r"\1=", said)


def preformatted(said: str) -> str:
    """Return a text as HTML that keeps its lines, in the colours of the page that it stands in."""
    # Notebooks that were exported set it in a font whose letters differ in width.
    # With no margins of its own, 88 letters fit beside the files that JupyterLab lists.
    style = "font-family:monospace;line-height:1.2;white-space:pre;overflow-x:auto;margin:0"
    return f'<pre style="{style}">{html.escape(said)}</pre>'
