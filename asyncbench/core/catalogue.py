"""Finds workloads: built in, or in a file or module of the user's."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Mapping
from typing import Any

from asyncbench.core import functions, loading
from asyncbench.core.parameters import parameters
from asyncbench.core.workload import Workload, forms
from asyncbench.errors import UsageError, near_matches

# The package of the built-in ones, and the entry points of packages that bring others.
BUILT_IN = "asyncbench.workloads"
ALL = "all"
# What a workload is called, does by default and talks to: no names for its parameters.
RESERVED = frozenset({"name", "tasks", "concurrency", "address"})


def built_in() -> dict[str, type[Workload]]:
    """Return the built-in workloads by name."""
    package = loading.module(BUILT_IN)
    return {
        workload.name: workload
        for module in pkgutil.iter_modules(package.__path__)
        if not module.name.startswith("_")
        for workload in workloads_in(f"{BUILT_IN}.{module.name}").values()
    }


def groups() -> dict[str, list[str]]:
    """Return the names of the built-in workloads by group: the file that they stand in."""
    named: dict[str, list[str]] = {}
    for name, workload in built_in().items():
        named.setdefault(workload.__module__.rpartition(".")[2], []).append(name)
    return named


def brought() -> dict[str, str]:
    """Return the references of the workloads that other installed packages bring, by name."""
    return loading.entry_points(BUILT_IN)


def workloads_in(place: str) -> dict[str, type[Workload]]:
    """Return the workloads that a module or file defines itself, by class name, as written."""
    module = loading.module(place)
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, Workload)
        and value.__module__ == module.__name__
        and not name.startswith("_")
        and forms(value)
    }


def find(reference: str) -> list[tuple[str, type[Workload]]]:
    """Return each workload that a reference means, with the full reference that means it alone.

    A reference is a name or a group of the catalogue, `all`, `file.py` or `file.py:Name`,
    `package.module:Name`, or a pair of functions. Raises UsageError where it means none, with near
    matches for a misspelt name.
    """
    if functions.is_pair(reference):
        return [(reference, functions.load(reference))]
    place, name = loading.split(reference)
    if not name and not loading.is_file(place):
        return _in_catalogue(reference)
    if name:
        return [(reference, _one(place, name, workloads_in(place)))]
    return _in_place(place)


def _in_place(place: str) -> list[tuple[str, type[Workload]]]:
    found = workloads_in(place)
    if not found:
        raise UsageError(f"{place} defines no workload: no subclass of asyncbench.Workload")
    return [(f"{place}:{each}", _checked(place, workload)) for each, workload in found.items()]


def build(reference: str, params: Mapping[str, Any]) -> Workload:
    """Make the workload that a full reference means, with these parameters."""
    [(_, workload)] = find(reference)
    return workload(**params)


def _in_catalogue(name: str) -> list[tuple[str, type[Workload]]]:
    known, grouped, installed = built_in(), groups(), brought()
    if name in known:
        chosen = [name]
    elif name in installed:
        return find(installed[name])
    elif name in grouped:
        chosen = grouped[name]
    elif name == ALL:
        chosen = [each for names in grouped.values() for each in names]
    elif "." in name:
        return _in_place(name)
    else:
        words = [*known, *grouped, *installed, ALL]
        raise UsageError(f"no workload {name!r}{near_matches(name, words)}")
    return [(f"{known[each].__module__}:{known[each].__name__}", known[each]) for each in chosen]


def _one(place: str, name: str, found: Mapping[str, type[Workload]]) -> type[Workload]:
    if name in found:
        return _checked(place, found[name])
    named = getattr(loading.module(place), name, None)
    if isinstance(named, type) and issubclass(named, Workload):
        if not forms(named):
            raise UsageError(
                f"{place}:{name} has no form: write its method 'task', 'atask' or both"
            )
        return _checked(place, named)
    if inspect.isfunction(named):
        return functions.load(f"{place}:{name}")
    if named is None:
        plain = [
            each
            for each, value in vars(loading.module(place)).items()
            if inspect.isfunction(value) and value.__module__ == loading.module(place).__name__
        ]
        raise UsageError(f"{place} has no {name!r}{near_matches(name, [*found, *plain])}")
    raise UsageError(
        f"{place}:{name} is no workload: neither a function nor a subclass of asyncbench.Workload"
    )


def _checked(place: str, workload: type[Workload]) -> type[Workload]:
    if inspect.get_annotations(workload) and "__dataclass_fields__" not in workload.__dict__:
        raise UsageError(
            f"{place}:{workload.__name__} has fields but is no dataclass; "
            "write @dataclass above it, so that its fields are parameters"
        )
    for name in sorted(RESERVED & parameters(workload).keys()):
        raise UsageError(
            f"{place}:{workload.__name__} has a parameter {name!r}, which every workload has for "
            "another use; give it another name"
        )
    return workload
