"""What a text given for a parameter means: by its annotation, by its default, or as a literal."""

from __future__ import annotations

import ast
import collections.abc
import enum
import inspect
import math
import os
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING
from pathlib import Path, PurePath
from typing import Any, NewType

#: A whole number, at least 1.
Count = NewType("Count", int)

TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
WORDS: dict[Any, dict[str, Any]] = {bool: TRUTH, types.NoneType: {"none": None}}
# What says nothing about a value.
ANYTHING = (Any, object, inspect.Parameter.empty)
# What is made of the items of a text, by what an annotation says.
CONTAINERS: dict[Any, type] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    dict: dict,
    collections.abc.Sequence: list,
    collections.abc.MutableSequence: list,
    collections.abc.Iterable: list,
    collections.abc.Collection: list,
    collections.abc.Set: set,
    collections.abc.Mapping: dict,
    collections.abc.MutableMapping: dict,
}
# Classes of the standard library that one text makes, by where they stand: importing them for
# this would be for nothing mostly.
BY_TEXT = {("decimal", "Decimal"), ("fractions", "Fraction"), ("uuid", "UUID")}
# Stands before a text that is no literal, whatever it looks like.
EXACT = "\N{WORD JOINER}"
CALLED = {types.NoneType: "None", Count: "a whole number, at least 1"}


class Unreadable:
    """A type whose name exists for type checkers alone."""

    def __init__(self, name: str) -> None:
        self.__name__ = name


def alternatives(annotation: Any, namespace: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the types that an annotation allows, also where it names what does not exist."""
    if isinstance(annotation, str):
        try:
            return _alternatives(ast.parse(annotation.strip(), mode="eval").body, namespace)
        except (SyntaxError, RecursionError):
            return (Unreadable(annotation),)
    if annotation is None:
        return (types.NoneType,)
    if annotation is Count:
        return (Count,)
    if isinstance(annotation, typing.ForwardRef):
        return alternatives(annotation.__forward_arg__, namespace)
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        each = typing.get_args(annotation)
        return tuple(kind for one in each for kind in alternatives(one, namespace))
    if typing.get_origin(annotation) in (typing.Annotated, typing.Final):
        return alternatives(typing.get_args(annotation)[0], namespace)
    for name in ("__supertype__", "__value__"):  # of a NewType, and of a `type` statement
        try:
            return alternatives(getattr(annotation, name), namespace)
        except Exception:  # it has none, or one that cannot be looked up
            continue
    return (Any,) if isinstance(annotation, typing.TypeVar) else (annotation,)


def _alternatives(node: ast.expr, namespace: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the types that an annotation in source allows; only names that exist are looked up."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _alternatives(node.left, namespace) + _alternatives(node.right, namespace)
    if isinstance(node, ast.Constant):
        return alternatives(node.value, namespace)
    if isinstance(node, ast.Subscript):
        name = ast.unparse(node.value).rpartition(".")[2]
        inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name in ("Optional", "Union"):
            none = (types.NoneType,) if name == "Optional" else ()
            return tuple(kind for one in inside for kind in _alternatives(one, namespace)) + none
        if name == "Annotated":
            return _alternatives(inside[0], namespace)
    text = ast.unparse(node)
    try:
        return alternatives(eval(text, dict(namespace)), namespace)
    except Exception:  # whatever the annotation, which is code, raises
        return (Unreadable(text),)


def kinds_of(annotation: Any, default: Any, namespace: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the types that a parameter may have, by its annotation or else by its default."""
    kinds = alternatives(annotation, namespace)
    says_nothing = all(kind in ANYTHING or isinstance(kind, Unreadable) for kind in kinds)
    if not says_nothing or default is MISSING or default is None:
        return kinds
    if type(default) is int:
        return (int, float)
    readable = isinstance(default, (str, bool, float, bytes, enum.Enum, PurePath))
    return (type(default),) if readable or type(default) in CONTAINERS else kinds


def is_type(kind: Any) -> bool:
    """Return whether a kind says what a value is, and not how arguments are passed on."""
    if kind in (Count, *ANYTHING) or typing.get_origin(kind) is typing.Literal:
        return True
    # `*args: *tuple[int, str]` has a type for each.
    unpacked = getattr(kind, "__unpacked__", False)
    return isinstance(typing.get_origin(kind) or kind, type) and not unpacked


def told(kinds: tuple[Any, ...]) -> str:
    """Return what types are called."""
    names = [
        CALLED[kind]
        if kind in CALLED
        else ", ".join(map(str, typing.get_args(kind)))
        if typing.get_origin(kind) is typing.Literal
        else str(kind).replace("typing.", "")
        if typing.get_origin(kind)
        else getattr(kind, "__name__", str(kind))
        for kind in kinds
    ]
    return " or ".join(dict.fromkeys(names))


def words(kinds: tuple[Any, ...]) -> list[str]:
    """Return the texts that types name one by one: those of a Literal, the members of an enum."""
    literals = [kind for kind in kinds if typing.get_origin(kind) is typing.Literal]
    found = [str(each) for kind in literals for each in typing.get_args(kind)]
    enums = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, enum.Enum)]
    return found + [name for kind in enums for name in kind.__members__]


def instead(kinds: tuple[Any, ...], text: str) -> str:
    """Return how to write what a text that is of none of these types was meant as; '' for none."""
    made = {typing.get_origin(kind) or kind for kind in kinds}
    if int in made and re.fullmatch(r"[+-]?\d+(\.\d*)?(e\+?\d{1,3})?", text, re.I):
        number = float(text)
        return f"; write {number:.0f}" if number.is_integer() else ""
    if not made.isdisjoint(each for each, kind in CONTAINERS.items() if kind is dict):
        return "; it is written as in Python: \"{'name': 1}\""
    others = [each for each in made if each not in CONTAINERS and not is_readable(each)]
    if others:
        return "; no text makes one: name a function that makes it and passes it on, or --args-from"
    return ""


def is_readable(made: Any) -> bool:
    """Return whether a text can mean something of a type."""
    if made in (Count, typing.Literal, os.PathLike, bytes, *ANYTHING, *WORDS):
        return True
    if not isinstance(made, type):
        return False
    makes = (int, float, complex, str, enum.Enum, PurePath)
    return (
        issubclass(made, makes)
        or hasattr(made, "fromisoformat")
        or (made.__module__, made.__name__) in BY_TEXT
    )


def standing_for(text: str) -> str:
    """Return a text that `read` takes for this one, also where nothing says that it is a text."""
    return EXACT + text if literal(text) != text else text


def read(kinds: tuple[Any, ...], text: str) -> Any:
    """Return what a text means as one of these types; raises ValueError where it is none."""
    if text.startswith(EXACT):
        text = text.removeprefix(EXACT)
        if any(kind in ANYTHING for kind in kinds):
            return text
    # A text is everything, so it comes last; and None is meant where it is said.
    last = [types.NoneType, None, str]
    for kind in sorted(kinds, key=lambda kind: last.index(kind if kind in last else None)):
        try:
            return _read(kind, text)
        except (ValueError, ArithmeticError):
            continue
    raise ValueError(told(kinds))


def literal(text: str) -> Any:
    """Return the value of a Python literal, or else the text itself."""
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def _read(kind: Any, text: str) -> Any:
    if kind in ANYTHING:
        return literal(text)
    if kind is Count:
        return _count(text)
    made: Any = typing.get_origin(kind) or kind
    if made is typing.Literal:
        return _named(text, {str(each): each for each in typing.get_args(kind)})
    if not isinstance(made, type):
        raise ValueError  # noqa: TRY004 - the text is at fault as much as the type
    if made in CONTAINERS:
        return _container(CONTAINERS[made], typing.get_args(kind), text)
    if made in WORDS:
        return _named(text.lower(), WORDS[made])
    if issubclass(made, enum.Enum):
        return _named(text, {str(each.value): each for each in made} | dict(made.__members__))
    return _made(made, text)


def _made(made: Any, text: str) -> Any:
    """Return the object that a class makes of a text; ValueError for a class that makes none."""
    if made is float and not math.isfinite(float(text)):
        raise ValueError(text)
    if made is bytes:
        found = literal(text)
        return found if isinstance(found, bytes) else text.encode()
    if made is os.PathLike:
        return Path(text)
    if hasattr(made, "fromisoformat"):
        return made.fromisoformat(text)
    makes = made in (int, float, complex, str) or issubclass(made, PurePath)
    if makes or (made.__module__, made.__name__) in BY_TEXT:
        return made(text)
    raise ValueError(text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(text)
    return int(text)


def _named(text: str, known: Mapping[str, Any]) -> Any:
    try:
        return known[text]
    except KeyError as error:
        raise ValueError(text) from error


def _container(made: type, inside: tuple[Any, ...], text: str) -> Any:
    """Return a container of the items of a literal, or of a comma list."""
    found = literal(text)
    if made is dict:
        if not isinstance(found, dict):
            raise ValueError(text)
        kinds = [alternatives(kind, {}) for kind in inside] or [(Any,), (Any,)]
        return {_item(kinds[0], key): _item(kinds[1], each) for key, each in found.items()}
    if isinstance(found, str):
        found = [each.strip() for each in text.split(",")] if text.strip() else []
    elif not isinstance(found, (list, tuple, set, frozenset)):
        found = [found]
    items = list(found)
    if made is tuple and inside and inside[-1] is not Ellipsis:
        if len(inside) != len(items):
            raise ValueError(text)
        wanted = list(inside)
    else:
        wanted = [inside[0] if inside else Any] * len(items)
    return made(
        _item(alternatives(kind, {}), item) for kind, item in zip(wanted, items, strict=True)
    )


def _item(kinds: tuple[Any, ...], item: Any) -> Any:
    if isinstance(item, str):
        return read(kinds, item)
    # What a literal says is a value already: the text of it is read where a type is wanted.
    return item if any(kind in ANYTHING for kind in kinds) else read(kinds, str(item))
