"""Shows what is being measured and what is decided: on a terminal, or in a notebook."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Literal

from asyncbench.analysis.result import Result
from asyncbench.record.plan import Work
from asyncbench.runner.progress import Moment

# The display is drawn between samples alone, and seldom: drawing takes CPU time from nobody.
REDRAW_S = 0.5

Watch = Callable[[Moment], None]
# Who is told what is measured next: None is what suits where this runs, False nobody.
Progress = Watch | Literal[False] | None


@contextmanager
def watching(progress: Progress, budget_s: float) -> Iterator[Watch]:
    """Return what is told of a run's progress; what it shows is gone afterwards.

    None is a bar in a notebook or on a terminal, and nothing elsewhere: a log or a pipe is given
    the result alone.
    """
    if callable(progress):
        yield progress
    elif progress is None and _in_notebook():
        with _displayed(budget_s) as watch:
            yield watch
    elif progress is None and sys.stderr.isatty():
        with _live(budget_s) as watch:
            yield watch
    else:
        yield lambda moment: None


def _in_notebook() -> bool:
    """Return whether what is displayed goes to a notebook; nothing is imported to know it."""
    shell = sys.modules.get("IPython")
    current = shell.get_ipython() if shell else None
    return getattr(current, "kernel", None) is not None


@contextmanager
def _displayed(budget_s: float) -> Iterator[Watch]:
    from IPython.display import HTML, display

    shown = display(HTML(""), display_id=True)
    drawn = 0.0

    def watch(moment: Moment) -> None:
        nonlocal drawn
        if time.monotonic() - drawn < REDRAW_S:
            return
        drawn = time.monotonic()
        said = f"{_stage(moment)}: {_place(moment.work)} {moment.executor}"
        lines = [text for text, _ in _answers(moment)]
        shown.update(
            HTML(
                "".join(f"<div>{html.escape(line)}</div>" for line in lines)
                + f'<progress value="{min(moment.elapsed_s, budget_s):.1f}" max="{budget_s:g}">'
                f"</progress> {html.escape(f'{said}, {_left(moment, budget_s)}')}"
            )
        )

    try:
        yield watch
    finally:
        shown.update(HTML(""))


@contextmanager
def _live(budget_s: float) -> Iterator[Watch]:
    from rich.console import Console, Group
    from rich.live import Live
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.text import Text

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[left]}"),
        auto_refresh=False,  # no thread of ours runs while a sample does
    )
    task = progress.add_task("starting", total=budget_s, left="")
    drawn = 0.0
    warned = False
    known: Result | None = None  # what `said` says
    said: list[Text] = []
    console = Console(stderr=True)
    with Live(progress, console=console, auto_refresh=False, transient=True) as live:

        def watch(moment: Moment) -> None:
            nonlocal drawn, known, said, warned
            short = moment.needed_s > budget_s
            if time.monotonic() - drawn < REDRAW_S and short <= warned:
                return
            warned = short
            drawn = time.monotonic()
            if moment.latest is not known:
                known = moment.latest
                said = [Text(line, style="" if sure else "dim") for line, sure in _answers(moment)]
            progress.update(
                task,
                completed=min(moment.elapsed_s, budget_s),
                description=f"{_stage(moment)}: {_place(moment.work)} {moment.executor}",
                left=_left(moment, budget_s),
            )
            live.update(Group(*said, progress), refresh=True)

        yield watch


def _answers(moment: Moment) -> list[tuple[str, bool]]:
    """Return a line for each work, and whether it is decided; of a sweep what it comes to."""
    from asyncbench.report import answers, axes, document

    if moment.latest is None:
        return []
    if moment.latest.run.plan.axes:
        judgements = moment.latest.judgements
        told = sum(judgement.is_decided for judgement in judgements)
        said = axes.answer(moment.latest)[0]
        return [
            (said.text, said.tone is not answers.Tone.OPEN),
            (f"{told} of {len(judgements)} points are told", told == len(judgements)),
        ]
    names = document.names(moment.latest.run.plan.works)
    return [
        (f"{name}: {answers.of_work(judgement).text}", judgement.is_decided)
        for judgement, name in zip(moment.latest.judgements, names, strict=True)
    ]


def _place(work: Work) -> str:
    """Return which work it is, and which point of a sweep."""
    from asyncbench.report import document

    return f"{work.workload} {document.point(work)}".rstrip()


def _left(moment: Moment, budget_s: float) -> str:
    """Return how long the run may still take, or that this is too short for any answer."""
    if moment.needed_s > budget_s:
        enough = 10 * ceil(moment.needed_s / 10)
        return f"too short for an answer, which takes {moment.needed_s:.0f} s: --budget {enough}"
    return f"{max(0.0, budget_s - moment.elapsed_s):.0f} s left at most"


def _stage(moment: Moment) -> str:
    if moment.round == 0:
        return "calibrating"
    return f"round {moment.round} of {max(moment.round, moment.rounds)}"
