"""What a callable takes: its parameters, and how it is called with values for them."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import MISSING, dataclass
from typing import Any

from asyncbench.core import values
from asyncbench.core.callables import body

INDEX = "index"  # the parameter that is given the task's number

MORE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
FILLED = "; where a decorator fills it in, measure a function that makes the call"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `default` is MISSING where it has none."""

    name: str
    kinds: tuple[Any, ...]
    default: Any
    by_position: bool = False  # alone
    by_name: bool = False  # alone


ANYTHING = Parameter("", (Any,), MISSING)


@dataclass(frozen=True, slots=True)
class Takes:
    """What a callable takes, the task's number left out.

    `index` is how many parameters stand before that, None where it is not among them, and `number`
    is its name;
    `more_positional` and `more_named` are what takes any others, None where nothing does; `told`
    whether it says so.
    """

    parameters: tuple[Parameter, ...] = ()
    index: int | None = None
    index_by_position: bool = False
    index_by_name: bool = False
    more_positional: Parameter | None = ANYTHING
    more_named: Parameter | None = ANYTHING
    told: bool = False
    number: str = INDEX
    filled: str = ""  # what may be so of one that nobody gives, to be said of it

    def with_item(self, given: Container[str]) -> Takes:
        """Return the same with a parameter in the place of the number: the first that is not given.

        Raises LookupError where none is left.
        """
        for place, each in enumerate(self.parameters):
            if each.name not in given and not each.by_name:
                rest = self.parameters[:place] + self.parameters[place + 1 :]
                return dataclasses.replace(
                    self,
                    parameters=rest,
                    index=place,
                    index_by_position=each.by_position,
                    number=each.name,
                )
        if self.more_positional:
            return dataclasses.replace(self, index=len(self.parameters), index_by_position=True)
        raise LookupError

    def arranged(
        self, named: Mapping[str, Any], positional: Sequence[Any]
    ) -> tuple[tuple[Any, ...], tuple[Any, ...], dict[str, Any], str | None]:
        """Return how to call it: by position before the number, after it, by name, and its name.

        The last is None where the number goes by position, or not at all.
        """
        known = {each.name for each in self.parameters}
        before: list[Any] = []
        after: list[Any] = []
        more = {name: value for name, value in named.items() if name not in known}
        # What goes by position takes all before it along, defaults too; the rest goes by name.
        late = [place for place, each in enumerate(self.parameters) if each.by_position]
        last = late[-1] if late else -1
        if self.index is not None and self.index_by_position:
            last = max(last, self.index - 1)
        for place, each in enumerate(self.parameters):
            value = named.get(each.name, each.default)
            if each.by_name or not (positional or place <= last):
                if each.name in named:
                    more[each.name] = value
            elif value is not MISSING:
                side = after if self.index is not None and place >= self.index else before
                side.append(value)
        # What comes first is given by position, as is usual: some take it in no other way.
        in_place = bool(positional) or self.index_by_position or self.index == 0
        by_name = self.index_by_name or not in_place
        number = self.number if self.index is not None and by_name else None
        after += positional
        if number or self.index is None:
            before, after = before + after, []
        return tuple(before), tuple(after), more, number


def takes(called: Callable[..., Any]) -> Takes:
    """Return what a callable takes; one that does not say it, as builtins may, takes anything."""
    try:
        found = list(inspect.signature(called).parameters.values())
    except (ValueError, TypeError):
        return Takes()
    namespace = _namespace(called)
    by_position = _by_position_alone(called)
    parameters: list[Parameter] = []
    index, index_by_position, index_by_name = None, False, False
    more: dict[Any, Parameter] = {}
    for each in found:
        if each.kind in MORE:
            kinds = values.kinds_of(each.annotation, MISSING, namespace)
            if not all(map(values.is_type, kinds)):
                kinds = (Any,)
            more[each.kind] = Parameter(each.name, kinds, MISSING)
            continue
        if each.name == INDEX:
            index = len(parameters)
            index_by_position = each.kind is each.POSITIONAL_ONLY
            index_by_name = each.kind is each.KEYWORD_ONLY
            continue
        default = MISSING if each.default is each.empty else each.default
        kinds = values.kinds_of(each.annotation, default, namespace)
        parameters.append(
            Parameter(
                each.name,
                kinds,
                default,
                each.kind is each.POSITIONAL_ONLY or each.name in by_position,
                each.kind is each.KEYWORD_ONLY,
            )
        )
    return Takes(
        tuple(parameters),
        index,
        index_by_position,
        index_by_name,
        more.get(inspect.Parameter.VAR_POSITIONAL),
        more.get(inspect.Parameter.VAR_KEYWORD),
        told=True,
        filled=FILLED if hasattr(called, "__wrapped__") else "",
    )


def _by_position_alone(called: Callable[..., Any]) -> set[str]:
    """Return the parameters that a call takes by position alone, whatever its signature says.

    A decorator shows that of what it wraps, and may pass on no names; `functools.singledispatch`
    chooses by the first argument that has none.
    """
    shown = inspect.signature(called).parameters
    if callable(getattr(called, "dispatch", None)) and hasattr(called, "registry"):
        return {*list(shown)[:1]}
    try:
        itself = inspect.signature(called, follow_wrapped=False).parameters
    except ValueError:  # lru_cache passes names on
        return set()
    if any(each.kind is each.VAR_KEYWORD for each in itself.values()):
        return set()
    return {
        name
        for name, each in shown.items()
        if name not in itself and each.kind is not each.KEYWORD_ONLY
    }


def _namespace(called: Any) -> dict[str, Any]:
    found: dict[str, Any] = getattr(inspect.unwrap(body(called)), "__globals__", {})
    return found
