"""Finds workloads: built in, or in a file or module of the user's."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Mapping
from typing import Any

from asyncbench.core import functions, loading, references, signatures
from asyncbench.core.functions import FunctionWorkload
from asyncbench.core.loading import BUILT_IN
from asyncbench.core.parameters import parameters
from asyncbench.core.workload import Workload, forms
from asyncbench.errors import UsageError, near_matches

ALL = "all"
# As many commands are told in one line.
MOST_COMMANDS = 3
# What a workload is called, does by default and talks to, and its methods: no names for the
# fields of a class. A function's parameters live apart, and may have any name.
RESERVED = frozenset(
    {"name", "tasks", "concurrency", "address", "open", "close", "aopen", "aclose", "task", "atask"}
    | {"load", "unavailable", "lacks", "target", "demand", "hide", "result", "prove"}
    | {"sends_result", "unsuited", "anyopen", "anytask", "anyclose"}
)


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


def names() -> list[str]:
    """Return every name that a workload or a group of them has without a file or a module."""
    return [*built_in(), *groups(), *brought(), ALL]


def find(reference: str) -> list[tuple[str, type[Workload]]]:
    """Return each workload that a reference means, with the full reference that means it alone.

    A reference is a name or a group of the catalogue, `all`, `file.py` or `file.py:Name`,
    `package.module:Name`, or a pair of functions; a file without workloads means the one function
    that it has. Raises UsageError where it means none, with near matches for a misspelt name.
    """
    if functions.is_pair(reference):
        return [(reference, functions.load(reference))]
    reference = references.normal(reference)
    place, name = loading.split(reference)
    if not name and not loading.is_file(place) and "/" not in place:
        return _in_catalogue(reference)
    references.check_place(place)
    if name:
        return [(reference, _one(place, name, workloads_in(place)))]
    return _in_place(place)


def _in_place(place: str) -> list[tuple[str, type[Workload]]]:
    found = workloads_in(place)
    if found:
        return [(f"{place}:{each}", _checked(place, workload)) for each, workload in found.items()]
    # `main` starts a program; a function of that name alone is the one that is meant.
    named = functions_in(place) or functions_in(place, programs=True)
    if not named:
        imported = [
            name
            for name, each in vars(loading.module(place)).items()
            if inspect.isfunction(each) and not name.startswith("_")
        ]
        program = place if loading.is_file(place) else f"-m {place}"
        also = (
            f"; what it imports is measured by name: asyncbench run {place}:{imported[0]}"
            if imported
            else f"; a whole program is measured by asyncbench run --program '{program}', and "
            f"drawn by asyncbench trace -- {program}"
        )
        raise UsageError(
            f"{place} has nothing to measure: no function of its own and no subclass of "
            f"asyncbench.Workload{also}"
        )
    if len(named) > 1:
        commands = [words(place, each) for each in [*named][:MOST_COMMANDS]]
        more = f"; asyncbench list {place} tells all {len(named)}" if len(named) > 2 else ""
        raise UsageError(
            f"{place} has {len(named)} functions; name one of them: {', or '.join(commands)}{more}"
        )
    [name] = named
    return [(f"{place}:{name}", functions.load(f"{place}:{name}"))]


def functions_in(place: str, *, programs: bool = False) -> dict[str, Callable[..., Any]]:
    """Return the functions that a module or file defines itself, by name, as written.

    Those that begin with `_` are nobody else's business, and `main` starts a program: it is one of
    them with `programs`.
    """
    module = loading.module(place)
    return {
        name: value
        for name, value in vars(module).items()
        if (inspect.isfunction(value) or (callable(value) and hasattr(value, "__wrapped__")))
        and value.__module__ == module.__name__
        and not name.startswith("_")
        and (programs or name != "main")
    }


def words(place: str, name: str) -> str:
    """Return what to type of a function for it to run: its reference, and what it must be given."""
    needed = [f" -p {each}=VALUE" for each in _needed(functions_in(place)[name])]
    return f"{place}:{name}{''.join(needed)}"


def _needed(function: Callable[..., Any]) -> list[str]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return []
    return [
        name
        for name, each in signature.parameters.items()
        if each.default is each.empty
        and name != signatures.INDEX
        and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]


def build(
    reference: str, params: Mapping[str, Any], call: Mapping[str, Any] | None = None
) -> Workload:
    """Make the workload that a full reference means: a class with these parameters.

    A function is called as `call` says, which is a `functions.Call` as a dict.
    """
    [(_, workload)] = find(reference)
    if issubclass(workload, FunctionWorkload):
        return functions.build(workload.reference, call or {})
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
    elif "." in name or references.is_here(name) or loading.found_at(name).is_file():
        references.check_place(name)
        return _in_place(name)
    else:
        near = near_matches(name, names())
        if "choose from" in near:
            near = "; `asyncbench list` names them, and FILE.py:NAME is one of your own"
        raise UsageError(f"no workload {name!r}{near}")
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
    if "." in name or (callable(named) and not isinstance(named, type)):
        return functions.load(f"{place}:{name}")
    if named is None:
        raise UsageError(
            f"{place} has no {name!r}{near_matches(name, [*found, *functions_in(place)], most=6)}"
        )
    if not isinstance(named, type):
        raise UsageError(
            f"{place}:{name} is of type {type(named).__name__}, which cannot be called; name a "
            "function"
        )
    own = [each for each, value in vars(named).items() if each[0] != "_" and callable(value)]
    method = own[0] if own else "METHOD"
    raise UsageError(
        f"{place}:{name} is a class and no workload; measure a method of an object: write "
        f"x = {name}(...) there, and name {place}:x.{method}, or a function that makes one"
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
