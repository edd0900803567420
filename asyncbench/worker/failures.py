"""How a failure of the user's code is told: its reason in one line, and its own frames."""

from __future__ import annotations

import re
import traceback
from types import TracebackType

from asyncbench.core.executor import Executor
from asyncbench.errors import AsyncbenchError, UnsuitedError, first_raised, told
from asyncbench.worker.instrument import source
from asyncbench.worker.protocol import Failed

# An exception can hold any amount of text; more than this is neither sent nor kept.
TEXT_KEPT = 16 * 1024

HEAD = "Traceback (most recent call last):\n"
# Where a frame begins, as a traceback is formatted.
FRAME = re.compile(r'^  File "(.+?)", line \d', re.MULTILINE)
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
    first = first_raised(error)
    # One of ours says all of it.
    text = (str(first) if isinstance(first, AsyncbenchError) else told(first))[:TEXT_KEPT]
    return text + AWAITED if text.endswith(KEPT_COROUTINE) else text


def own_part(error: BaseException) -> str:
    """Return the formatted traceback without the frames above the user's code, which say nothing.

    Of an error that was raised in another process, that is the traceback that it had there.
    """
    first = first_raised(error)
    if isinstance(first, AsyncbenchError):
        return ""
    if elsewhere := _traceback_elsewhere(first):
        return _of_users(_without_tree(elsewhere))[-TEXT_KEPT:]
    trace = _below_ours(first.__traceback__)
    if trace is None and told(first).endswith(KEPT_COROUTINE):
        return ""  # it was raised where we await what the user keeps: no line of theirs is in it
    whole = traceback.TracebackException(type(first), first, trace or first.__traceback__)
    whole.exceptions = None  # the frames of a group are its own; what it holds, the reason names
    return _without_tree("".join(whole.format()))[-TEXT_KEPT:]


def _below_ours(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback from below the last frame of ours on, which calls what is the user's."""
    found = trace
    while trace is not None:
        if source.is_ours(trace.tb_frame.f_code.co_filename):
            found = trace.tb_next
        trace = trace.tb_next
    return found


def _traceback_elsewhere(error: BaseException) -> str:
    """Return the traceback that an error had in another process, '' where it comes with none."""
    cause = error.__cause__
    if type(cause).__name__.endswith("RemoteTraceback"):  # pools of Python, of loky and of joblib
        return str(cause).strip().strip('"').strip() + "\n"
    return next((note for note in getattr(error, "__notes__", ()) if HEAD in note), "")


def _of_users(text: str) -> str:
    """Return formatted tracebacks, each from the first frame of the user's on."""
    before, *rest = text.split(HEAD)
    return before + "".join(HEAD + _from_users(frames) for frames in rest)


def _from_users(frames: str) -> str:
    starts = [found.start() for found in FRAME.finditer(frames)]
    ours = [source.is_ours(found[1]) for found in FRAME.finditer(frames)]
    below = next((place + 1 for place in reversed(range(len(ours))) if ours[place]), 0)
    return frames[starts[below] :] if below < len(starts) else frames


def _without_tree(text: str) -> str:
    """Return a traceback without the tree of a group that came as text, out of another process."""
    lines = (line for line in text.splitlines(keepends=True) if not TREE.match(line))
    return "".join(line.removeprefix("  | ").removeprefix("  + ") for line in lines)
