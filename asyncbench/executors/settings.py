"""Parameters of an executor: the annotated attributes of its class, typed and set on an object."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Mapping
from typing import Any

from asyncbench.core import functions, values
from asyncbench.core.executor import Executor
from asyncbench.errors import UsageError, near_matches


def settings(executor: type[Executor]) -> dict[str, Any]:
    """Return an executor's parameters and their defaults.

    They are the public attributes that its class annotates and gives a value.
    """
    return {name: default for name, (_, default) in _fields(executor).items()}


def changed(executor: type[Executor], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters that were given, typed, without those that are as by default.

    Raises UsageError for a name that the executor does not have or a value of the wrong type.
    """
    fields, called = _fields(executor), executor.name or executor.__name__
    found = {}
    for name, text in given.items():
        if name not in fields:
            near = near_matches(name, fields) if fields else "; it has none"
            raise UsageError(f"executor {called} has no parameter {name!r}{near}")
        (module, kind), default = fields[name]
        kinds = values.kinds_of(kind, default, vars(sys.modules[module]))
        value = functions.typed(f"executor {called}", name, kinds, text)
        if value != default:
            found[name] = value
    return {name: found[name] for name in fields if name in found}


def made(executor: type[Executor], params: Mapping[str, Any]) -> Executor:
    """Return an executor with these parameters."""
    if dataclasses.is_dataclass(executor):
        return executor(**params)
    new = executor()
    for name, value in params.items():
        setattr(new, name, value)
    return new


def _fields(executor: type[Executor]) -> dict[str, tuple[tuple[str, Any], Any]]:
    """Return module and annotation, and the default, of each parameter."""
    found: dict[str, tuple[tuple[str, Any], Any]] = {}
    for each in reversed(executor.__mro__):
        # What every executor has is set by a run and not by parameters.
        if not issubclass(each, Executor) or each is Executor:
            continue
        for name, kind in inspect.get_annotations(each).items():
            if not name.startswith("_") and "ClassVar" not in str(kind) and hasattr(executor, name):
                found[name] = (each.__module__, kind), getattr(executor, name)
    return found
