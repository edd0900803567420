"""The samples of each cell by round: what the files of other tools hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from asyncbench.analysis.result import Result
from asyncbench.errors import EmptyRunError
from asyncbench.record.lines import Sample
from asyncbench.record.plan import Cell, Variant, Work
from asyncbench.record.run import Run
from asyncbench.report.text import plain


@dataclass(frozen=True, slots=True)
class Series:
    """One cell's samples, a list a round, warm-ups too, in the order they were taken.

    `name` is unlike that of any other cell, and the same for the same cell of another run.
    """

    name: str
    work: Work
    cell: Cell
    variant: Variant
    rounds: list[list[Sample]]

    @property
    def seconds(self) -> list[float]:
        """Return the seconds a batch of every sample that is no warm-up."""
        return [
            sample.seconds for samples in self.rounds for sample in samples if not sample.warmup
        ]


def series_by_cell(result: Result) -> list[Series]:
    """Return the samples of every cell that did its work.

    Cells that failed or did unequal work are left out, since other tools have no place to say so;
    so is calibration (round 0), and rounds that ended in their warm-up. Raises EmptyRunError
    where no cell is left.
    """
    run = result.run
    by_cell: dict[int, dict[int, list[Sample]]] = {}
    for sample in run.samples:
        if sample.round:
            by_cell.setdefault(sample.cell, {}).setdefault(sample.round, []).append(sample)
    found: list[Series] = []
    seen: Counter[str] = Counter()
    for judgement in result.judgements:
        for row in judgement.rows:
            rounds = [
                samples
                for _, samples in sorted(by_cell.get(row.cell.id, {}).items())
                if not all(sample.warmup for sample in samples)
            ]
            if not row.ok or not rounds:
                continue
            name = f"{group(judgement.work)} {plain(row.name)}".strip()
            seen[name] += 1
            if seen[name] > 1:
                name += f" #{seen[name]}"
            variant = run.plan.variant_of(row.cell)
            found.append(Series(name, judgement.work, row.cell, variant, rounds))
    if not found:
        raise EmptyRunError("no cell of the run was measured, and this format needs one")
    return found


def group(work: Work) -> str:
    """Return a work with all that tells it from others: `sleep[seconds=1, tasks=4, concurrency=2]`.

    Other tools compare what has the same name, so it says how much work there was.
    """
    told = {**work.given, "tasks": work.tasks, "concurrency": work.concurrency}
    return plain(f"{work.workload}[{', '.join(f'{name}={value}' for name, value in told.items())}]")


def python(run: Run, variant: Variant) -> dict[str, Any]:
    """Return what is known of the interpreter that a variant ran in: the run's own or another."""
    return run.environment | variant.facts
