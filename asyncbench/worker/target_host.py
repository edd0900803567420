"""The process that a target lives in: it serves until its runner hangs up."""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from typing import Any, NoReturn, TextIO

from asyncbench.core import catalogue, loading
from asyncbench.core.system import print_by_lines
from asyncbench.core.target import Target
from asyncbench.errors import told
from asyncbench.worker import guard
from asyncbench.worker.usage import Meter


def main() -> None:
    """Read which workload's target to serve from stdin, serve it, answer on stdout.

    The first line in names the workload; the first line out is the address. From then on every
    line in is answered with the CPU time used (and the peak of memory, if asked), and the end of
    stdin ends the process.
    """
    # Where processes cannot be forked there is none.
    watched = guard.guarded(sys.stdin.fileno()) if hasattr(os, "fork") else None
    # What the target prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    print_by_lines()
    order = json.loads(sys.stdin.readline())
    loading.start_from(os.getcwd())  # noqa: PTH109
    loading.prefer(order["path"])
    try:
        target = catalogue.build(order["workload"], order["params"]).target()
        if target is None:
            raise TypeError("the workload has no target")  # noqa: TRY301

        ready = _Ready(target, answers)

        threading.Thread(target=_watch, args=(target, answers), daemon=True).start()
        if watched is not None:
            threading.Thread(target=_outlive, args=(target, watched), daemon=True).start()
        target.serve(ready)
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        answers.write(json.dumps({"failed": told(error)}) + "\n")
        sys.exit(1)


class _Ready:
    """Tells the runner where a target listens, once."""

    def __init__(self, target: Target, answers: TextIO) -> None:
        self._target = target
        self._answers = answers
        self._told = False

    def __call__(self, address: Any) -> None:
        if self._told:  # the runner would take it for the answer to whatever it asks next
            raise RuntimeError("ready was called a second time")
        self._told = True
        facts = self._target.describe()
        self._answers.write(json.dumps({"address": address, "facts": facts}) + "\n")


def _watch(target: Target, answers: Any) -> NoReturn:
    meter = Meter()
    while request := sys.stdin.readline():
        answer = {"cpu_ns": target.cpu_ns()}
        if json.loads(request).get("memory"):
            answer["peak_rss_bytes"] = meter.peak_rss()
        answers.write(json.dumps(answer) + "\n")
    target.stop()
    os._exit(0)


def _outlive(target: Target, watched: int) -> NoReturn:
    """End in the guard's place, should it be killed."""
    os.read(watched, 1)
    target.stop()
    guard.end_below()
    os._exit(0)


if __name__ == "__main__":
    main()
