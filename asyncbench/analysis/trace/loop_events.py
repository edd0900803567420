"""What the events of a trace tell of its event loops: their steps, their tasks, who held them."""

from __future__ import annotations

from array import array

from asyncbench.analysis.trace.model import Look
from asyncbench.analysis.trace.records import Records
from asyncbench.analysis.trace.rows import ProcessTexts
from asyncbench.analysis.trace.slices import Record
from asyncbench.record.events import EventKind
from asyncbench.record.trace import Trace


class LoopEvents:
    """Keeps steps, tasks and looks into event loops, in nanoseconds of the batch."""

    def __init__(self, trace: Trace) -> None:
        self.steps = Records("<4q")  # task, ready, began, ended
        self.tasks = Records("<2qib")  # number, created, text, whether it is an executor's own
        self.looks: list[Look] = []
        self._trace = trace
        self._nested = array("q")  # when steps within others began

    def take(self, event: Record, texts: ProcessTexts) -> None:
        """Take in an event."""
        kind, subject, one, two, three, four = event
        zero, end = self._trace.began_ns, self._trace.ended_ns
        if kind in (EventKind.STEP, EventKind.LAST_STEP):
            if zero <= two <= three <= end:
                self.steps.append(subject, max(one, zero) - zero, two - zero, three - zero)
        elif kind in (EventKind.NESTED, EventKind.LAST_NESTED):
            self._nested.append(two - zero)
        elif kind == EventKind.CREATED:
            self.tasks.append(subject, one - zero, texts.place(three), four == 1)
        elif kind == EventKind.HOLD and one >= zero:
            self.looks.append(Look(subject, one - zero, two - zero, texts.text(three)))

    def add_unfinished(self) -> None:
        """Add the steps that held a loop when the batch was given up."""
        held = {look.since: look for look in self.looks}
        for began in self._nested if held else ():
            held.pop(began, None)
        for _, _, began, _ in self.steps if held else ():
            held.pop(began, None)
        for since, look in held.items():
            self.steps.append(look.task, since, since, self._trace.wall_ns)
