"""What is known so far of a timeline's rows, lanes and texts, while its events are read."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from asyncbench.analysis.trace.model import Text, TimelineRow, task_label
from asyncbench.record.event_reader import EventReader
from asyncbench.record.trace import NONE, Trace


class RowTable:
    """Rows and lanes so far; the arrays are those of a `Timeline`, and `NONE` at first."""

    def __init__(self, trace: Trace, processes: Sequence[EventReader]) -> None:
        self.tasks = count = trace.work.tasks
        self.submitted, self.began, self.ended, self.lane, self.cpu, self.delay = (
            array("q", [NONE]) * count for _ in range(6)
        )
        self.lanes: list[tuple[int, int]] = []
        self.labels: list[str] = []
        self.place = ""
        self.spawned: list[TimelineRow] = []
        self._lane_numbers: dict[tuple[int, int], int] = {}
        self._spawned_numbers: dict[tuple[int, int], int] = {}
        for events in processes:
            for text in events.texts.values():
                if "labels" in text:
                    self.labels, self.place = list(text["labels"]), str(text["place"])

    def label(self, number: int) -> str:
        """Return the label of a row."""
        if number >= self.tasks:
            return self.spawned[number - self.tasks].label
        return task_label(self.labels, number)

    def lane_number(self, pid: int, lane: int) -> int:
        """Return the number of a lane, which is a new one where it is first seen."""
        number = self._lane_numbers.get((pid, lane))
        if number is None:
            number = self._lane_numbers[pid, lane] = len(self.lanes)
            self.lanes.append((pid, lane))
        return number

    def spawned_number(self, pid: int, key: int, label: str, kind: str, place: str = "") -> int:
        """Return the number of the row of what a task has spawned; a new key gets a new row."""
        number = self._spawned_numbers.get((pid, key))
        if number is None:
            number = self._spawned_numbers[pid, key] = self.tasks + len(self.spawned)
            self.spawned.append(TimelineRow(label, kind, place=place))
        return number


class ProcessTexts:
    """The texts of one process by their numbers there; `table` is that of all processes."""

    def __init__(self, events: EventReader, table: list[Text]) -> None:
        self._raw = events.texts
        self._table = table
        self._places: dict[int, int] = {}

    def place(self, number: int) -> int:
        """Return where in the table a text is."""
        place = self._places.get(number)
        if place is None:
            place = self._places[number] = len(self._table)
            raw = self._raw.get(number, {})
            text = Text(
                str(raw.get("name", "?")),
                str(raw.get("file", "")),
                int(raw.get("line", 0)),
                str(raw.get("code", "")),
                tuple(raw.get("stack", ())),
            )
            self._table.append(text)
        return place

    def text(self, number: int) -> Text:
        """Return a text by its number."""
        return self._table[self.place(number)]
