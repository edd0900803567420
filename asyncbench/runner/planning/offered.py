"""What a file or a module of the user's has to measure, told without measuring any of it."""

from __future__ import annotations

import dataclasses
from typing import Any

from asyncbench.core import catalogue, functions, loading, parameters, references
from asyncbench.core.shown import shown
from asyncbench.core.workload import Workload, forms
from asyncbench.errors import UsageError

Entry = dict[str, Any]


def own(reference: str) -> list[Entry]:
    """Return what a reference has to measure, an entry each; every value can be written as JSON.

    Raises UsageError where it means nothing.
    """
    place, name = loading.split(references.normal(reference))
    is_place = loading.is_file(place) or "." in place or references.is_here(place)
    if is_place:  # before it is imported, which can lead to another folder
        references.check_place(place)
    try:
        return [
            workload(place, found) | {"name": full} for full, found in catalogue.find(reference)
        ]
    except UsageError:
        named = catalogue.functions_in(place) if is_place and not name else {}
        if not named:
            raise
    entries = []
    for each in named:
        full = f"{place}:{each}"
        try:
            entry = workload(place, functions.load(full))
        except UsageError as error:
            entry = {"group": place, "does": "", "refused": str(error)}
        entries.append(entry | {"name": full, "command": catalogue.words(place, each)})
    return entries


def workload(group: str, found: type[Workload]) -> Entry:
    """Return what a workload is, as an entry of a group."""
    params = parameters.parameters(found)
    needed = dataclasses.MISSING in params.values()
    return {
        "name": found.name,
        "group": group,
        "does": first_line(found),
        "forms": sorted(forms(found)),
        "unavailable": None if needed else _unavailable(found()),
        "tasks": found.tasks,
        "concurrency": found.concurrency,
        "parameters": {
            name: None if value is dataclasses.MISSING else shown(value)
            for name, value in params.items()
        },
    }


def first_line(thing: type) -> str:
    """Return the first line of what a class says of itself."""
    return (thing.__doc__ or "").strip().split("\n", 1)[0].replace("`", "")


def _unavailable(made: Workload) -> str | None:
    lacking = (made.lacks(form) for form in sorted(forms(type(made))))
    return made.unavailable() or next(filter(None, lacking), None)
