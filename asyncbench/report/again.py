"""The commands that look closer at what was measured, as they would be typed."""

from __future__ import annotations

import shlex

from asyncbench.analysis.judgement import Judgement
from asyncbench.core.loading import BUILT_IN, PAIR
from asyncbench.record.plan import Plan, Work
from asyncbench.record.store import NEWEST
from asyncbench.report.text import plain

# As many tasks are enough to see who had control when.
FEW = 4


def trace(judgement: Judgement, plan: Plan) -> str:
    """Return the command that draws some tasks of a work; '' where there is none."""
    work = judgement.work
    if judgement.commands:
        return ""
    tasks = min(work.tasks, FEW)
    few = ["-n", str(tasks)]
    # More may be in flight by itself, but not where that is what was asked for.
    few += ["-c", str(work.concurrency)] if work.concurrency < tasks else []
    beside = [variant.reference for variant in plan.variants if variant.reference]
    named = [word for each in beside or [work.reference] for word in _named(each)]
    if work.reference.startswith(BUILT_IN) or not any(named):
        named = [work.workload]
    return plain(shlex.join(["asyncbench", "trace", *named, *few, *_options(work)]))


def show(reference: str) -> str:
    """Return the command that shows a saved run again; '' stands for the newest."""
    return shlex.join(["asyncbench", "show", *([reference] if reference else [])])


def export(reference: str) -> str:
    """Return the command that writes a saved run in a format, likewise."""
    return shlex.join(["asyncbench", "export", reference or NEWEST])


def _options(work: Work) -> list[str]:
    """Return what was given for parameters: of a function as it was typed, of a class all."""
    call = work.call
    params = call.get("params", work.params)
    words = [word for name, value in params.items() for word in ("-p", f"{name}={value}")]
    words += [word for text in call.get("args", ()) for word in ("-a", text)]
    words += ["--args-from", call["items"]] if call.get("items") else []
    return words + (["--consume"] if call.get("consume") else [])


def _named(reference: str) -> list[str]:
    blocking, pair, cooperative = reference.partition(PAIR)
    return ["--sync", blocking, "--async", cooperative] if pair else [reference]
