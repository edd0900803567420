"""What a callable takes, and what a call of it comes to: a value, an awaitable, a generator."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import inspect
import io
import threading
import types
import warnings
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import MISSING, dataclass
from typing import Any

from asyncbench.core import values

INDEX = "index"  # the parameter that is given the task's number

BLOCKING = "blocking"
COOPERATIVE = "cooperative"
GENERATOR = "generator"
ASYNC_GENERATOR = "async generator"
CONTEXT_MANAGER = "context manager"

# A call that hands back an awaitable or a generator does so at once; one that takes longer blocks.
PROBE_S = 1.0
NEITHER_MAPS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `default` is MISSING where it has none."""

    name: str
    kinds: tuple[Any, ...]
    default: Any
    by_position: bool = False  # alone
    by_name: bool = False  # alone


@dataclass(frozen=True, slots=True)
class Takes:
    """What a callable takes, the task's number left out.

    `index` is how many parameters stand before that, None where it is not among them, and `number`
    is its name;
    `more_positional` and `more_named` whether it takes any others; `told` whether it says so.
    """

    parameters: tuple[Parameter, ...] = ()
    index: int | None = None
    index_by_position: bool = False
    index_by_name: bool = False
    more_positional: bool = True
    more_named: bool = True
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
    for each in found:
        if each.kind in NEITHER_MAPS:
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
        any(each.kind is each.VAR_POSITIONAL for each in found),
        any(each.kind is each.VAR_KEYWORD for each in found),
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


def body(called: Any) -> Any:
    """Return the function whose body a call runs, as far as it can be told without a call."""
    while True:
        if isinstance(called, functools.partial):
            called = called.func
        elif inspect.ismethod(called):
            called = called.__func__
        elif isinstance(called, functools._lru_cache_wrapper):
            called = called.__wrapped__
        elif not inspect.isroutine(called) and inspect.isfunction(type(called).__call__):
            called = type(called).__call__
        else:
            return called


def keeps(called: Any) -> bool:
    """Return whether `functools.lru_cache` or `cache` keeps what calls return."""
    while isinstance(called, functools.partial) or inspect.ismethod(called):
        called = called.func if isinstance(called, functools.partial) else called.__func__
    return isinstance(called, functools._lru_cache_wrapper)


def _namespace(called: Any) -> dict[str, Any]:
    found: dict[str, Any] = getattr(inspect.unwrap(body(called)), "__globals__", {})
    return found


def kind(called: Callable[..., Any]) -> str | None:
    """Return what a call comes to where the callable alone tells; None where it takes a call."""
    inner = body(called)
    code = getattr(inner, "__code__", None)
    if inspect.iscoroutinefunction(called) or inspect.iscoroutinefunction(inner):
        return COOPERATIVE
    if code is not None and code.co_flags & inspect.CO_ITERABLE_COROUTINE:
        return COOPERATIVE
    if inspect.isasyncgenfunction(inner):
        return ASYNC_GENERATOR
    return GENERATOR if inspect.isgeneratorfunction(inner) else None


FILLED = "; where a decorator fills it in, measure a function that makes the call"
# Do nothing before somebody asks for an item, as all of itertools; a cursor may have done its work.
LAZY = (types.GeneratorType, map, filter, zip, enumerate)


def kind_of_result(returned: Any) -> str:
    """Return what a call came to; what it handed back is closed and never runs."""
    if inspect.isawaitable(returned):
        for name in ("close", "cancel"):
            if callable(getattr(returned, name, None)):
                with contextlib.suppress(Exception):
                    getattr(returned, name)()
                break
        return COOPERATIVE
    if isinstance(returned, types.AsyncGeneratorType):
        return ASYNC_GENERATOR
    # What `map` and its like are given is not called before somebody asks for an item.
    if isinstance(returned, LAZY) or type(returned).__module__ == "itertools":
        return GENERATOR
    manager = (contextlib._GeneratorContextManager, contextlib._AsyncGeneratorContextManager)
    return CONTEXT_MANAGER if isinstance(returned, manager) else BLOCKING


def never_runs(known: str, *, told: bool) -> str:
    """Return why the body of what comes to this would never run, '' where it does.

    `told`: by the function alone, and not by a call.
    """
    if known == CONTEXT_MANAGER:
        return (
            "makes a context manager: its body would never run; measure a function that enters it"
        )
    if known not in (GENERATOR, ASYNC_GENERATOR):
        return ""
    what = f"{'an' if known == ASYNC_GENERATOR else 'a'} {known}"
    if known == GENERATOR and not told:
        what = "a generator, or an iterator that is as lazy"
    what = f"is {what} function" if told else f"hands back {what}"
    return f"{what}: its body would never run; --consume runs it to its end"


def probed(call: Callable[[], Any]) -> tuple[str, BaseException | None]:
    """Return what a call comes to by making it, once, and what it raised, if anything.

    What it prints meanwhile is thrown away.
    One that fails or takes its time is taken for a blocking one: a call that hands back an
    awaitable has nothing to do. One that wants a running loop gets it.
    """
    found = _asked(lambda: kind_of_result(call()))
    if isinstance(found, RuntimeError) and "event loop" in str(found):

        async def on_a_loop() -> str:
            return kind_of_result(call())

        found = _asked(lambda: asyncio.run(on_a_loop()))
    if isinstance(found, str):
        return found, None
    return BLOCKING, found


def _asked(ask: Callable[[], str]) -> str | BaseException | None:
    answers: list[str | BaseException] = []

    def answer() -> None:
        try:
            answers.append(ask())
        except BaseException as error:  # a task may raise anything, and will do so when measured
            # Without its frames: what is left in them, unawaited, warns of that when it goes.
            error.__context__ = None
            answers.append(error.with_traceback(None))

    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        thread = threading.Thread(target=answer, daemon=True)
        with contextlib.suppress(RuntimeError):  # there can be no more threads
            thread.start()
            thread.join(PROBE_S)
    return answers[0] if answers else None
