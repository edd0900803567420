"""Several values of one parameter, as in `-p n=1,2,5`: each makes a work of its own."""

from __future__ import annotations

import enum
import itertools
import types
import typing
from collections.abc import Mapping

from asyncbench.core import parameters
from asyncbench.core.workload import Workload
from asyncbench.errors import UsageError

# More tables than these are not taken in, and share too little time each.
MOST = 20


def each(workload: type[Workload], given: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the texts of every work that a workload's given parameters make, one by one.

    Commas part values only where a parameter is a number, a truth value or a choice: a text, a
    list and what is not known may have commas of their own.
    """
    texts = {
        name: text.split(",") if "," in text and _is_single(workload, name) else [text]
        for name, text in given.items()
    }
    for name, parts in texts.items():
        if not all(part.strip() for part in parts) and len(parts) > 1:
            raise UsageError(f"-p {name}={given[name]} has a comma with no value beside it")
    works = (
        [
            dict(zip(texts, (part.strip() for part in combination), strict=True))
            for combination in itertools.product(*texts.values())
        ]
        if any(len(parts) > 1 for parts in texts.values())
        else [dict(given)]
    )
    if len(works) > MOST:
        raise UsageError(f"-p asks for {len(works)} works at once; give {MOST} at the most")
    return works


def _is_single(workload: type[Workload], name: str) -> bool:
    """Return whether a parameter is of a kind that has no comma in a value."""
    return all(map(_has_no_comma, parameters.kinds(workload, name)))


def _has_no_comma(kind: object) -> bool:
    if typing.get_origin(kind) is typing.Literal:
        return not any("," in str(choice) for choice in typing.get_args(kind))
    return kind in (int, float, bool, complex, types.NoneType) or (
        isinstance(kind, type) and issubclass(kind, enum.Enum)
    )
