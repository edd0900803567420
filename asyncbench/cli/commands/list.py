"""`asyncbench list`: which workloads and executors there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from asyncbench.cli import completers
from asyncbench.cli.options import Command

if TYPE_CHECKING:
    from asyncbench.core.executor import Executor

Entry = dict[str, Any]


@click.command("list", cls=Command)
@click.argument("name", required=False, metavar="[NAME]", shell_complete=completers.listed)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def list_command(name: str | None, as_json: bool) -> int:
    """List workloads and executors, or describe one; say why one cannot run here.

    NAME is a workload, a group of them, an executor, or a file or function of your own;
    `workloads` or `executors` lists all of that kind, `pythons` the interpreters that --python
    finds by version.
    """
    from asyncbench.cli import output, terminal
    from asyncbench.report.terminal import listing

    found = _found(name)
    if as_json:
        import json

        output.say(json.dumps(found, indent=2) + "\n")
    elif name is None:
        output.say(listing.names(found, terminal.width()))
    else:
        output.say(listing.text(found, terminal.width()))
    return 0


def _pythons() -> list[Entry]:
    from asyncbench.runner.planning import interpreters

    return [
        {"name": each.version, "path": each.path, "in": each.keeper}
        for each in interpreters.known()
    ]


def _found(name: str | None) -> dict[str, list[Entry]]:
    """Return what is to be listed; raises UsageError where a name means nothing."""
    from asyncbench.core import catalogue
    from asyncbench.errors import UsageError, near_matches
    from asyncbench.executors import registry
    from asyncbench.runner.planning import asking

    if name is None or name == catalogue.ALL:
        return {"workloads": _workloads(), "executors": _executors()}
    if name in ("workloads", "workload"):
        return {"workloads": _workloads()}
    if name in ("executors", "executor"):
        return {"executors": _executors()}
    if name in ("pythons", "python"):
        return {"pythons": _pythons()}
    executors = [*registry.BUILT_IN, *registry.brought()]
    if name in executors or registry.is_ours(name):
        return {"executors": [_executor(name, registry.choose(name)[2])]}
    if name in catalogue.names():
        return {
            "workloads": [each for each in _workloads() if name in (each["name"], each["group"])]
        }
    try:
        return {"workloads": asking.offered(name)}
    except UsageError as error:
        known = [*catalogue.names(), *executors]
        if "no workload" in str(error):
            near = near_matches(name, known)
            told = near if "did you mean" in near else "; asyncbench list names all there is"
            raise UsageError(f"nothing is called {name!r}{told}") from error
        raise


def _workloads() -> list[Entry]:
    from asyncbench.core import catalogue
    from asyncbench.runner.planning import offered

    known = catalogue.built_in()
    grouped = [
        (group, known[name]) for group, names in catalogue.groups().items() for name in names
    ]
    installed = [
        ("installed", workload)
        for reference in catalogue.brought().values()
        for _, workload in catalogue.find(reference)
    ]
    return [offered.workload(group, workload) for group, workload in [*grouped, *installed]]


def _executors() -> list[Entry]:
    from asyncbench.executors import registry

    return [
        _executor(name, registry.find(name)[1])
        for name in [*registry.BUILT_IN, *registry.brought()]
    ]


def _executor(name: str, executor: type[Executor]) -> Entry:
    from asyncbench.executors import settings
    from asyncbench.runner.planning import offered

    return {
        "name": name,
        "does": offered.first_line(executor),
        "family": executor.family.value,
        "form": executor.form,
        "parameters": settings.settings(executor),
        "unavailable": executor().unavailable(),
    }
