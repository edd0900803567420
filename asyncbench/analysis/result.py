"""A run with what follows from it: summed up and judged once, whoever asks and however often."""

from __future__ import annotations

from functools import cached_property

from asyncbench.analysis.judgement import Judgement
from asyncbench.analysis.summary import Summary
from asyncbench.analysis.verdict import judge
from asyncbench.record.run import Run


class Result:
    """A run and its judgement, which is made when it is first asked for.

    The run must not change from then on: whoever goes on measuring makes a new result.
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    @cached_property
    def summary(self) -> Summary:
        """The cells in numbers, and the paired times that verdicts are made of."""
        return Summary(self.run)

    @cached_property
    def judgements(self) -> list[Judgement]:
        """A judgement a work, in the plan's order."""
        return judge(self.summary)
