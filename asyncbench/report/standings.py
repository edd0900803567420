"""Which of the event loops is the quickest on which work, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from asyncbench.analysis.judgement import Judgement
from asyncbench.report import document
from asyncbench.report.text import listed, plain


def of_loops(judgements: Sequence[Judgement]) -> str:
    """Return who wins on what, where loops alone were measured; '' for any other run."""
    cells = [row.cell for judgement in judgements for row in judgement.rows]
    loops = {cell.executor for cell in cells}
    if len(loops) < 2 or any(cell.variant or not cell.has_loop for cell in cells):
        return ""
    wins: dict[str, list[str]] = {}
    level, unsure = [], []
    names = document.names([judgement.work for judgement in judgements])
    for judgement, name in zip(judgements, names, strict=True):
        lead = judgement.lead
        if lead is None or judgement.withheld or lead.open:
            unsure.append(name)
        elif lead.level_with:
            level.append(name)
        else:
            wins.setdefault(plain(lead.best.name), []).append(name)
    parts = [f"{loop} is the quickest on {listed(those)}" for loop, those in wins.items()]
    parts += [f"too close to matter on {listed(level)}"] if level else []
    parts += [f"not yet sure on {listed(unsure)}"] if unsure else []
    return f"Event loops: {'; '.join(parts)}."
