"""Two saved runs side by side: which cells differ by more than runs of equal code would."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import exp, isfinite, log1p

from asyncbench import units
from asyncbench.analysis import drift, gate, pairing
from asyncbench.analysis.drift import VARIANTS, Difference, Drift
from asyncbench.analysis.environment_diff import differences
from asyncbench.analysis.judgement import Verdict
from asyncbench.analysis.lead import decide
from asyncbench.analysis.pairing import PairedCell, same_work
from asyncbench.analysis.result import Result
from asyncbench.analysis.summary import Figures
from asyncbench.record.lines import RunStatus
from asyncbench.record.plan import Work
from asyncbench.record.run import Run
from asyncbench.stats import intervals
from asyncbench.stats.intervals import Interval


@dataclass(frozen=True, slots=True)
class Matched:
    """One cell in both runs, or in the one that has it.

    `ratio` is its time in the other run over that in the first; None where the two were not
    compared, and infinite where nothing can be claimed. `why` says what kept them from either.
    """

    work: Work
    executor: str
    variant: str
    first: Figures | None
    other: Figures | None
    ratio: Interval | None = None
    verdict: Verdict | None = None
    why: str = ""
    unavailable: bool = False

    @property
    def name(self) -> str:
        """The cell in words."""
        where = f" in {self.variant}" if self.variant else ""
        params = "".join(f", {name}={value}" for name, value in self.work.params.items())
        size = f"{units.counted(self.work.tasks, 'task')}, {self.work.concurrency:,} at once"
        return f"{self.work.workload} under {self.executor}{where} ({size}{params})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of holding one run beside another.

    `warnings` name what differs between the machines and interpreters; `notes` tell what else a
    reader must know. Cells that only one run has are listed in `only_first` and `only_other`.
    """

    first: Run
    other: Run
    margin: float
    drift: Drift
    rows: list[Matched] = field(default_factory=list)
    only_first: list[Matched] = field(default_factory=list)
    only_other: list[Matched] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def compare(first: Result, other: Result, margin: float | None = None) -> Comparison:
    """Hold `other` beside `first`, cell by cell; `margin` (0.03: 3 %) is the first's unless given.

    Intervals are simultaneous: the chance that any of them misses is to stay below
    `intervals.ALPHA`, as far as a cell drifts between the runs like the others that both share.
    """
    margin = first.run.plan.margin if margin is None else margin
    sides, others = pairing.sides(first), pairing.sides(other)
    shared = [key for key in sides if key in others]
    refused = {key: pairing.refusal(sides[key], others[key]) for key in shared}
    cells = [
        drift.difference(key, sides[key].times, others[key].times)
        for key in shared
        if not refused[key]
    ]
    controls, other_controls = (
        pairing.controls(first, sides),
        pairing.controls(other, others),
    )
    first_run, other_run = first.run, other.run
    known = Drift(
        _apart(first_run, other_run),
        cells
        + [
            drift.difference(key, controls[key], other_controls[key])
            for key in controls
            if key in other_controls
        ],
        drift.pace(first_run, other_run),
        same=first_run.started == other_run.started and first_run.samples == other_run.samples,
    )
    rows = {}
    for cell in cells:
        one, another = sides[cell.key], others[cell.key]
        ratio, why = known.ratio(cell, one, another, intervals.ALPHA / len(cells))
        verdict = decide(ratio, margin)
        if verdict is Verdict.INCONCLUSIVE:
            why = why or _doubt(cell, known, margin)
        rows[cell.key] = _beside(one, another, why, ratio, verdict)
    return Comparison(
        first_run,
        other_run,
        margin,
        known,
        [rows.get(key) or _beside(sides[key], others[key], refused[key]) for key in shared],
        [_alone(side, "first") for key, side in sides.items() if key not in others],
        [_alone(side, "other") for key, side in others.items() if key not in sides],
        differences(first_run, other_run, [(sides[key].row, others[key].row) for key in shared]),
        list(
            dict.fromkeys(
                [
                    *_ends(first_run, other_run),
                    *first_run.warnings,
                    *other_run.warnings,
                    *pairing.renamed(sides, others),
                ]
            )
        ),
    )


def label(run: Run) -> str:
    """Return what a run is called: by the name it was given, and the file it is in."""
    path = str(run.path or "")
    return ", ".join(part for part in (run.name, path) if part) or "a run that was not saved"


def hold(bound: gate.Bound, comparisons: Sequence[Comparison]) -> gate.Outcome:
    """Hold every compared cell against a bound; see `gate.decide`.

    Cells that only one run has, and runs that did not come to their end, leave it undecided. Cells
    that are unavailable in both runs were not to be compared.
    """
    candidates, missing = [], []
    for comparison in comparisons:
        which = f" in {label(comparison.other)}" if len(comparisons) > 1 else ""
        candidates += [
            gate.Candidate(row.name + which, row.ratio, _undecidable(row))
            for row in comparison.rows
            if not row.unavailable
        ]
        alone = [*comparison.only_first, *comparison.only_other]
        missing += [f"{row.name}{which}: {row.why}" for row in alone if not row.unavailable]
        missing += _ends(comparison.first, comparison.other)
    return gate.decide(bound, candidates, "; ".join(dict.fromkeys(missing)))


def _undecidable(row: Matched) -> str:
    return "" if row.ratio and isfinite(row.ratio.high) else row.why


def _doubt(cell: Difference, known: Drift, margin: float) -> str:
    """Return why nothing can be told of a cell."""
    sign = 1 if cell.value > 0 else -1
    others = known.others(cell)
    near = [each for each in others if same_work(each.key, cell.key)]
    moved = min(sign * each.value for each in [cell, *(near or others)])
    if others and moved > log1p(margin):
        way = "slower" if sign > 0 else "faster"
        what = "cell of this work" if near else "cell"
        return (
            f"cannot tell: every {what} came out {way}, by {units.percent(exp(moved) - 1)} or "
            f"more, as on a {way} machine; {VARIANTS}"
        )
    return "cannot tell: the interval reaches across the margin"


def _beside(
    first: PairedCell,
    other: PairedCell,
    why: str,
    ratio: Interval | None = None,
    verdict: Verdict | None = None,
) -> Matched:
    cell = first.row.cell
    return Matched(
        first.work,
        cell.executor,
        cell.variant,
        first.row.figures,
        other.row.figures,
        ratio,
        verdict,
        why,
        unavailable=bool(first.row.cell.unavailable and other.row.cell.unavailable),
    )


def _alone(side: PairedCell, name: str) -> Matched:
    cell, figures = side.row.cell, side.row.figures
    why = f"only the {name} run has it"
    if not side.row.ok:
        why += f", {side.row.status} there: {side.row.why}"
    mine, its = (figures, None) if name == "first" else (None, figures)
    return Matched(
        side.work,
        cell.executor,
        cell.variant,
        mine,
        its,
        why=why,
        unavailable=bool(cell.unavailable),
    )


def _ends(first: Run, other: Run) -> Iterator[str]:
    for run, name in ((first, "first"), (other, "other")):
        if run.status != RunStatus.COMPLETE:
            yield f"the {name} run is {run.status}"


def _apart(first: Run, other: Run) -> float | None:
    try:
        one, another = (datetime.datetime.fromisoformat(run.started) for run in (first, other))
        return abs((another - one).total_seconds())
    except (ValueError, TypeError):
        return None  # what a journal says of itself may be no time
