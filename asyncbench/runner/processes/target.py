"""The runner's handle on a target: the process that it lives in, and the pipes to it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from asyncbench.record.plan import Variant
from asyncbench.runner.processes.failures import CellFailure
from asyncbench.runner.processes.interpreter import GOODBYE_S, ending, environment, python
from asyncbench.runner.processes.output import OutputFile

# A target answers in no time; one that is stopped or hangs is not waited for again and again.
ANSWER_S = 5.0


class TargetProcess:
    """A `python -m asyncbench.worker.target_host` and the pipes to it."""

    _started = False

    def __init__(
        self,
        workload: str,
        params: dict[str, Any],
        variant: Variant = Variant(""),  # noqa: B008 - it is frozen
        timeout_s: float = 60.0,
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
            text=True,
            bufsize=1,
        )
        self._end: str | None = None
        try:
            order = {"workload": workload, "params": params, "path": variant.path}
            answer = self._ask(order, timeout_s)
        except BaseException:
            self.close()
            raise
        self._started = True
        self.address: Any = answer["address"]
        self.facts: dict[str, str] = answer["facts"]

    def cpu_ns(self) -> int:
        """Return the CPU time, in ns, that the target has used; CellFailure where it has died."""
        used: int = self._ask({}, ANSWER_S)["cpu_ns"]
        return used

    def peak_rss(self) -> int:
        """Return the peak memory of the target's process tree, in bytes."""
        peak: int = self._ask({"memory": True}, ANSWER_S)["peak_rss_bytes"]
        return peak

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
            self._process.stdin.write(json.dumps(request) + "\n")
        # A pipe cannot be waited for on Windows, where a target that hangs is not noticed.
        if sys.platform != "win32" and not wait([self._process.stdout.fileno()], timeout_s):
            self._end = f"its target did not answer within {timeout_s:g} s"
            raise CellFailure(self._end, output=self._output.last())
        line = self._process.stdout.readline()
        if not line:
            self._end = f"its target died ({ending(self._process.wait(), 'its process')})"
            raise CellFailure(self._end, output=self._output.last())
        answer: dict[str, Any] = json.loads(line)
        if "failed" in answer:
            what = "died" if self._started else "did not start"
            self._end = f"its target {what}: {answer['failed']}"
            raise CellFailure(self._end, output=self._output.last())
        return answer
