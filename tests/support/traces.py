"""Traces made by hand: the events that a worker would write, at times that are told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from asyncbench.analysis.trace.builder import TimelineBuilder
from asyncbench.analysis.trace.timeline import Timeline
from asyncbench.record.events import EventLog
from asyncbench.record.plan import Cell, Work
from asyncbench.record.trace import Seen, ThreadState, Trace

MS = 1_000_000
ZERO = 1_000_000_000_000  # when each batch begins


class Script:
    """Writes a trace; all times are milliseconds from the batch's beginning."""

    def __init__(self, folder: Path, tasks: int = 2, **work: Any) -> None:
        settings = {"wait_s": 0.0, "cpu_s": 0.0, **work}
        self.work = Work("wait", "fake:Wait", {}, tasks, tasks, **settings)
        self.folder = folder
        self.spool = EventLog(str(folder))
        self.threads: dict[int, Seen] = {}
        labels = [f"t{index}" for index in range(tasks)]
        self.spool.number("labels", labels=labels, place="Wait.atask (fake.py:7)")

    def made(self, task: int, at: float = 0, parent: int = 0, name: str = "", own: int = 1) -> None:
        text = self.spool.number(("made", name), name=name or "work", file="/fake.py", line=1)
        self.spool.task(task, _ns(at), parent, text, own=bool(own))

    def step(
        self, task: int, ready: float, began: float, ended: float, *, last: bool = False,
        awaited: str = "", due: float | None = None,
    ) -> None:  # fmt: skip
        if due is not None:
            self.spool.timer_due(task, _ns(due))
        text = self.spool.number(awaited, name=awaited, file="/fake.py", line=9) if awaited else 0
        times = _ns(ready), _ns(began), _ns(ended)
        if last:
            self.spool.last_step(task, *times, text)
        else:
            self.spool.steps_of(task)(*times, text)

    def begin(self, index: int, lane: int, at: float, cpu: float = 0, delay: float = 0) -> None:
        self.spool.begin(index, lane, _ns(at), int(cpu * MS), int(delay * MS))

    def end(self, index: int, lane: int, at: float, cpu: float = 0, delay: float = 0) -> None:
        self.spool.end(index, lane, _ns(at), int(cpu * MS), int(delay * MS))

    def hold(self, task: int, since: float, seen: float, line: int, code: str = "") -> None:
        text = self.spool.number(
            ("hold", line), name="fetch", file="/app.py", line=line, code=code, stack=["app.py:1"]
        )
        self.spool.hold(task, _ns(since), _ns(seen), text)

    def seen(self, thread: int, *changes: tuple[float, ThreadState]) -> None:
        seen = self.threads[thread] = Seen(os.getpid(), "python")
        for at, state in changes:
            seen.add(_ns(at), state)

    def trace(
        self, wall: float, family: str = "cooperative", executor: str = "asyncio",
        startup: float = 0, lanes: int = 0, **settings: Any,
    ) -> Trace:  # fmt: skip
        form = "cooperative" if family == "cooperative" else "blocking"
        return Trace(
            self.work,
            Cell(0, 0, executor, executor, family, settings.pop("form", form)),
            self.folder,
            threshold_ns=10 * MS,
            pid=os.getpid(),
            began_ns=ZERO,
            ended_ns=_ns(wall),
            startup_ns=int(startup * MS),
            lanes=lanes or self.work.tasks,
            threads=self.threads,
            resolution_ns=MS // 2 if self.threads else None,
            **settings,
        )


def timeline_of(trace: Trace) -> Timeline:
    return TimelineBuilder(trace).build()


def _ns(milliseconds: float) -> int:
    return ZERO + round(milliseconds * MS)
