"""Tries of somebody else's event loop what some get wrong, when a task first asks for it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
import time
from collections.abc import Callable
from typing import Any

from asyncbench.errors import UnsuitedError, told

REMEDY = "run it under asyncio or another loop"
# "Kind.method() takes ...", or "'Kind' object has no attribute ...", of a module's or not.
_METHOD = re.compile(
    r"(?:[\w.]*\.)?(?P<kind>\w+)\.\w+\(\) |'(?:[\w.]*\.)?(?P<of>\w+)' object has no attribute "
)
# So long a call in another thread may take to end, and its future to be seen as done.
CALL_S, DONE_S = 2.0, 0.01


def try_threads(loop: asyncio.AbstractEventLoop, name: str) -> None:
    """Have the first call that is given to another thread tried before it; no later one is slower.

    A loop that fails by chance would lose some batches and not others. Where the try fails, every
    such call raises UnsuitedError, which names what the loop cannot do.
    """
    hand_over: Any = loop.run_in_executor
    tried, wrong = False, ""

    def run_in_executor(executor: Any, call: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal tried, wrong
        if not tried:
            tried, wrong = True, _wrong(hand_over)
            if not wrong and vars(loop).get("run_in_executor") is run_in_executor:
                del replaced.run_in_executor
        if wrong:
            raise UnsuitedError(
                f"{name} cannot wait for a call in another thread that has ended already ({wrong})"
                f"; {REMEDY}"
            )
        return hand_over(executor, call, *arguments)

    replaced: Any = loop
    with contextlib.suppress(AttributeError):  # one that takes none goes untried
        replaced.run_in_executor = run_in_executor


def _wrong(hand_over: Any) -> str:
    """Return what is raised where a call's future is done before anybody waits for it, or ''."""
    ended = threading.Event()
    future = hand_over(None, ended.set)
    ended.wait(CALL_S)
    limit = time.monotonic() + DONE_S
    while not future.done() and time.monotonic() < limit:
        time.sleep(DONE_S / 10)
    try:
        future.add_done_callback(_nothing)
    except Exception as error:
        return told(error)
    return ""


def lacking(error: BaseException, name: str, make: Callable[[], Any]) -> str | None:
    """Return what a failure says that a loop lacks, or None where it says nothing of the kind.

    That is a method that is not there, takes other arguments than asyncio's or is not implemented,
    in Python's words, which name the class; `make` makes a loop to learn what that is.
    """
    if isinstance(error, NotImplementedError):
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        named = {trace.tb_frame.f_code.co_qualname.partition(".")[0]} if trace else set()
    elif isinstance(error, TypeError | AttributeError) and (found := _METHOD.match(str(error))):
        named = {found["kind"], found["of"]}
    else:
        return None
    try:
        loop = make()
    except Exception:  # then that is what has failed the cell
        return None
    loop.close()
    if named.isdisjoint(kind.__name__ for kind in type(loop).__mro__):
        return None
    return f"{name} lacks a part of what loops of asyncio have ({told(error)}); {REMEDY}"


def _nothing(_: object) -> None:
    """Take a future that is done."""
