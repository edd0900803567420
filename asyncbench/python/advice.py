"""What Python callers get of an advice: its paragraph, and the executors that it names."""

from __future__ import annotations

from functools import cached_property

from asyncbench.analysis import advice as analysis
from asyncbench.analysis.prediction import Prediction
from asyncbench.python import shown
from asyncbench.python.result import Result
from asyncbench.report import advice as report
from asyncbench.report.text import wrap


class Advice:
    """What to run a function on. It prints as a paragraph; `result` is the run it rests on."""

    def __init__(self, result: Result, predicted: Prediction) -> None:
        self.result = result
        self._predicted = predicted

    @cached_property
    def _found(self) -> analysis.Advice:
        return analysis.advise(self.result, self._predicted)

    @property
    def executors(self) -> list[str]:
        """The executors to choose from: one, several too close to matter, none if not told."""
        told = self._found.told is not analysis.Told.CANNOT_TELL
        return [row.name for row in self._found.best] if told else []

    @property
    def at_once(self) -> int | None:
        """How many tasks to have in flight at once; None where that makes no difference."""
        return self._found.at_once if self._found.told is analysis.Told.USE else None

    @property
    def sentences(self) -> list[str]:
        """The answer first, then what it rests on and what in the code stands in the way."""
        return [shown.in_python(each) for each in report.sentences(self._found)]

    def __repr__(self) -> str:
        """Return the advice as a paragraph a sentence."""
        return "\n".join(wrap(each, shown.width()) for each in self.sentences)

    def _repr_html_(self) -> str:
        return shown.preformatted(repr(self)) + self.result._repr_html_()
