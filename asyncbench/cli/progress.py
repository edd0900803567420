"""Says on stderr what is being measured: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click

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
        yield _plain()


@contextmanager
def _live(budget_s: float) -> Iterator[Watch]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[left]}"),
        console=Console(stderr=True),
        auto_refresh=False,  # no thread of ours runs while a sample does
        transient=True,
    )
    with progress:
        task = progress.add_task("starting", total=budget_s, left="")
        drawn = 0.0

        def watch(moment: Moment) -> None:
            nonlocal drawn
            if time.monotonic() - drawn < REDRAW_S:
                return
            drawn = time.monotonic()
            left = max(0.0, budget_s - moment.elapsed_s)
            progress.update(
                task,
                completed=min(moment.elapsed_s, budget_s),
                description=f"{_stage(moment)}: {moment.work.workload} {moment.executor}",
                left=f"{left:.0f} s left",
            )
            progress.refresh()

        yield watch


def _plain() -> Watch:
    said = -1

    def watch(moment: Moment) -> None:
        nonlocal said
        if moment.round != said:
            said = moment.round
            click.echo(f"{moment.elapsed_s:6.1f} s  {_stage(moment)}", err=True)

    return watch


def _stage(moment: Moment) -> str:
    if moment.round == 0:
        return "calibrating"
    return f"round {moment.round} of {max(moment.round, moment.rounds)}"
