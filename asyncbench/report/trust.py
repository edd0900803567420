"""How far a run can be trusted, in sentences: its control, the machine's noise, what went wrong."""

from __future__ import annotations

from collections.abc import Sequence

from asyncbench import units
from asyncbench.analysis import matrix, outlook, states
from asyncbench.analysis.result import Result
from asyncbench.analysis.verdict import is_precise
from asyncbench.record.lines import RunStatus
from asyncbench.record.plan import Variant
from asyncbench.report.text import plain
from asyncbench.report.view import EVERYTHING, View

# Shares of the CPUs beyond which a machine is called noisy.
FOREIGN_NOISE = 0.10
STEAL_NOISE = 0.02


def sentences(result: Result, view: View = EVERYTHING) -> list[str]:
    """Return how far the run can be trusted: its control, the machine's noise, where time went.

    Then what its variants were and what was warned of, a sentence each.
    """
    run = result.run
    controls = [
        f"{plain(judgement.work.workload)} {units.plain_times(judgement.control.ratio)}"
        + (" TOLD APART" if judgement.control.told_apart else "")
        for judgement in view.of(result.judgements)
        if judgement.control and judgement.control.ratio
    ]
    parts = [f"a cell beside itself: {', '.join(controls)}"] if controls else []
    parts.append(f"{'NOISY: ' if is_noisy(result) else ''}{noise(result)}")
    if run.end:
        sampled = run.samples.total("wall_ns") / max(1, run.end.wall_ns)
        parts.append(f"{sampled:.0%} of {units.seconds(run.end.wall_ns / 1e9)} spent in samples")
    if run.plan.precision is not None:
        reached = is_precise(result.judgements, run.plan.precision)
        parts.append(f"precision of {run.plan.precision:.2%} {'' if reached else 'NOT '}reached")
    parts.append(f"seed {run.plan.seed}")
    parts.append(f"journal {plain(str(run.path))}" if run.path else "no journal kept")
    found = [" ".join([f"Trust: {'; '.join(parts)}.", *_unfinished(result)])]
    found += [*run.warnings, *map(_sentence, states.sentences(run)), *_gil_came_back(result)]
    versions = [] if run.plan.of_functions else map(_variant, run.plan.variants)
    return [plain(each) for each in [*found, *versions]]


def warnings(result: Result, names: Sequence[str]) -> list[str]:
    """Return what a reader must not overlook; `names` are what the works are called."""
    named = list(zip(result.judgements, names, strict=True))
    found = [*result.run.warnings, *_unfinished(result)]
    found += map(_sentence, states.sentences(result.run))
    found += [f"{name}: no verdict: {each.withheld}." for each, name in named if each.withheld]
    found += [
        f"{name}: {row.name} {row.status}."
        for each, name in named
        for row in each.rows
        if row.status.is_trouble
    ]
    found += _gil_came_back(result)
    if is_noisy(result):
        found.append(f"Noisy: {noise(result)}.")
    return [plain(each) for each in found]


def is_noisy(result: Result) -> bool:
    """Return whether other programs or the hypervisor took more of the CPUs than a run bears."""
    foreign, steal = (result.run.mean_share(name) or 0 for name in ("foreign", "steal"))
    return foreign > FOREIGN_NOISE or steal > STEAL_NOISE


def in_brief(result: Result) -> str:
    """Return in a few words how quiet the machine was, and what to do where it was not."""
    foreign, steal = map(result.run.mean_share, ("foreign", "steal"))
    if not is_noisy(result):
        if foreign is None:
            return "what else the machine did is not known here"
        return f"quiet: other programs took {units.percent(foreign)} of the CPUs"
    if (steal or 0) > STEAL_NOISE:
        return f"noisy: the hypervisor took {units.percent(steal)} of the CPUs; try another time"
    # More time helps only where something is open, and it is the same as what is said of that.
    budget = outlook.budget_to_decide(result)
    more = f", or --budget {budget}" if budget else ""
    return f"noisy: other programs took {units.percent(foreign)} of the CPUs; close them{more}"


def noise(result: Result) -> str:
    """Return what else the machine did meanwhile, in words."""
    foreign, steal = map(result.run.mean_share, ("foreign", "steal"))
    return (
        f"other processes took {units.percent(foreign)} of the CPUs, the hypervisor "
        f"{units.percent(steal)}"
    )


def _unfinished(result: Result) -> list[str]:
    status = result.run.status
    if status == RunStatus.COMPLETE:
        return []
    return [f"The run is {status}: what it measured until then is shown."]


def _gil_came_back(result: Result) -> list[str]:
    """Return which cells of an interpreter without the GIL had it on again after their samples."""
    found = matrix.with_gil(result.run)
    cells = [each for each in result.run.plan.cells if each.id in found]
    return [
        f"{variant} is a build without the GIL, and had it turned on again under "
        f"{', '.join(dict.fromkeys(each.executor for each in cells if each.variant == variant))}: "
        "something that was imported needs it, so these say nothing of threads without it."
        for variant in dict.fromkeys(each.variant for each in cells)
    ]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _variant(variant: Variant) -> str:
    """Return what a variant is: its folder, its interpreter, and what that has."""
    parts = [variant.folder or "", variant.python or ""]
    facts = variant.facts
    if facts:
        packages = facts.get("packages")
        versions = packages.items() if isinstance(packages, dict) else ()
        interpreter = f"{facts.get('implementation')} {facts.get('python')}"
        parts.append(", ".join([interpreter, *(f"{name} {each}" for name, each in versions)]))
    if variant.idle:
        parts.append("NOTHING WAS IMPORTED FROM THIS FOLDER; with a src layout it is the src in it")
    return f"{variant.name}: {'; '.join(filter(None, parts))}"
