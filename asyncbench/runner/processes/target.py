"""The runner's handle on a target: the process that it lives in, and the pipes to it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from asyncbench.record.plan import Variant
from asyncbench.runner.processes.failures import CellFailure
from asyncbench.runner.processes.interpreter import GOODBYE_S, ending, environment, python
from asyncbench.runner.processes.output import OutputFile
from asyncbench.worker.channel import LONGEST
from asyncbench.worker.checking import LARGEST

# A target answers in no time; one that is stopped or hangs is not waited for again and again.
ANSWER_S = 5.0
# Its start may import, and make, a lot.
START_S = 60.0


class TargetProcess:
    """A `python -m asyncbench.worker.target_host` and the pipes to it."""

    _started = False

    def __init__(
        self,
        workload: str,
        params: dict[str, Any],
        variant: Variant = Variant(""),  # noqa: B008 - it is frozen
        temporary: Path | None = None,
    ) -> None:
        self._output = OutputFile()
        self._process = subprocess.Popen(
            python("asyncbench.worker.target_host", variant.python),
            env=environment(variant.python, temporary),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._output.fileno(),
            start_new_session=sys.platform != "win32",
        )
        self._end: str | None = None
        self._heard = b""
        try:
            order = {"workload": workload, "params": params, "path": variant.path}
            answer = self._ask(order, START_S)
        except BaseException:
            self.close()
            raise
        self._started = True
        self.address: Any = answer.get("address")
        facts = answer.get("facts")
        self.facts = {str(name): str(each) for name, each in dict(facts or {}).items()}

    def cpu_ns(self) -> int:
        """Return the CPU time, in ns, that the target has used; CellFailure where it has died."""
        return self._number("cpu_ns", {})

    def peak_rss(self) -> int:
        """Return the peak memory of the target's process tree, in bytes."""
        return self._number("peak_rss_bytes", {"memory": True})

    def _number(self, name: str, request: dict[str, Any]) -> int:
        value = self._ask(request, ANSWER_S).get(name)
        if type(value) is not int or not 0 <= value <= LARGEST:
            raise self._broken(f"its target answered {name} = {repr(value)[:40]}")
        return value

    def _broken(self, reason: str) -> CellFailure:
        """Return the failure that whoever asks from now on is told, too."""
        self._end = reason
        return CellFailure(reason, output=self._output.last())

    def close(self) -> None:
        """Hang up, upon which the target stops, and wait until it has."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._output.close()

    def _ask(self, request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if self._end:  # whoever asks again is told the same
            raise CellFailure(self._end, output=self._output.last())
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        line = self._line(time.monotonic() + timeout_s, timeout_s)
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise self._broken(f"its target answered {line[:80]!r}")
        if "failed" in answer:
            what = "died" if self._started else "did not start"
            raise self._broken(f"its target {what}: {answer['failed']}")
        return answer

    def _ended(self) -> str:
        """Return what became of a target that answers no more."""
        try:
            status = self._process.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:  # it lives, and has closed what it answers on
            return "its target hung up"
        return f"its target died ({ending(status, 'its process')})"

    def _line(self, deadline: float, timeout_s: float) -> bytes:
        """Return the next line; it may come in pieces, but not for ever and not without end."""
        assert self._process.stdout is not None
        answers = self._process.stdout.fileno()
        while b"\n" not in self._heard:
            # A pipe cannot be waited for on Windows, where a target that hangs is not noticed.
            if sys.platform != "win32" and not wait(
                [answers], max(0.0, deadline - time.monotonic())
            ):
                raise self._broken(f"its target did not answer within {timeout_s:g} s")
            piece = os.read(answers, 65536)
            if not piece:
                raise self._broken(self._ended())
            self._heard += piece
            if len(self._heard) > LONGEST:
                raise self._broken("its target answered without end")
        line, _, self._heard = self._heard.partition(b"\n")
        return line
