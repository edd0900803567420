"""`asyncbench list`: which workloads and executors there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from asyncbench.core.executor import Executor
    from asyncbench.core.workload import Workload

Entry = dict[str, Any]


@click.command("list")
@click.argument("what", required=False, metavar="[workloads|executors|pythons|NAME]")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def list_command(what: str | None, as_json: bool) -> int:
    """List workloads and executors with their parameters; say why one cannot run here."""
    found: dict[str, list[Entry]] = {}
    if what == "pythons":
        found["pythons"] = _pythons()
    if what not in ("executors", "pythons"):
        found["workloads"] = _workloads()
    if what not in ("workloads", "pythons"):
        found["executors"] = _executors()
    if what not in (None, "workloads", "executors", "pythons"):
        found = _named(what, found)
    if as_json:
        import json

        click.echo(json.dumps(found, indent=2))
    else:
        from asyncbench.cli import output
        from asyncbench.report.terminal import listing

        click.echo(listing.text(found, output.width()), nl=False)
    return 0


def _pythons() -> list[Entry]:
    from asyncbench.runner.planning import interpreters

    return [
        {"name": each.version, "path": each.path, "in": each.keeper}
        for each in interpreters.known()
    ]


def _named(name: str, found: dict[str, list[Entry]]) -> dict[str, list[Entry]]:
    chosen = {
        kind: [entry for entry in entries if entry["name"] == name]
        for kind, entries in found.items()
    }
    if not any(chosen.values()):
        from asyncbench.errors import UsageError, near_matches

        known = [entry["name"] for entries in found.values() for entry in entries]
        raise UsageError(f"nothing is named {name!r}{near_matches(name, [*found, *known])}")
    return {kind: entries for kind, entries in chosen.items() if entries}


def _workloads() -> list[Entry]:
    from asyncbench.core import catalogue

    known = catalogue.built_in()
    grouped = [
        (group, known[name]) for group, names in catalogue.groups().items() for name in names
    ]
    installed = [
        ("installed", workload)
        for reference in catalogue.brought().values()
        for _, workload in catalogue.find(reference)
    ]
    return [_workload(group, workload) for group, workload in [*grouped, *installed]]


def _workload(group: str, workload: type[Workload]) -> Entry:
    import dataclasses

    from asyncbench.core import parameters
    from asyncbench.core.workload import forms

    params = parameters.parameters(workload)
    needed = dataclasses.MISSING in params.values()
    return {
        "name": workload.name,
        "group": group,
        "does": _first_line(workload),
        "forms": sorted(forms(workload)),
        "unavailable": None if needed else _unavailable(workload()),
        "tasks": workload.tasks,
        "concurrency": workload.concurrency,
        "parameters": {
            name: None if value is dataclasses.MISSING else value for name, value in params.items()
        },
    }


def _unavailable(workload: Workload) -> str | None:
    from asyncbench.core.workload import forms

    lacking = (workload.lacks(form) for form in sorted(forms(type(workload))))
    return workload.unavailable() or next(filter(None, lacking), None)


def _executors() -> list[Entry]:
    from asyncbench.executors import registry

    return [
        _executor(name, registry.find(name)[1])
        for name in [*registry.BUILT_IN, *registry.brought()]
    ]


def _executor(name: str, executor: type[Executor]) -> Entry:
    from asyncbench.executors import settings

    return {
        "name": name,
        "does": _first_line(executor),
        "family": executor.family.value,
        "form": executor.form,
        "parameters": settings.settings(executor),
        "unavailable": executor().unavailable(),
    }


def _first_line(thing: type) -> str:
    return (thing.__doc__ or "").strip().split("\n", 1)[0].replace("`", "")
