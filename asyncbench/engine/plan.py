"""Which cells a run has: from wishes, checked before anything is measured."""

from __future__ import annotations

import random

from asyncbench.engine import variants
from asyncbench.engine.survey import Survey, survey
from asyncbench.engine.wishes import Wishes
from asyncbench.errors import UsageError, near_matches
from asyncbench.record import Cell, Plan, Variant

DEFAULT_BUDGET_S = 30.0
# How long a run with a precision to reach goes on when no budget caps it.
PRECISION_CAP_S = 300.0


def build(wishes: Wishes) -> Plan:
    """Make the plan for what is wished; raises UsageError for what does not exist or fit."""
    wishes.check()
    asked = variants.wished(wishes)
    if asked:
        surveyed = variants.surveyed(asked, wishes)
        return _plan(wishes, surveyed[0][1], surveyed)
    found = survey(wishes)
    return _plan(wishes, found, [(Variant(""), found)])


def _plan(wishes: Wishes, found: Survey, versions: list[tuple[Variant, Survey]]) -> Plan:
    cells: list[Cell] = []
    for number in range(len(found.works)):
        for position, chosen in enumerate(found.chosen):
            for variant, its in versions:
                cells.append(
                    Cell(
                        len(cells),
                        number,
                        chosen.label,
                        chosen.reference,
                        chosen.family,
                        chosen.form,
                        its.lacking[number][position],
                        variant=variant.name,
                    )
                )
    labels = [chosen.label for chosen in found.chosen]
    default = "sequential" if "sequential" in labels else labels[0]
    baseline = wishes.baseline or default
    if baseline not in labels:
        raise UsageError(
            f"the baseline {baseline!r} is not among the executors{near_matches(baseline, labels)}"
        )
    return Plan(
        works=found.works,
        cells=cells,
        baseline=baseline,
        seed=random.SystemRandom().getrandbits(31) if wishes.seed is None else wishes.seed,
        margin=wishes.margin,
        budget_s=_budget(wishes),
        precision=wishes.precision,
        timeout_s=wishes.timeout_s,
        processes=wishes.processes,
        gc=wishes.gc,
        variants=[variant for variant, _ in versions if variant.name],
    )


def _budget(wishes: Wishes) -> float:
    if wishes.budget_s is not None:
        return wishes.budget_s
    return DEFAULT_BUDGET_S if wishes.precision is None else PRECISION_CAP_S
