"""Whether the fields of an answer have the types that they state, and values that there can be."""

from __future__ import annotations

import types
from typing import Any, get_args, get_origin, get_type_hints

# No count and no time is larger, as in a journal.
LARGEST = 2**63 - 1
TOLD = 40

_hints: dict[type[Any], dict[str, Any]] = {}


def wrong_field(answer: Any) -> str:
    """Return the first field that is not as its class states, and its value; '' where all are."""
    kind = type(answer)
    if kind not in _hints:
        _hints[kind] = get_type_hints(kind)
    for name, stated in _hints[kind].items():
        value = getattr(answer, name)
        if not _fits(value, stated) or (name == "wall_ns" and value == 0):
            told = repr(value)
            return f"{name} = {told if len(told) <= TOLD else told[:TOLD] + '...'}"
    return ""


def _fits(value: Any, kind: Any) -> bool:
    if isinstance(kind, types.UnionType):
        return any(_fits(value, each) for each in get_args(kind))
    if get_origin(kind) is list:
        return isinstance(value, list) and all(_fits(each, get_args(kind)[0]) for each in value)
    if get_origin(kind) is dict:  # facts: by name, each a plain value
        return isinstance(value, dict) and all(
            each is None or isinstance(each, str | bool) or _fits(each, float)
            for each in value.values()
        )
    if kind is int:
        return type(value) is int and 0 <= value <= LARGEST
    if kind is float:
        return type(value) in (int, float) and 0 <= value <= LARGEST
    return type(value) is kind
