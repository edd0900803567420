"""Says on stderr, where that is a terminal, what is being measured and what is decided."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import Protocol

from asyncbench.analysis.result import Result
from asyncbench.record.plan import Work
from asyncbench.runner.progress import Moment

# The display is drawn between samples alone, and seldom: drawing takes CPU time from nobody.
REDRAW_S = 0.5


class Watch(Protocol):
    """Is told what is measured next."""

    def __call__(self, moment: Moment) -> None:
        """Take note."""


@contextmanager
def watching(budget_s: float, *, quiet: bool) -> Iterator[Watch]:
    """Return what shows a run's progress, and clear the screen of it afterwards."""
    if quiet:
        yield lambda moment: None
    elif sys.stderr.isatty():
        with _live(budget_s) as watch:
            yield watch
    else:
        yield lambda moment: None  # a log or a pipe is given the result and nothing else


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
    known: Result | None = None  # what `said` says
    said: list[Text] = []
    console = Console(stderr=True)
    with Live(progress, console=console, auto_refresh=False, transient=True) as live:

        def watch(moment: Moment) -> None:
            nonlocal drawn, known, said
            if time.monotonic() - drawn < REDRAW_S:
                return
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
    return " ".join([work.workload, *(f"{name} {value:.3g}" for name, value in work.at.items())])


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
