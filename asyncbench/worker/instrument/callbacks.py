"""Notes plain callbacks of an asyncio loop, each as a task of its own that has one step.

What stands in the place of `call_soon` is asked for each step of each task, too, so it looks up
little, and wraps only what is written in Python and is no work of the loop's own.
"""

from __future__ import annotations

import asyncio
import functools
import types
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from asyncbench.worker.instrument import places
from asyncbench.worker.instrument.source import is_inner_code

# Whose methods are what a loop calls for a task: those in C, and those that a program may choose.
FUTURES = (asyncio.Future, getattr(asyncio.futures, "_PyFuture", asyncio.Future))
# What is written in Python, or may stand for it.
PLAIN = {
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    functools.partial,
}
#: Returns a callback whose run is noted, as due at a time (0: when it begins), or as it is.
Noting = Callable[..., Any]


def noting(instrument: Any) -> tuple[Callable[[Any], int], Noting]:
    """Return what tells the text of a callback, 0 for none to be noted, and what has it noted."""
    # By the id of a code object, which stands beside its text so that no other one gets that id.
    texts: dict[int, tuple[int, types.CodeType]] = {}
    clock = perf_counter_ns

    def text_of(callback: Any) -> int:
        code = getattr(callback, "__code__", None) or getattr(
            getattr(callback, "func", None), "__code__", None
        )
        if code is None and isinstance(getattr(callback, "__self__", None), types.ModuleType):
            # A function in C, such as `time.sleep`, can hold the loop as well.
            number: int = instrument.sink.number(
                callback, name=callback.__qualname__, file="", line=0
            )
            return number
        if code is None:
            return 0
        try:
            return texts[id(code)][0]
        except KeyError:
            inner = is_inner_code(code)  # futures, groups, transports
            name, line = code.co_qualname, code.co_firstlineno
            text = 0 if inner else places.text_of(instrument.sink, name, code, line)
            texts[id(code)] = text, code
            return text

    def run(callback: Any, due: int, text: int, *arguments: Any) -> Any:
        began = instrument.since = clock()
        instrument.last = instrument.running = number = instrument.last + 1
        sink = instrument.sink
        sink.callback(number, due or began, text)
        try:
            return callback(*arguments)
        finally:
            instrument.running = 0
            sink.last_step(number, due or began, began, clock())

    def noted(callback: Any, due: int = 0) -> Any:
        text = text_of(callback)
        return functools.partial(run, callback, due, text) if text else callback

    return text_of, noted


def call_soon_of(
    instrument: Any, soon: Any, text_of: Callable[[Any], int], noted: Noting
) -> Callable[..., Any]:
    """Return what takes the place of a loop's `call_soon`."""
    ready, clock = instrument.ready, perf_counter_ns

    def call_soon(callback: Any, *arguments: Any, context: Any = None) -> Any:
        owner = getattr(callback, "__self__", None)
        if isinstance(owner, FUTURES):
            if owner in ready:  # a task, whose callbacks take a future or nothing
                ready[owner] = clock()  # task_scheduled
            if arguments:
                return soon(callback, arguments[0], context=context)
            return soon(callback, context=context)
        if type(callback) in PLAIN and text_of(callback):
            callback = noted(callback, clock())
        return soon(callback, *arguments, context=context)

    return call_soon
