"""What the start of a process takes, beside commands that each are one."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from asyncbench.analysis.judgement import Judgement
from asyncbench.record.run import Run


@dataclass(frozen=True, slots=True)
class Starts:
    """`seconds` in the median, of `count` processes of `command`, which does nothing else."""

    command: str
    seconds: float
    count: int


def of_work(run: Run, judgement: Judgement) -> Starts | None:
    """Return what was seen beside the samples of a work; None where it starts no processes."""
    cells = {row.cell.id for row in judgement.rows}
    facts = [life.facts for life in run.lives if life.cell in cells and "start_ns" in life.facts]
    seen = [int(each["start_ns"]) for each in facts if str(each["start_ns"]).isdecimal()]
    if not seen:
        return None
    return Starts(str(facts[0].get("started", "")), median(seen) / 1e9, len(seen))
