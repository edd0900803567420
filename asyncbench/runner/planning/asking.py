"""Asks a child interpreter what options come to: a user's code is imported there and not here."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from asyncbench.core import callables, catalogue
from asyncbench.core.loading import BUILT_IN
from asyncbench.core.system import LINUX, end_with_parent
from asyncbench.errors import UsageError
from asyncbench.executors import registry, written
from asyncbench.record.plan import Work
from asyncbench.runner.planning import broken, last_words, works
from asyncbench.runner.planning.discovery import Discovery, discover, from_answer
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.processes import interpreter

# Code of the user's is imported to answer, so it may take a while, but not for ever.
ANSWER_S = 60.0
# Whatever a sample may take: a call that hangs is found out by a look of its own.
LEAST_ANSWER_S = 2 * callables.PROBE_S
# What is done with it, by what a note says.
DOING = {"imported": "importing", "asked": "asking", "called": "calling"}


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
    """Return what a child answers, with `path` first on its import path; `who` begins an error.

    Works and executors whose code fails are `broken` where there are others that can go on.
    """
    lost: dict[str, dict[str, str]] = {works.WORKLOAD: {}, works.EXECUTOR: {}}
    given = {works.WORKLOAD: options.workloads, works.EXECUTOR: options.executors or ()}
    while True:
        left = [each for each in options.workloads if each not in lost[works.WORKLOAD]]
        order = {
            "options": dataclasses.asdict(replace(options, workloads=left))
            | {"variants": [], "pythons": []},
            "path": list(path),
            "lost": lost[works.EXECUTOR],
        }
        answer = _asked(order, _of_users(options), python)
        kind, reference = answer.get("broken") or ("", "")
        others = {*given.get(kind, ())} - lost.get(kind, {}).keys() - {reference}
        # Every version has the same works.
        alone = not others or (kind == works.WORKLOAD and bool(path or python))
        if not kind or alone or reference in lost[kind]:
            break
        lost[kind][reference] = answer["error"]
    try:
        found = from_answer(answer)
    except UsageError as error:
        raise UsageError(f"{who}{error}") from error
    added = [broken.work(each, why, options) for each, why in lost[works.WORKLOAD].items()]
    nothing: list[str | None] = [None] * len(found.chosen)
    return replace(
        found,
        works=[*found.works, *added],
        lacking=[*found.lacking, *(nothing for _ in added)],
        functions=[*found.functions, *("" for _ in added)],
    )


def _asked(order: Mapping[str, Any], named: str, python: str | None = None) -> dict[str, Any]:
    """Return what a child answers an order with; it imports what is `named`.

    Whatever the code that it imports does or leaves behind, the child and its process group are
    gone when this returns. What keeps it from answering is an `error`, and `broken` then has what
    it was about to do with which code.
    """
    patience = max(LEAST_ANSWER_S, order.get("options", {}).get("timeout_s") or ANSWER_S)
    with tempfile.TemporaryDirectory(prefix="asyncbench-") as folder:
        words = str(Path(folder) / "words")
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
            notes, answer = _answers(process, json.dumps({**order, "words": words}), patience)
        finally:
            _end(process)
        if answer:
            return answer
        kind, reference, done = notes[-1] if notes else ("", named or "the work", "imported")
        place = last_words.where(words)
    ended = interpreter.ending(process.returncode, f"the process that {done} it")
    if answer is None:
        error = (
            f"{DOING[done]} {reference} took more than {patience:g} s{place}; if it only takes "
            "that long: more --timeout"
        )
    elif done == "called":
        error = (
            f"{reference} cannot be measured: {ended}{place}, so nothing can run it twice; have it "
            "return or raise, or measure a whole program: asyncbench run --command NAME=COMMAND"
        )
    else:
        error = f"{reference} cannot be asked: {ended} before it answered{place}"
    return {"error": error} | ({"broken": [kind, reference]} if kind else {})


def _of_users(options: RunOptions) -> str:
    """Return the references that take code of a user's to be looked up; '' where there is none."""
    named = [each for each in options.workloads if not each.startswith(f"{BUILT_IN}.")]
    known = {*catalogue.built_in(), *catalogue.groups(), catalogue.ALL}
    executors = [each for each in options.executors or () if not registry.is_ours(each)]
    theirs = [each for each in named if each not in known]
    theirs += [written.read(each).name for each in executors]
    return ", ".join(dict.fromkeys(theirs))


def _answers(
    process: subprocess.Popen[str], order: str, patience: float
) -> tuple[list[list[str]], dict[str, Any] | None]:
    """Return the notes that a child makes on its way, and what it answers an order with.

    That is {} where it ends without, and None where it takes longer than `patience`, in seconds.
    """
    assert process.stdin is not None
    with contextlib.suppress(OSError):  # it is gone already, which its silence tells
        process.stdin.write(order + "\n")
        process.stdin.close()
    heard: list[dict[str, Any]] = []

    def listen() -> None:
        assert process.stdout is not None
        # To the answer and not to the end: what imported code started may hold the pipe for ever.
        with contextlib.suppress(OSError, ValueError):
            while not heard or "at" in heard[-1]:
                heard.append(json.loads(process.stdout.readline() or "{}"))

    # A pipe cannot be waited for on Windows.
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    listener.join(patience)
    *_, last = ({"at": []}, *heard)
    notes = [each["at"] for each in heard if "at" in each]
    if "at" in last:
        if process.poll() is None:
            last_words.ask(process.pid)
        return notes, None
    if not last:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(interpreter.GOODBYE_S)
    return notes, last


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
