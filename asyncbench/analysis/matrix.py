"""Executors by interpreters: each cell beside the baseline of its own interpreter, too."""

from __future__ import annotations

from asyncbench.analysis.judgement import Judgement, Matrix, Row, Within
from asyncbench.analysis.lead import lead, verdict
from asyncbench.analysis.summary import Summary
from asyncbench.record.run import Run
from asyncbench.stats import simultaneous


def with_gil(run: Run) -> set[int]:
    """Return the cells of interpreters without the GIL that had it on after their samples."""
    free = free_of(run)
    if not free:  # as in most runs, which are looked through for each work
        return set()
    on = {life.cell for life in run.lives if life.facts.get("gil")}
    return {cell.id for cell in run.plan.cells if cell.variant in free and cell.id in on}


def free_of(run: Run) -> frozenset[str]:
    """Return the names of the interpreters that are built without the GIL."""
    return frozenset(each.name for each in run.plan.variants if each.facts.get("free threaded"))


def of_rows(summary: Summary, judgement: Judgement) -> Matrix:
    """Hold each row against the baseline of its interpreter, and find the best of each.

    The ratios of a table hold together at one level, and so do the leads of all interpreters.
    """
    plan, names = summary.run.plan, judgement.variants
    baseline = _baseline(judgement, plan.baseline)
    references = {row.cell.variant: row for row in judgement.rows if _is(row, baseline)}
    pairs = [
        (row, reference)
        for row in judgement.rows
        if row.ok and (reference := references.get(row.cell.variant)) and reference is not row
    ]
    found = simultaneous.intervals(
        [summary.ratios(row.cell, reference.cell) for row, reference in pairs],
        plan.margin,
        test=summary.test,
    )
    for (row, reference), ratio in zip(pairs, found, strict=True):
        said = None if judgement.withheld else ratio
        row.within = Within(reference, ratio, verdict(said, plan.margin))
    leads = {}
    for name in names:
        own = [row for row in judgement.rows if row.cell.variant == name]
        best = lead(summary, own, plan.margin, judgement.withheld, choices=len(names))
        if best:
            leads[name] = best
    releases = {each.name: str(each.facts.get("python", "")) for each in plan.variants}
    return Matrix(baseline, free_of(summary.run), leads, releases)


def overtaken(judgement: Judgement, later: str) -> tuple[Row, Row] | None:
    """Return who is best under a later interpreter, and who was under the first, if told.

    None where one executor is best under both, and where it is not sure that each is quicker than
    the other under its own.
    """
    assert judgement.matrix
    leads = judgement.matrix.leads
    before, after = leads.get(judgement.variants[0]), leads.get(later)
    if before is None or after is None:
        return None
    best, former = after.best.cell.executor, before.best.cell.executor
    slower = {each.row.cell.executor for each in before.rivals if each.is_slower}
    behind = {each.row.cell.executor for each in after.rivals if each.is_slower}
    return (after.best, before.best) if best in slower and former in behind else None


def _baseline(judgement: Judgement, wanted: str) -> str:
    """Return the executor that others are held against: one that ran under every interpreter."""
    executors = list(dict.fromkeys([wanted, *(row.cell.executor for row in judgement.rows)]))
    for executor in executors:
        ran = {row.cell.variant for row in judgement.rows if _is(row, executor)}
        if ran == {*judgement.variants}:
            return executor
    return ""


def _is(row: Row, executor: str) -> bool:
    return row.ok and row.cell.executor == executor
