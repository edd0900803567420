"""Asks a child interpreter what options come to: a user's code is imported there and not here."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from asyncbench.core import catalogue
from asyncbench.core.system import LINUX, end_with_parent
from asyncbench.errors import UsageError
from asyncbench.executors import registry, written
from asyncbench.record.plan import Work
from asyncbench.runner.planning import works
from asyncbench.runner.planning.discovery import Discovery, discover, from_answer
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.processes import interpreter

# Code of the user's is imported to answer, so it may take a while, but not for ever.
ANSWER_S = 120.0


def discovered(options: RunOptions) -> Discovery:
    """Return what the options come to: here where all is built in, else as a child answers.

    Raises UsageError for what does not exist or fit.
    """
    if not _of_users(options):
        return discover(options)
    return ask(options)


def like(work: Work) -> Work:
    """Return a work with what it asks for as its workload says it (`works.like`), likewise.

    Raises UsageError where the workload refuses its parameters.
    """
    named = _of_users(RunOptions(workloads=[work.reference]))
    if not named:
        return works.like(work)
    answer = _asked({"work": dataclasses.asdict(work), "path": []}, named)
    if "error" in answer:
        raise UsageError(answer["error"])
    return Work(**answer["work"])


def offered(reference: str) -> list[dict[str, Any]]:
    """Return what a place of the user's has to measure (`planning.offered`), as a child answers.

    Raises UsageError where it means nothing.
    """
    answer = _asked({"offered": reference, "path": []}, reference)
    if "error" in answer:
        raise UsageError(answer["error"])
    entries: list[dict[str, Any]] = answer["offered"]
    return entries


def ask(
    options: RunOptions, path: Sequence[str] = (), python: str | None = None, who: str = ""
) -> Discovery:
    """Return what a child answers, with `path` first on its import path; `who` begins an error."""
    order = {
        "options": dataclasses.asdict(options) | {"variants": [], "pythons": []},
        "path": list(path),
    }
    answer = _asked(order, _of_users(options), python, who)
    try:
        return from_answer(answer)
    except UsageError as error:
        raise UsageError(f"{who}{error}") from error


def _is_imported(named: str, path: Sequence[str], python: str | None) -> bool:
    """Return whether what is named can be imported by a child, which calls nothing of it."""
    try:
        return "error" not in _asked({"offered": named, "path": path}, named, python)
    except UsageError:
        return False


def _asked(
    order: Mapping[str, Any], named: str, python: str | None = None, who: str = ""
) -> dict[str, Any]:
    """Return what a child answers an order with; it imports what is `named`.

    Whatever the code that it imports does or leaves behind, the child and its process group are
    gone when this returns.
    """
    process = subprocess.Popen(
        interpreter.python("asyncbench.runner.planning.discovery", python),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=interpreter.environment(python),
        # A group of its own, to be ended as one; Ctrl-C comes here and ends it from here.
        start_new_session=sys.platform != "win32",
        # A runner that is killed takes along what it imports from.
        preexec_fn=end_with_parent(signal.SIGKILL) if LINUX else None,
    )
    try:
        answer = _answer(process, json.dumps(order))
    finally:
        _end(process)
    if answer is None:
        raise UsageError(f"{who}importing {named} took more than {ANSWER_S:g} s")
    try:
        answered: dict[str, Any] = json.loads(answer)
    except ValueError:
        ended = interpreter.ending(process.returncode, "the process that imported it")
        if "options" in order and _is_imported(named, order["path"], python):
            calls = interpreter.ending(process.returncode, "the process that called it")
            raise UsageError(
                f"{who}{named} cannot be measured: {calls}, so nothing can run it twice; have it "
                "return or raise, or measure a whole program: asyncbench run --command NAME=COMMAND"
            ) from None
        raise UsageError(
            f"{who}{named or 'the work'} cannot be asked: {ended} before it answered"
        ) from None
    return answered


def _of_users(options: RunOptions) -> str:
    """Return the references that take code of a user's to be looked up; '' where there is none."""
    named = [each for each in options.workloads if not each.startswith(f"{catalogue.BUILT_IN}.")]
    known = {*catalogue.built_in(), *catalogue.groups(), catalogue.ALL}
    executors = [each for each in options.executors or () if not registry.is_ours(each)]
    theirs = [each for each in named if each not in known]
    theirs += [written.read(each).name for each in executors]
    return ", ".join(dict.fromkeys(theirs))


def _answer(process: subprocess.Popen[str], order: str) -> str | None:
    """Return the line that a child answers an order with; None where it takes too long."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):  # it is gone already, which its silence tells
        process.stdin.write(order + "\n")
        process.stdin.close()
    heard: list[str] = []

    def listen() -> None:
        assert process.stdout is not None
        # One line and not the end: what imported code started may hold the pipe for ever.
        with contextlib.suppress(OSError, ValueError):
            heard.append(process.stdout.readline())

    # A pipe cannot be waited for on Windows.
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    listener.join(ANSWER_S)
    if heard and not heard[0]:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(interpreter.GOODBYE_S)
    return heard[0] if heard else None


def _end(process: subprocess.Popen[str]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        # The child may be gone while others of its group are not.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    status = process.poll()
    process.wait()
    process.returncode = status if status is not None else process.returncode
    with contextlib.suppress(OSError):
        assert process.stdout is not None
        process.stdout.close()
