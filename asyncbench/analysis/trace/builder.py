"""What is known of a trace's rows, lanes and texts, as its events are read."""

from __future__ import annotations

from array import array

from asyncbench.analysis.trace.model import Text, TimelineRow
from asyncbench.record.events import EventReader
from asyncbench.record.trace import NONE, Trace


class Ledger:
    """What is known of a trace's rows, lanes and texts.

    The arrays are by index of the workload's tasks, in nanoseconds from the batch's beginning,
    `NONE` where it did not come to that: when a task was submitted (with the batch, or in its turn
    at a fixed rate), began and ended. `lane` is the lane it ran in; `cpu` and `delay` are the CPU
    time and the wait for a CPU that the clocks of its thread told, `NONE` where it ran on a loop.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.tasks = count = trace.work.tasks
        self.submitted, self.began, self.ended, self.lane, self.cpu, self.delay = (
            array("q", [NONE]) * count for _ in range(6)
        )
        #: By number of a lane: the process, and in it the thread's native id or the loop's task.
        self.lanes: list[tuple[int, int]] = []
        self._lane_numbers: dict[tuple[int, int], int] = {}
        self._labels: list[str] = []
        self._place = ""
        self._spawned: list[TimelineRow] = []
        self._spawned_numbers: dict[tuple[int, int], int] = {}
        self._texts: dict[tuple[int, int], Text] = {}

    @property
    def rows(self) -> int:
        """How many rows there are: the workload's tasks, by index, then what they have spawned."""
        return self.tasks + len(self._spawned)

    def row(self, number: int) -> TimelineRow:
        """Give a row."""
        if number >= self.tasks:
            return self._spawned[number - self.tasks]
        label = self._labels[number] if number < len(self._labels) else str(number)
        return TimelineRow(label, "task", self.lane[number], self._place)

    def text(self, events: EventReader, number: int) -> Text:
        """Give a text of a process by its number."""
        known = self._texts.get((events.pid, number))
        if known is None:
            its = events.texts.get(number, {})
            known = self._texts[events.pid, number] = Text(
                str(its.get("name", "?")),
                str(its.get("file", "")),
                int(its.get("line", 0)),
                str(its.get("code", "")),
                tuple(its.get("stack", ())),
            )
        return known

    def lane_number(self, pid: int, lane: int) -> int:
        """Give the number of a lane."""
        number = self._lane_numbers.get((pid, lane))
        if number is None:
            number = self._lane_numbers[pid, lane] = len(self.lanes)
            self.lanes.append((pid, lane))
        return number

    def spawned_number(self, pid: int, key: int, label: str, kind: str, place: str = "") -> int:
        """Give the number of the row of what a task has spawned."""
        number = self._spawned_numbers.get((pid, key))
        if number is None:
            number = self._spawned_numbers[pid, key] = self.rows
            self._spawned.append(TimelineRow(label, kind, place=place))
        return number

    def due(self, index: int) -> int:
        """Give when a task was submitted."""
        rate = self.trace.rate
        return round(index / rate * 1e9) if rate else 0
