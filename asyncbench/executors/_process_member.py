"""A process that makes calls, one at a time, and answers over a pipe: a member of a composition.

Not a pool of one, which has a thread in this process: the next one would be forked beside it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import pickle
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from typing import Any

from asyncbench.core.loading import Files
from asyncbench.core.system import print_by_lines
from asyncbench.errors import first_raised, told
from asyncbench.executors import _pool


class ProcessMember:
    """The parent's end of such a process; a call is sent at once, its result waited for later."""

    def __init__(self, context: BaseContext) -> None:
        self._pipe, theirs = context.Pipe()
        # Ended with its parent: one that never stops it must not wait for it for ever.
        self._process = context.Process(target=_serve, args=(Files(), theirs), daemon=True)  # type: ignore[attr-defined]
        with _pool.starts_by(context.get_start_method()):
            self._process.start()
        theirs.close()

    def submit(self, call: Callable[..., Any], /, *arguments: Any) -> ProcessMember:
        """Send a call."""
        with contextlib.suppress(OSError):  # its result tells
            self._pipe.send((call, arguments))
        return self

    def result(self) -> Any:
        """Wait for what the call returned or raised; RuntimeError where the process is gone."""
        try:
            raised, answer = self._pipe.recv()
        except (EOFError, OSError):
            self._process.join(1)
            raise RuntimeError(
                f"a process of the executor is gone (exit code {self._process.exitcode})"
            ) from None
        if raised:
            raise answer
        return answer

    def shutdown(self) -> None:
        """Tell it to end and wait until it has."""
        # Hanging up is not enough: those that were forked later have this end of the pipe, too.
        with contextlib.suppress(OSError):
            self._pipe.send(None)
        self._pipe.close()
        self._process.join(3)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


def _serve(_: Files, pipe: Connection) -> None:
    print_by_lines()
    # What it runs may start processes of its own: it is daemonic for its parent's end alone.
    multiprocessing.current_process().daemon = False
    while True:
        try:
            asked = pipe.recv()
        except (EOFError, OSError):
            return
        if asked is None:
            return
        call, arguments = asked
        try:
            answer = False, call(*arguments)
        except BaseException as error:
            answer = True, _sendable(error)
        pipe.send(answer)


def _sendable(error: BaseException) -> BaseException:
    """Return an error that survives the way, with where it was raised as a note."""
    error = first_raised(error)
    where = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        error = RuntimeError(told(error))
    error.add_note(where)
    return error
