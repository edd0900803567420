"""Several values of one parameter, as in `-p n=1,2,5`: each makes a work of its own."""

from __future__ import annotations

import enum
import itertools
import shlex
import types
import typing
from collections.abc import Mapping, Sequence

from asyncbench.core import parameters
from asyncbench.core import values as known
from asyncbench.core.workload import Workload
from asyncbench.errors import UsageError

# More tables than these are not taken in, and share too little time each.
MOST = 20


def each(
    workload: type[Workload], given: Mapping[str, str | Sequence[str]]
) -> list[dict[str, str]]:
    """Return the texts of every work that a workload's given parameters make, one by one.

    What is a list has a work for each of its texts. Commas part values only where a parameter is a
    number, a truth value or a choice: a text, a list and what is not known may have commas of their
    own.
    """
    texts = {
        name: [part for text in several for part in _parts(workload, name, text)]
        for name, found in given.items()
        for several in [[found] if isinstance(found, str) else found]
    }
    works = (
        [
            dict(zip(texts, combination, strict=True))
            for combination in itertools.product(*texts.values())
        ]
        if any(len(parts) > 1 for parts in texts.values())
        else [{name: parts[0] for name, parts in texts.items()}]
    )
    if len(works) > MOST:
        raise UsageError(f"-p asks for {len(works)} works at once; give {MOST} at the most")
    return works


def instead(reference: str, workload: type[Workload], name: str, vary: Sequence[str]) -> str:
    """Return how to measure values beside each other that are no numbers, '' where they should be.

    `vary` has the parameter `name` with them, as a sweep takes it.
    """
    kinds = parameters.kinds(workload, name)
    if name not in parameters.parameters(workload) or {int, float, complex} & {*kinds}:
        return ""
    parts = next(axis.partition("=")[2] for axis in vary if axis.partition("=")[0].strip() == name)
    given = " ".join(f"-p {shlex.quote(f'{name}={part.strip()}')}" for part in parts.split(","))
    named = "--sync {} --async {}".format(*reference.split("|")) if "|" in reference else reference
    called = {(str,): "text", (bool,): "True or False"}.get(kinds) or known.told(kinds)
    takes = "" if {*kinds} & {*known.ANYTHING} else f", and {name} takes {called}"
    return (
        f"only numbers can be varied{takes}; a table for each value: asyncbench run {named} {given}"
    )


def _parts(workload: type[Workload], name: str, text: str) -> list[str]:
    """Return the values that a text has."""
    if "," not in text or not _is_single(workload, name):
        return [text]
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise UsageError(f"-p {name}={text} has a comma with no value beside it")
    return parts


def _is_single(workload: type[Workload], name: str) -> bool:
    """Return whether a parameter is of a kind that has no comma in a value."""
    return all(map(_has_no_comma, parameters.kinds(workload, name)))


def _has_no_comma(kind: object) -> bool:
    if typing.get_origin(kind) is typing.Literal:
        return not any("," in str(choice) for choice in typing.get_args(kind))
    return kind in (int, float, bool, complex, types.NoneType) or (
        isinstance(kind, type) and issubclass(kind, enum.Enum)
    )
