"""Parameters of a workload: which there are, and what a text given for one means."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any

from asyncbench.core.workload import Workload
from asyncbench.errors import UsageError, near_matches

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
        params[name] = _convert(workload.name, name, hints[name], text)
    missing = [name for name, value in params.items() if value is dataclasses.MISSING]
    if missing:
        raise UsageError(f"workload {workload.name} needs --param {missing[0]}=VALUE")
    return params


def _convert(workload: str, name: str, kind: Any, text: str) -> Any:
    kinds = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    for each in kinds:
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
    wanted = getattr(kind, "__name__", str(kind))
    raise UsageError(f"parameter {name} of workload {workload} takes {wanted}, not {text!r}")
