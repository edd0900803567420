"""Where the events of an instrumented batch go: to a log, or into sums."""

from __future__ import annotations

from typing import Any, Protocol

from asyncbench.record.events import StepWriter


class EventSink(Protocol):
    """Takes events as they happen, from any thread; `record.events.EventKind` lists the kinds.

    All times are `perf_counter_ns`.
    """

    @property
    def folder(self) -> str:
        """Where other processes of the batch keep their event logs; empty where they need none."""

    def number(self, key: Any, **text: Any) -> int:
        """Return the number by which events name a text."""

    def batch(self, began: int, ended: int = 0, lanes: int = 0) -> None:
        """Take when the batch began and ended, and over how many lanes it is."""

    def task(self, number: int, created: int, parent: int, text: int, *, own: bool) -> None:
        """Take a new task of a loop; `own`: it is an executor's."""

    def callback(self, number: int, ready: int, text: int) -> None:
        """Take a callback that begins to run, as a task of its own with one step."""

    def steps_of(self, task: int) -> StepWriter:
        """Return what takes the steps of a task, except for its last."""

    def last_step(self, task: int, ready: int, began: int, ended: int, text: int = 0) -> None:
        """Take the step in which a task ends."""

    def nested_step(self, task: int, created: int, began: int, ended: int, *, last: bool) -> None:
        """Take the step of a task that was started eagerly, within another's."""

    def timer_due(self, task: int, due: int) -> None:
        """Note when the timer that a task's next step waited for was due."""

    def hold(self, task: int, since: int, seen: int, text: int) -> None:
        """Note that a task was seen to hold its loop; the text is its stack."""

    def thread(self, thread: int, lane: int, started: int, text: int) -> None:
        """Take a thread that a lane has started, by its native id."""

    def begin(self, index: int, lane: int, time: int, used: int = 0, delay: int = 0) -> None:
        """Note that a task of the workload begins, and its thread's CPU time and run delay."""

    def end(self, index: int, lane: int, time: int, used: int = 0, delay: int = 0) -> None:
        """Note that a task of the workload has ended."""


class Nowhere:
    """Takes everything and keeps nothing: what a watch that is over leaves in its place."""

    def __getattr__(self, name: str) -> Any:
        return _nothing


def _nothing(*_: Any, **__: Any) -> Any:
    return _nothing
