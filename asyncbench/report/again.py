"""The command that looks closer at work that was measured, as it would be typed."""

from __future__ import annotations

import shlex

from asyncbench.analysis.judgement import Judgement
from asyncbench.core.loading import BUILT_IN, PAIR
from asyncbench.record.plan import Plan, Work
from asyncbench.report.text import plain

# As many tasks are enough to see who had control when.
FEW = 4


def trace(judgement: Judgement, plan: Plan) -> str:
    """Return the command that draws some tasks of a work; '' where there is none."""
    work = judgement.work
    if judgement.commands:
        return ""
    few = [] if work.tasks <= FEW else ["-n", str(FEW)]
    beside = [variant.reference for variant in plan.variants if variant.reference]
    given = " ".join(map(_named, beside or [work.reference])) or work.workload
    name = work.workload if work.reference.startswith(BUILT_IN) else given
    return plain(" ".join(["asyncbench trace", name, *map(shlex.quote, [*few, *_options(work)])]))


def _options(work: Work) -> list[str]:
    """Return what was given for parameters: of a function as it was typed, of a class all."""
    call = work.call
    params = call.get("params", work.params)
    words = [word for name, value in params.items() for word in ("-p", f"{name}={value}")]
    words += [word for text in call.get("args", ()) for word in ("-a", text)]
    words += ["--args-from", call["items"]] if call.get("items") else []
    return words + (["--consume"] if call.get("consume") else [])


def _named(reference: str) -> str:
    blocking, pair, cooperative = reference.partition(PAIR)
    return f"--sync {blocking} --async {cooperative}" if pair else reference
