"""Events summed up as they happen: what a run wants to know of a loop, in little room."""

from __future__ import annotations

from array import array
from functools import partial
from time import thread_time_ns
from typing import Any

from asyncbench.core.system import run_delay_ns
from asyncbench.record.events import EventLog, ReadyTimes, StepWriter, code_place
from asyncbench.stats.fairness import lanes_of
from asyncbench.stats.quantiles import quantile
from asyncbench.worker.instrument import places

# A step that is as long as this may have lost the CPU on the way, which is looked up as often.
LOOK_NS = 1_000_000


class LoopStats:
    """An `EventSink` that keeps how long steps held the loop, and how long they waited for it.

    While others have the CPU that a step wants, it is not the step that holds the loop: such time
    is none of its own (Linux; elsewhere it cannot be told apart).
    Tasks of the workload can end in several processes, so where their order is wanted the ends go
    to the event log `ends`.
    """

    def __init__(self, threshold_ns: int, ends: EventLog | None = None) -> None:
        self._threshold = threshold_ns
        self._ends = ends
        self.folder = ends.folder if ends else ""
        self._texts: dict[Any, int] = {}
        self._by_number: dict[int, dict[str, Any]] = {}
        self._created: dict[int, int] = {}
        self._stacks: dict[int, dict[int, int]] = {}
        self._ready_times = ReadyTimes()
        self._forget()
        self._cpu_ns: tuple[int, int | None] = (0, None)
        self._looked_ns = 0
        self._late_ns: int | None = None  # the run delay then
        self.began_ns = 0
        self.used_ns: int | None = None
        self.delay_ns: int | None = None

    def _forget(self) -> None:
        """Begin all sums: what came before the batch is not its own."""
        self._lanes: dict[int, int] = {}
        self._longest = (0, 0, 0)  # how long, since when, text of the task
        self.holds, self.lags, self.durations = array("q"), array("q"), array("q")
        self._begun: dict[int, int] = {}
        self._left: dict[int, int] = {}  # by task, when it began to wait
        self._waits: dict[int, int] = {}  # by text of what was waited for long
        self._waited_ns = 0
        self.held_ns = self.blocked_ns = self.suspends = self.spawned = 0

    def number(self, key: Any, **text: Any) -> int:
        """Return the number of a text."""
        found = self._texts.setdefault(key, len(self._texts) + 1)
        self._by_number[found] = text
        return found

    def batch(self, began: int, ended: int = 0, lanes: int = 0) -> None:
        """Read what the thread that runs the loop uses, before the batch and after it."""
        self._lost(ended or began)
        used, late = thread_time_ns(), self._late_ns
        if not ended:
            self._forget()
            self.began_ns, self._cpu_ns = began, (used, late)
            return
        used_before, late_before = self._cpu_ns
        self.used_ns = used - used_before
        if late is not None and late_before is not None:
            self.delay_ns = max(0, late - late_before)

    def _lost(self, now: int) -> int:
        """Return for how long others have had the CPU since this was last asked."""
        before, self._late_ns, self._looked_ns = self._late_ns, run_delay_ns(), now
        return 0 if before is None or self._late_ns is None else max(0, self._late_ns - before)

    def task(self, number: int, created: int, parent: int, text: int, *, own: bool) -> None:
        """Take a new task; an executor's own lanes have no name to tell."""
        if not own:
            self._created[number] = text
            self.spawned += 1

    def callback(self, number: int, ready: int, text: int) -> None:
        """Take a callback that begins to run."""
        self._created[number] = text

    def steps_of(self, task: int) -> StepWriter:
        """Return what takes the steps of a task, except for its last."""
        return partial(self._suspended, task)

    def last_step(self, task: int, ready: int, began: int, ended: int, text: int = 0) -> None:
        """Take the step in which a task ends."""
        self._step(task, ready, began, ended)
        self._waited(task, ready, text)
        self._left.pop(task, None)
        self._created.pop(task, None)

    def nested_step(self, task: int, created: int, began: int, ended: int, *, last: bool) -> None:
        """Take a step that is part of another's, which holds the loop for both."""
        self._ready_times.of_step(task, created, ended)
        if last:
            self._created.pop(task, None)

    def timer_due(self, task: int, due: int) -> None:
        """Note when the timer that a task's next step waited for was due."""
        self._ready_times.timer_due(task, due)

    def hold(self, task: int, since: int, seen: int, text: int) -> None:
        """Take the stack of a step that was seen to hold the loop."""
        stacks = self._stacks.setdefault(since, {})
        stacks[text] = stacks.get(text, 0) + 1

    def thread(self, thread: int, lane: int, started: int, text: int) -> None:
        """Take a thread that a lane has started, which is nothing to the loop."""

    def begin(self, index: int, lane: int, time: int, used: int = 0, delay: int = 0) -> None:
        """Note that a lane begins a task of the workload."""
        self._lanes[lane] = self._lanes.get(lane, 0) + 1
        self._begun[index] = time

    def end(self, index: int, lane: int, time: int, used: int = 0, delay: int = 0) -> None:
        """Note that a task of the workload has ended."""
        began = self._begun.pop(index, 0)
        if began:
            self.durations.append(time - began)
        if self._ends:
            self._ends.end(index, lane, time, used, delay)

    def _suspended(self, task: int, ready: int, began: int, ended: int, text: int) -> None:
        self.suspends += 1
        self._step(task, ready, began, ended)
        self._waited(task, ready, text)
        self._left[task] = ended

    def _waited(self, task: int, ready: int, text: int) -> None:
        since = self._left.get(task)
        if since is None or ready <= since:
            return
        self._waited_ns += ready - since
        if text:
            self._waits[text] = self._waits.get(text, 0) + ready - since

    def _step(self, task: int, ready: int, began: int, ended: int) -> None:
        held = ended - began
        if ended - self._looked_ns >= LOOK_NS:
            lost = self._lost(ended)
            held -= min(held, lost) if held >= LOOK_NS else 0
        self.holds.append(held)
        self.lags.append(max(0, began - self._ready_times.of_step(task, ready, ended)))
        self.held_ns += held
        if held >= self._threshold:
            self.blocked_ns += held
        if held > self._longest[0]:
            self._longest = held, began, self._created.get(task, 0)

    def by(self, otherwise: str) -> str:
        """Return where the longest step was: the line it was seen in, else its code's first line.

        `otherwise` is returned for the step of a lane: the workload's own place.
        """
        _, since, created = self._longest
        seen = self._stacks.get(since)
        text = self._by_number.get(max(seen, key=seen.__getitem__) if seen else created)
        if text is None:
            return otherwise
        return code_place(text["name"], text["file"], text["line"])

    def figures(self, lanes: int) -> dict[str, Any]:
        """Return what a run records of it; `lanes` counts those without tasks, too."""
        idle = [0] * (lanes - len(self._lanes))
        fair = lanes_of([*self._lanes.values(), *idle])
        return {
            "jain": fair.index,
            "starved": len(fair.starved),
            "held_ns": self.held_ns,
            "longest_ns": self._longest[0],
            "blocked_ns": self.blocked_ns,
            "hold_p99_ns": quantile(self.holds, 0.99),
            "lag_p99_ns": quantile(self.lags, 0.99),
            "lag_max_ns": max(self.lags, default=0),
            "steps": len(self.holds),
            "suspends": self.suspends,
            "spawned": self.spawned,
            "task_p50_ns": quantile(self.durations, 0.5),
            "task_max_ns": max(self.durations, default=0),
            "used_ns": self.used_ns,
            "delay_ns": self.delay_ns,
            "waited_ns": self._waited_ns,
            **self._queued(),
        }

    def _queued(self) -> dict[str, Any]:
        """Return at which lock or queue tasks waited for one another longest, and for how long."""
        texts = self._by_number
        found = {
            text: ns for text, ns in self._waits.items() if texts[text]["name"] in places.QUEUES
        }
        if not found:
            return {"queued_ns": 0, "queued": ""}
        most = max(found, key=found.__getitem__)
        text = texts[most]
        place = code_place(text["name"], text["file"], text["line"])
        return {"queued_ns": found[most], "queued": place}
