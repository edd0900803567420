"""What a shell offers to complete: workloads, executors, parameters, saved runs, columns.

No code of the user's is imported for this, and errors are not reported.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from asyncbench.errors import AsyncbenchError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem[Any]]"]
Names = Callable[[click.Context], Iterable[str]]


def _completer(*, listed: bool = False, files: bool = False) -> Callable[[Names], Completer]:
    """Make a completer from a function that returns all names, for one or a comma list."""

    def make(names: Names) -> Completer:
        @functools.wraps(names)
        def complete(
            ctx: click.Context, param: click.Parameter, incomplete: str
        ) -> list[CompletionItem[Any]]:
            from click.shell_completion import CompletionItem

            before, comma, last = incomplete.rpartition(",") if listed else ("", "", incomplete)
            try:
                known = [name for name in names(ctx) if name.startswith(last)]
            except (AsyncbenchError, OSError):
                known = []
            taken = before.split(",")
            items = [
                CompletionItem(f"{before}{comma}{name}") for name in known if name not in taken
            ]
            # The shell completes names of files where no other name fits.
            return items or ([CompletionItem(incomplete, type="file")] if files else [])

        return complete

    return make


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
    """Leave it to the shell to complete the name of a file."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def folders(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[Any]]:
    """Leave it to the shell to complete the name of a folder."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


@_completer(files=True)
def workloads(ctx: click.Context) -> Iterable[str]:
    """Return workloads and groups."""
    from asyncbench.core import catalogue

    named = [*catalogue.built_in(), *catalogue.groups(), *catalogue.brought(), catalogue.ALL]
    return dict.fromkeys(named)


@_completer(files=True)
def listed(ctx: click.Context) -> Iterable[str]:
    """Return what `list` can tell: workloads, groups and executors."""
    from asyncbench.core import catalogue

    named = [*catalogue.built_in(), *catalogue.groups(), *catalogue.brought(), *_executors()]
    return dict.fromkeys([*named, "workloads", "executors", "pythons"])


@_completer(listed=True, files=True)
def executors(ctx: click.Context) -> Iterable[str]:
    """Return executors."""
    return _executors()


@_completer()
def baseline(ctx: click.Context) -> Iterable[str]:
    """Return the names of the executors that were chosen, or else all."""
    from asyncbench.executors import written

    return written.executors(ctx.params.get("executors") or ()) or _executors()


@_completer()
def params(ctx: click.Context) -> Iterable[str]:
    """Return the names of the parameters of the chosen workloads, each with its default."""
    from dataclasses import MISSING

    from asyncbench.core import catalogue, loading, parameters
    from asyncbench.runner.planning.options import DEFAULT_WORKLOADS

    # Words before an option that still lacks its value are left in `args`.
    chosen = [*(ctx.params.get("workloads") or ()), *ctx.args]
    return [
        f"{name}={'' if value is MISSING else value}"
        for reference in chosen or DEFAULT_WORKLOADS
        # What stands in a file of the user's is only known by running it.
        if not loading.is_file(reference) and ":" not in reference and "." not in reference
        for _, workload in catalogue.find(reference)
        for name, value in parameters.parameters(workload).items()
    ]


@_completer()
def varied(ctx: click.Context) -> Iterable[str]:
    """Return what can be varied of the chosen workload and executors."""
    from asyncbench.core import catalogue, loading, parameters
    from asyncbench.executors import registry, settings, written
    from asyncbench.runner.planning.options import DEFAULT_EXECUTORS

    reference = next(iter([*(ctx.params.get("workloads") or ()), *ctx.args]), "")
    known = ["tasks=", "concurrency=", "workers="]
    asked = written.executors(ctx.params.get("executors") or ()) or DEFAULT_EXECUTORS
    for name in (written.read(each).name for each in asked):
        if name in registry.BUILT_IN:
            known += [f"{name}:{each}=" for each in settings.settings(registry.find(name)[1])]
    if reference and not loading.is_file(reference) and ":" not in reference:
        for _, workload in catalogue.find(reference):
            known += [f"{name}=" for name in parameters.parameters(workload)]
    return known


@_completer(files=True)
def references(ctx: click.Context) -> Iterable[str]:
    """Return the names of the saved runs, the newest first."""
    from pathlib import Path

    from asyncbench.record import store

    runs = store.heads(Path(ctx.params.get("folder") or "results")).runs
    # What is offered is typed into a command line: a name from a file must mean nothing there.
    names = dict.fromkeys(run.name for run in runs if store.SIMPLE.fullmatch(run.name))
    return [*names, *(f"@-{number}" if number else "@" for number in range(len(runs)))]


@_completer(listed=True)
def columns(ctx: click.Context) -> Iterable[str]:
    """Return the names of the columns of the tables."""
    from asyncbench.report.columns import COLUMNS

    return COLUMNS


@_completer()
def filters(ctx: click.Context) -> Iterable[str]:
    """Return the filters whose values are known without a run."""
    from asyncbench.analysis.judgement import Verdict
    from asyncbench.core.executor import Family

    return [
        *(f"executor={name}" for name in _executors()),
        *(f"family={family.value}" for family in Family),
        *(f"verdict={verdict.value}" for verdict in Verdict),
        *(f"{name}=" for name in ("workload", "variant", "status")),
    ]


def _executors() -> list[str]:
    from asyncbench.executors import registry

    return [*registry.BUILT_IN, *registry.brought()]
