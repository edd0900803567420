"""How a failure of the user's code is told: its reason in one line, and its own frames."""

from __future__ import annotations

import re
import traceback

from asyncbench.core.executor import Executor
from asyncbench.core.system import PACKAGE
from asyncbench.errors import AsyncbenchError, UnsuitedError, told
from asyncbench.worker.protocol import Failed

# An exception can hold any amount of text; more than this is neither sent nor kept.
TEXT_KEPT = 16 * 1024

# What stands below a group in its traceback: the errors that it holds.
TREE = re.compile(r"  \+-|    (\||\+-)")
# What CPython says of a module in C that no subinterpreter can have.
ONE_INTERPRETER = re.compile(r"module (\S+) does not support loading in subinterpreters")
# What CPython says of a coroutine that somebody has kept, and what that means.
KEPT_COROUTINE = ("coroutine is being awaited already", "cannot reuse already awaited coroutine")
AWAITED = (
    "; a coroutine can be awaited once: whatever keeps it for later, as functools.lru_cache does, "
    "has to keep its result"
)


def _first(error: BaseException) -> BaseException:
    """Return the error that was raised first, out of the groups in which it came here.

    A group that a task makes itself holds errors that nobody raised: it is what went wrong.
    """
    while isinstance(error, BaseExceptionGroup) and error.exceptions[0].__traceback__:
        error = error.exceptions[0]
    return error


def answer(error: BaseException, executor: Executor | None) -> Failed:
    """Return what the runner is told of a failure under an executor, or before there is one."""
    # On the way from another process errors in a group lose their frames.
    first = error
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    if isinstance(first, UnsuitedError):
        return Failed(str(first)[:TEXT_KEPT], "", unsuited=True)
    if one_interpreter := ONE_INTERPRETER.search(told(first)):
        return Failed(
            f"the module {one_interpreter[1]} cannot be loaded by several interpreters of one "
            "process; take processes in the place of interpreters",
            "",
            unsuited=True,
        )
    if cannot := executor and executor.cannot(first):
        return Failed(cannot[:TEXT_KEPT], own_part(error), unsuited=True)
    return Failed(reason(error), own_part(error))


def reason(error: BaseException) -> str:
    """Return why it failed, in one line."""
    first = _first(error)
    # One of ours says all of it.
    text = (str(first) if isinstance(first, AsyncbenchError) else told(first))[:TEXT_KEPT]
    return text + AWAITED if text.endswith(KEPT_COROUTINE) else text


def own_part(error: BaseException) -> str:
    """Return the formatted traceback without the frames of asyncbench above the user's code."""
    first = _first(error)
    if isinstance(first, AsyncbenchError):
        return ""
    trace = first.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(PACKAGE):
        trace = trace.tb_next
    if trace is None and str(first).endswith(KEPT_COROUTINE):
        return ""  # it was raised where we await what the user keeps: no line of theirs is in it
    whole = traceback.TracebackException(type(first), first, trace or first.__traceback__)
    whole.exceptions = None  # the frames of a group are its own; what it holds, the reason names
    return _without_tree("".join(whole.format()))[-TEXT_KEPT:]


def _without_tree(text: str) -> str:
    """Return a traceback without the tree of a group that came as text, out of another process."""
    lines = (line for line in text.splitlines(keepends=True) if not TREE.match(line))
    return "".join(line.removeprefix("  | ").removeprefix("  + ") for line in lines)
