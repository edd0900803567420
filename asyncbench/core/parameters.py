"""Parameters: which a workload has, and what a text given for one of any owner means."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Mapping
from typing import Any

from asyncbench.core import functions, values
from asyncbench.core.functions import FunctionWorkload
from asyncbench.core.shown import shown
from asyncbench.core.workload import Workload
from asyncbench.errors import UsageError, near_matches

# A longer text makes a journal that is refused where it is read.
MOST_CHARACTERS = 1_000_000


def parameters(workload: type[Workload]) -> dict[str, Any]:
    """Return a workload's parameters and their defaults."""
    if issubclass(workload, FunctionWorkload):
        return {
            each.name: each.default if each.default is dataclasses.MISSING else shown(each.default)
            for each in workload.takes.parameters
        }
    if not dataclasses.is_dataclass(workload):
        return {}
    return {
        field.name: field.default_factory()
        if field.default_factory is not dataclasses.MISSING
        else field.default
        for field in dataclasses.fields(workload)
        if field.init
    }


def accepts(workload: type[Workload], name: str) -> bool:
    """Return whether a workload has a parameter, or takes whatever there is."""
    if issubclass(workload, FunctionWorkload) and workload.takes.more_named:
        return True
    return name in parameters(workload)


def typed(workload: type[Workload], given: Mapping[str, str]) -> dict[str, Any]:
    """Turn parameters as typed by a user into a workload's own types, defaults filled in.

    Raises UsageError for a name that the workload does not have or a value of the wrong type.
    """
    check_length(workload, given)
    params = parameters(workload)
    if issubclass(workload, FunctionWorkload):
        return params | functions.read(workload, functions.Call(given))[0]
    for name, text in given.items():
        if name not in params:
            raise UsageError(
                f"workload {workload.name} has no parameter {name!r}{near_matches(name, params)}"
            )
        params[name] = functions.typed(
            f"workload {workload.name}", name, _kinds(workload, name, params[name]), text
        )
    missing = [name for name, value in params.items() if value is dataclasses.MISSING]
    if missing:
        raise UsageError(f"workload {workload.name} needs --param {missing[0]}=VALUE")
    return params


def check_length(workload: type[Workload], given: Mapping[str, str]) -> None:
    """Raise UsageError for a text that no journal has room for."""
    for name, text in given.items():
        if isinstance(text, str) and len(text) > MOST_CHARACTERS:
            raise UsageError(
                f"parameter {name} of workload {workload.name} is too large to be saved; "
                "give it the name of a file, and read that"
            )


def kinds(workload: type[Workload], name: str) -> tuple[Any, ...]:
    """Return the types that a parameter allows; anything where it is not known."""
    if issubclass(workload, FunctionWorkload):
        found = [each.kinds for each in workload.takes.parameters if each.name == name]
        return found[0] if found else (Any,)
    known = parameters(workload)
    return _kinds(workload, name, known[name]) if name in known else (Any,)


def _kinds(workload: type[Workload], name: str, default: Any) -> tuple[Any, ...]:
    """Return the types that a field allows, by the module of the class that annotates it."""
    for each in workload.__mro__:
        annotation = inspect.get_annotations(each).get(name)
        if annotation is not None:
            namespace = vars(sys.modules[each.__module__]) if each.__module__ in sys.modules else {}
            return values.kinds_of(annotation, default, namespace)
    [annotation] = [each.type for each in dataclasses.fields(workload) if each.name == name]  # type: ignore[arg-type]
    return values.kinds_of(annotation, default, {})
