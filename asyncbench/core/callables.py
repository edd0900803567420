"""What a call of a callable comes to: a value, an awaitable, a generator."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import io
import threading
import types
import warnings
from collections.abc import Callable
from typing import Any

BLOCKING = "blocking"
COOPERATIVE = "cooperative"
GENERATOR = "generator"
ASYNC_GENERATOR = "async generator"
CONTEXT_MANAGER = "context manager"

# A call that hands back an awaitable or a generator does so at once; one that takes longer blocks.
PROBE_S = 1.0


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
