"""What a line of a journal may say: the record's classes, made from fields that nobody vouches for.

What comes out of here can be relied upon: every field has its type, no number is negative, infinite
or beyond `LARGEST` where a class of the record states it, every text can be encoded, and nothing
is nested deeper than `DEEPEST`.
"""

from __future__ import annotations

import dataclasses
import json
import typing
from math import isfinite
from operator import itemgetter
from types import NoneType
from typing import Any

from asyncbench.record.plan import Cell, Plan, Variant, Work
from asyncbench.record.run import LoopObservation, Sample

# No time, count or size is this large; a float still holds it.
LARGEST = 2.0**64
# A round takes a tenth of a second at the least: this many are hours of measuring.
MOST_ROUNDS = 100_000
# Parameters and facts are nested twice at the most in journals that a run wrote.
DEEPEST = 16
# As many characters of what is wrong are told.
TOLD = 60


class LineSchema:
    """How lines of one kind are checked and made; quick where all their fields are numbers."""

    def __init__(self, kind: type[Any]) -> None:
        self._kind = kind
        hints = typing.get_type_hints(kind)
        # Secrets are never written, so none is read.
        self._names = [each.name for each in dataclasses.fields(kind) if each.name != "secrets"]
        self._types = {name: _plain(hints[name]) for name in self._names}
        self._words = {name: _words(hints[name]) for name in self._names}
        self._required = {
            each.name
            for each in dataclasses.fields(kind)
            if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
        }
        self._numeric = all(
            {*types} <= {int, float, bool, NoneType} for types in self._types.values()
        )
        self._values = itemgetter(*self._names)
        # Types of whole lines that were found good, which journals repeat by the thousand, and how
        # many of them are numbers.
        self._known: dict[tuple[type[Any], ...], int] = {}

    def make(self, fields: dict[str, Any]) -> Any:
        """Make one object; raises ValueError for a field that cannot be.

        Fields that are not known are passed over: later versions add some that change no meaning.
        """
        if self._numeric:
            try:
                values = self._values(fields)
            except KeyError:
                values = ()  # one is left out, which may have a default
            count = self._known.get(tuple(map(type, values)), 0)
            if count:
                numbers = list(values)
                if count < len(values):
                    numbers = [each for each in values if each is not None]
                if min(numbers) >= 0 and max(numbers) < LARGEST:
                    return self._kind(*values)
        made = self._kind(**self._checked(fields))
        if self._numeric:
            types = tuple(type(getattr(made, name)) for name in self._names)
            self._known[types] = len(types) - types.count(NoneType)
        return made

    def _checked(self, fields: dict[str, Any]) -> dict[str, Any]:
        missing = self._required - fields.keys()
        if missing:
            raise ValueError(f"no {min(missing)}")
        found = {}
        for name, types in self._types.items():
            if name not in fields:
                continue
            value = fields[name]
            # By the very type: True would pass for an int.
            if type(value) not in types:
                raise ValueError(f"{name} is {told(value)}")
            if isinstance(value, int | float):
                if not 0 <= value < LARGEST:
                    raise ValueError(f"{name} is {told(value)}")
            elif value is not None:
                value = tame(value)
            if self._words[name] and value not in self._words[name]:
                raise ValueError(f"{name} is {told(value)}")
            found[name] = value
        return found


_SHAPES: dict[type[Any], LineSchema] = {}


def made(kind: type[Any], fields: Any) -> Any:
    """Make an object of one of the record's classes; raises ValueError for what cannot be."""
    if type(fields) is not dict:
        raise ValueError(f"no object but {told(fields)}")
    if kind not in _SHAPES:
        _SHAPES[kind] = LineSchema(kind)
    line = _SHAPES[kind].make(fields)
    if kind is Sample:
        if not (line.batches and line.wall_ns):
            raise ValueError("a sample of nothing")
        if line.round >= MOST_ROUNDS:
            raise ValueError(f"round is {line.round}")
    elif kind is Work:
        if not (line.tasks and line.concurrency):
            raise ValueError("a work without tasks")
    elif kind is LoopObservation:
        if not line.wall_ns:
            raise ValueError("a look at nothing")
        if any(type(index) is not int for index in line.order or []):
            raise ValueError("an order of what are no tasks")
    return line


def parsed(text: str) -> Any:
    """Read one JSON value; raises ValueError or RecursionError for what is none.

    Numbers that are none (NaN, Infinity, 1e999) are refused.
    """
    try:
        value, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError:
        value, end = None, -1
    # Nearly every line is a value and its line feed; for others the decoder knows what to say.
    return value if end == len(text) - 1 and text[end] == "\n" else _DECODER.decode(text)


def tame(value: Any, depth: int = 0) -> Any:
    """Give a value whose texts can be encoded; raises ValueError where it is nested too deeply."""
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return _encodable(value)
    if isinstance(value, dict):
        return {_encodable(name): tame(each, depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        return [tame(each, depth + 1) for each in value]
    return value


def told(value: Any) -> str:
    """Write a value of a file for a message, however long it is."""
    if isinstance(value, int) and abs(value) > LARGEST:
        return "a number of unheard-of size"
    text = repr(value[: TOLD * 2] if isinstance(value, str) else value)
    return text if len(text) <= TOLD else f"{text[: TOLD - 3]}..."


def environment(found: Any) -> dict[str, Any]:
    """Check what a header says of the machine; raises ValueError for what cannot be."""
    if type(found) is not dict:
        raise ValueError(f"environment is {told(found)}")
    for name, types in _ENVIRONMENT.items():
        value = found.get(name, types[0]())
        if type(value) not in types:
            raise ValueError(f"environment: {name} is {told(value)}")
        if isinstance(value, int | float) and not 0 <= value < LARGEST:
            raise ValueError(f"environment: {name} is {told(value)}")
    if found.get("cpus", 1) < 1:
        raise ValueError(f"environment: cpus is {told(found['cpus'])}")
    packages = found.get("packages", {})
    if any(type(version) is not str for version in packages.values()):
        raise ValueError(f"environment: packages is {told(packages)}")
    tamed: dict[str, Any] = tame(found)
    return tamed


def plan(fields: Any) -> Plan:
    """Make the plan of a header; raises ValueError, LookupError or TypeError for what is none."""
    works = [made(Work, each) for each in fields["works"]]
    cells = [made(Cell, each) for each in fields["cells"]]
    variants = [made(Variant, each) for each in fields.get("variants", [])]
    bare: dict[str, Any] = {"works": [], "cells": [], "variants": []}
    found: Plan = made(Plan, fields | bare)
    found = dataclasses.replace(found, works=works, cells=cells, variants=variants)
    if any(cell.work >= len(works) for cell in cells):
        raise ValueError("a cell of no work")
    if not works or len({cell.work for cell in cells if cell.control_of is None}) < len(works):
        raise ValueError("a work of no cells")
    names = [variant.name for variant in found.variants] or [""]
    if len({*names}) < len(names) or ("" in names and found.variants):
        raise ValueError("two variants of one name, or one of none")
    if {cell.variant for cell in cells if cell.control_of is None} != {*names}:
        raise ValueError("a cell of no variant, or a variant of no cells")
    if len({cell.id for cell in found.cells}) < len(found.cells):
        raise ValueError("two cells of one id")
    return found


# What reports compute with or compare; the rest may be anything.
_ENVIRONMENT: dict[str, tuple[type[Any], ...]] = {
    "python": (str,),
    "implementation": (str,),
    "platform": (str,),
    "cpu_model": (str,),
    "cpus": (int, float),
    "memory_bytes": (int,),
    "packages": (dict,),
    "gc": (str,),
    "gil": (bool,),
}


def _plain(hint: Any) -> tuple[type[Any], ...]:
    if typing.get_origin(hint) is typing.Literal:
        return (str,)
    parts = typing.get_args(hint) if typing.get_origin(hint) not in (dict, list) else ()
    if parts:
        return tuple(each for part in parts for each in _plain(part))
    plain = typing.get_origin(hint) or hint
    return (int, float) if plain is float else (plain,)


def _words(hint: Any) -> tuple[str, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) is typing.Literal else ()


def _encodable(text: str) -> str:
    # Half a surrogate pair is what JSON can say and no file can hold.
    return text.encode("utf-8", "backslashreplace").decode()


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number here")


def _finite(digits: str) -> float:
    value = float(digits)
    return value if isfinite(value) else _refuse(digits[:TOLD])


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
