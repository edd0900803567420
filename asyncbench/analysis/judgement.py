"""What a run comes to: a judgement a work, a row a cell, with what can be said of each."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal

from asyncbench.analysis.ideal import Ideal
from asyncbench.analysis.summary import Figures
from asyncbench.record.lines import LoopObservation, MeasuredDemand, TargetStarted, TargetUsage
from asyncbench.record.plan import Cell, Work
from asyncbench.stats.intervals import Interval

# Of a point of a sweep: who is best of all, or which side is.
Question = Literal["", "best", "side"]
# What is told apart by no more than this, as far as is known, is told apart narrowly.
NARROW = 1.1


class Status(enum.StrEnum):
    """What became of a cell."""

    OK = "ok"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"
    UNEQUAL = "unequal work"
    NOT_MEASURED = "not measured"
    WITH_GIL = "had the GIL on again"

    @property
    def is_trouble(self) -> bool:
        """Whether something went wrong: a cell that cannot run here is no trouble."""
        return self not in (Status.OK, Status.UNAVAILABLE, Status.WITH_GIL)


class Verdict(enum.StrEnum):
    """What can be said of one cell's time beside another's."""

    WINS = "wins"
    TIES = "ties"
    LOSES = "loses"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Within:
    """A row beside the baseline of its own interpreter; `ratio` is of their times."""

    reference: Row
    ratio: Interval | None
    verdict: Verdict


@dataclass(slots=True)
class Row:
    """One cell, judged against the baseline of its work, or a variant against the first.

    `called` is how it is named in a sentence, where that is not by its executor.
    `why` explains any status but `OK`. `ratio` is time over the time of `reference`, the row that
    this one is judged against. Where interpreters are compared, that is its executor under the
    first of them, and `within` is the row beside the baseline of its own.
    """

    cell: Cell
    status: Status = Status.OK
    why: str = ""
    figures: Figures | None = None
    ratio: Interval | None = None
    verdict: Verdict | None = None
    is_baseline: bool = False
    reference: Row | None = None
    called: str = ""
    within: Within | None = None

    @property
    def ok(self) -> bool:
        """Whether there is something to judge."""
        return self.status is Status.OK

    @property
    def time_s(self) -> float:
        """The seconds that a batch takes, infinite where nothing was measured: to sort by."""
        return self.figures.time.estimate if self.figures else inf

    @property
    def facts(self) -> dict[str, Any]:
        """What the executor states of itself, without what is the same for all of a run."""
        facts = self.figures.facts if self.figures else {}
        shared = {"python", "switch interval", "gil", "state", "start_ns", "started"}
        shared.add(self.cell.executor)
        return {name: value for name, value in facts.items() if name not in shared}

    @property
    def name(self) -> str:
        """How the row is called in a sentence: its executor, with its variant where it has one."""
        cell = self.cell
        if self.called:
            return self.called
        return f"{cell.executor} ({cell.variant})" if cell.variant else cell.executor


@dataclass(slots=True)
class Contest:
    """The best cooperative cell against the best preemptive one; `ratio` is of their times.

    Where a run has variants these are of the first, which the others are judged against.
    """

    cooperative: Row | None
    preemptive: Row | None
    ratio: Interval | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Rival:
    """A row beside the quickest of its work; `ratio` is its time over the quickest's."""

    row: Row
    ratio: Interval | None
    verdict: Verdict

    @property
    def is_slower(self) -> bool:
        """Whether it is shown to be slower, be it by less than matters."""
        return told_apart(self.verdict, self.ratio)


def told_apart(verdict: Verdict | None, ratio: Interval | None) -> bool:
    """Return whether two times differ: beyond the margin, or so that the interval leaves out 1.

    Of the latter it is known which is quicker, and not whether by as much as matters.
    """
    if verdict in (Verdict.WINS, Verdict.LOSES):
        return True
    return (
        verdict is Verdict.INCONCLUSIVE and ratio is not None and not ratio.low <= 1 <= ratio.high
    )


def is_narrow(ratio: Interval) -> bool:
    """Return whether two times differ by little as far as is known, whatever is known for sure."""
    return max(ratio.estimate, 1 / ratio.estimate) <= NARROW


def is_open(verdict: Verdict | None, ratio: Interval | None) -> bool:
    """Return whether it is not yet told which of two times is the shorter, or that they tie."""
    return verdict is Verdict.INCONCLUSIVE and not told_apart(verdict, ratio)


@dataclass(frozen=True, slots=True)
class Lead:
    """The quickest row of a work, and all others beside it, the nearest first."""

    best: Row
    rivals: Sequence[Rival]

    @property
    def next(self) -> Rival:
        """The nearest of the others."""
        return self.rivals[0]

    @property
    def level_with(self) -> list[Rival]:
        """Those that are as quick, within the margin."""
        return [each for each in self.rivals if each.verdict is Verdict.TIES]

    @property
    def open(self) -> list[Rival]:
        """Those of which it cannot be told whether they are slower."""
        return [each for each in self.rivals if is_open(each.verdict, each.ratio)]


@dataclass(frozen=True, slots=True)
class Matrix:
    """What is known of executors by interpreters: who is best under each, by its name.

    `baseline` is the executor that ratios within an interpreter refer to, '' where none ran
    under all; `free` are the interpreters without the GIL; `releases` has each one's version.
    """

    baseline: str
    free: frozenset[str]
    leads: dict[str, Lead]
    releases: dict[str, str]


@dataclass(frozen=True, slots=True)
class ControlResult:
    """What came of measuring one cell as a twin of itself; `ratio` covers 1 on a quiet machine.

    `name` is that of its row; of commands beside each other `executor` is the command.
    """

    name: str
    executor: str
    ratio: Interval | None
    told_apart: bool


@dataclass(slots=True)
class Judgement:
    """One work's table; `functions`: its variants are functions beside each other, or `commands`.

    `asks` is what its run is to tell of it, '' for all that it can.
    """

    number: int
    work: Work
    rows: list[Row]
    ideal: Ideal
    baseline: Row | None
    contest: Contest
    lead: Lead | None = None
    control: ControlResult | None = None
    withheld: str = ""
    observations: dict[int, LoopObservation] = field(default_factory=dict)
    demanded: MeasuredDemand | None = None
    target: TargetStarted | None = None
    served: TargetUsage | None = None
    variants: list[str] = field(default_factory=list)
    asks: Question = ""
    functions: bool = False
    commands: bool = False
    matrix: Matrix | None = None

    @property
    def is_decided(self) -> bool:
        """Whether it is told who is best, which side is, and for variants what each came to."""
        if self.withheld or (self.functions and self.lead and self.lead.open):
            return False
        if self.matrix and any(lead.open for lead in self.matrix.leads.values()):
            return False
        if self.variants:
            return not any(is_open(row.verdict, row.ratio) for row in self.rows if row.reference)
        contest = self.contest
        best = self.asks == "side" or not (self.lead and self.lead.open)
        side = self.asks == "best" or not is_open(contest.verdict, contest.ratio)
        return best and side

    @property
    def other_side(self) -> str:
        """What its tasks talk to: a server, or the client where they are the server."""
        return "client" if self.target and "client" in self.target.facts else "server"

    def first_of(self, row: Row) -> Row | None:
        """Return the row of the same executor in the first variant."""
        for each in self.rows:
            if each.cell.executor == row.cell.executor and each.cell.variant == self.variants[0]:
                return each
        return None

    def loop_of(self, row: Row) -> LoopObservation | None:
        """Return what was seen of a row's event loop, None where its tasks run on none."""
        return self.observations.get(row.cell.id) if row.cell.has_loop else None
