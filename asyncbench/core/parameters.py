"""Parameters: which a workload has, and what a text given for one of any owner means."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, NewType

from asyncbench.core.workload import Workload
from asyncbench.errors import UsageError, near_matches

#: A whole number, at least 1.
Count = NewType("Count", int)

TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def parameters(workload: type[Workload]) -> dict[str, Any]:
    """Return a workload's parameters and their defaults."""
    if not dataclasses.is_dataclass(workload):
        return {}
    return {
        field.name: field.default_factory()
        if field.default_factory is not dataclasses.MISSING
        else field.default
        for field in dataclasses.fields(workload)
        if field.init
    }


def typed(workload: type[Workload], given: Mapping[str, str]) -> dict[str, Any]:
    """Turn parameters as typed by a user into a workload's own types, defaults filled in.

    Raises UsageError for a name that the workload does not have or a value of the wrong type.
    """
    params = parameters(workload)
    try:
        hints = typing.get_type_hints(workload)
    except Exception as error:  # whatever the annotations, which are code, raise
        raise UsageError(
            f"the parameters of workload {workload.name} have types that cannot be looked up: "
            f"{type(error).__name__}: {error}"
        ) from error
    for name, text in given.items():
        if name not in params:
            raise UsageError(
                f"workload {workload.name} has no parameter {name!r}{near_matches(name, params)}"
            )
        params[name] = convert(f"workload {workload.name}", name, hints[name], text)
    missing = [name for name, value in params.items() if value is dataclasses.MISSING]
    if missing:
        raise UsageError(f"workload {workload.name} needs --param {missing[0]}=VALUE")
    return params


def convert(owner: str, name: str, kind: Any, text: str) -> Any:
    """Turn a text into the type of a parameter; UsageError says whose, and what it takes."""
    union = isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union
    kinds = typing.get_args(kind) if union else (kind,)
    for each in kinds:
        if each is Count and text.isdecimal() and int(text) >= 1:
            return int(text)
        if typing.get_origin(each) is typing.Literal and text in typing.get_args(each):
            return text
        if each is types.NoneType and text.lower() == "none":
            return None
        if each is bool and text.lower() in TRUTH:
            return TRUTH[text.lower()]
        if each in (int, float, str):
            try:
                value = each(text)
            except ValueError:
                continue
            if each is not float or math.isfinite(value):
                return value
    choices = [str(word) for each in kinds for word in typing.get_args(each)]
    if choices:
        raise UsageError(
            f"parameter {name} of {owner} is not {text!r}{near_matches(text, choices)}"
        )
    wanted = getattr(kind, "__name__", str(kind))
    if Count in kinds:
        wanted = "a whole number, at least 1"
    raise UsageError(f"parameter {name} of {owner} takes {wanted}, not {text!r}")
