"""Which cells a run has: from options, checked before anything is measured."""

from __future__ import annotations

import random
from dataclasses import replace

from asyncbench.errors import UsageError, near_matches
from asyncbench.record.plan import Axis, Cell, Plan, Variant
from asyncbench.runner.planning import asking, beside, commands, points, programs, variants
from asyncbench.runner.planning.discovery import LEFT_OUT, Discovery
from asyncbench.runner.planning.options import DEFAULT_BUDGET_S, RunOptions

# A sweep adds so many points at the most where executors cross: three on either side.
MOST_FINER = 6
# How long a run with a precision to reach goes on when no budget caps it.
PRECISION_CAP_S = 300.0


def build(options: RunOptions) -> Plan:
    """Return the plan for what is asked; raises UsageError for what does not exist or fit."""
    options.check()
    if options.commands:
        return _plan(replace(options, baseline=None), *commands.discovered(options))
    if program := programs.asked(options):
        found = programs.discovered(options, program)
        return _plan(replace(options, baseline=None), *found)
    if options.proof in ("stdout", "exit"):
        raise UsageError(
            f"--proof {options.proof} is for commands and programs; for workloads it is "
            "result or none"
        )
    asked = variants.requested(options)
    if asked and options.vary:
        raise UsageError("a sweep is of one version of the code; leave the variants out")
    if asked and options.against == "functions":
        raise UsageError("--against functions does not go with variants; leave one of them out")
    if asked:
        discovered = variants.discovered(asked, options)
        return _plan(options, discovered[0][1], discovered)
    discovery = asking.discovered(options)
    if beside.wanted(options, discovery):
        return _plan(options, *beside.merged(discovery))
    return _plan(options, discovery, [(Variant(""), discovery)])


def _plan(options: RunOptions, first: Discovery, versions: list[tuple[Variant, Discovery]]) -> Plan:
    cells: list[Cell] = []
    for number, work in enumerate(first.works):
        for position, chosen in enumerate(first.chosen):
            for variant, discovery in versions:
                lacking, own = discovery.lacking[number][position], discovery.chosen[position]
                if lacking == LEFT_OUT:
                    continue
                cells.append(
                    Cell(
                        len(cells),
                        number,
                        chosen.label,
                        points.reference_at(chosen.label, own.reference, work.at),
                        own.family,
                        own.form,
                        lacking,
                        variant=variant.name,
                        scheduler=own.scheduler,
                        side=own.side,
                        broken=work.broken or own.broken,
                    )
                )
    labels = [chosen.label for chosen in first.chosen]
    default = "sequential" if "sequential" in labels else labels[0]
    baseline = options.baseline or default
    if baseline not in labels:
        raise UsageError(
            f"the baseline {baseline!r} is not among the executors{near_matches(baseline, labels)}"
        )
    finer = MOST_FINER if options.finer and len(options.vary) == 1 else 0
    return Plan(
        works=first.works,
        cells=cells,
        baseline=baseline,
        seed=random.SystemRandom().getrandbits(31) if options.seed is None else options.seed,
        margin=options.margin,
        budget_s=_budget(options),
        precision=options.precision,
        timeout_s=options.timeout_s,
        processes=options.processes,
        gc=options.gc,
        clean_env=options.clean_env,
        variants=[variant for variant, _ in versions if variant.name],
        until_decided=not options.full and options.precision is None,
        proof=options.proof != "none",
        axes=[Axis(each.name, each.log) for each in points.axes(options.vary)],
        by_side=options.by_side,
        advises=options.advises,
        points=len(first.works) + finer if options.vary else 1,
        finer=finer,
    )


def _budget(options: RunOptions) -> float:
    if options.budget_s is not None:
        return options.budget_s
    return DEFAULT_BUDGET_S if options.precision is None else PRECISION_CAP_S
