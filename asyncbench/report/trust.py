"""How far a run can be trusted, in sentences: its control, the machine's noise, what went wrong."""

from __future__ import annotations

from collections.abc import Sequence

from asyncbench import units
from asyncbench.analysis import matrix, outlook, states
from asyncbench.analysis.result import Result
from asyncbench.analysis.verdict import is_precise
from asyncbench.record.lines import RunStatus
from asyncbench.record.plan import Variant
from asyncbench.record.run import Run
from asyncbench.report.text import as_sentence, plain
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
    parts.append(f"{'NOISY: ' if is_noisy(result) else ''}{_noise(result)}")
    if run.end:
        sampled = run.samples.total("wall_ns") / max(1, run.end.wall_ns)
        parts.append(f"{sampled:.0%} of {units.seconds(run.end.wall_ns / 1e9)} spent in samples")
    if run.plan.precision is not None:
        reached = is_precise(result.judgements, run.plan.precision)
        parts.append(
            f"precision of {units.margin(run.plan.precision)} {'' if reached else 'NOT '}reached"
        )
    parts.append(f"seed {run.plan.seed}")
    parts.append(f"journal {plain(str(run.path))}" if run.path else "no journal kept")
    found = [plain(f"Trust: {'; '.join(parts)}."), *remarks(run), *_gil_came_back(run)]
    versions = [] if run.plan.of_functions else map(_variant, run.plan.variants)
    return [*found, *map(plain, versions)]


def warnings(result: Result, names: Sequence[str]) -> list[str]:
    """Return what a reader must not overlook; `names` are what the works are called."""
    named = list(zip(result.judgements, names, strict=True))
    found = [f"{name}: no verdict: {each.withheld}." for each, name in named if each.withheld]
    found += [
        f"{name}: {row.name} {row.status}."
        for each, name in named
        for row in each.rows
        if row.status.is_trouble
    ]
    return [*remarks(result.run), *map(plain, found), *_gil_came_back(result.run)]


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
        took = f"other programs took {units.percent(foreign)} of the CPUs"
        # Whatever makes equals look different here, this machine is not called quiet.
        is_calm = not any(judgement.withheld for judgement in result.judgements)
        return f"quiet: {took}" if is_calm else took
    if (steal or 0) > STEAL_NOISE:
        return f"noisy: the hypervisor took {units.percent(steal)} of the CPUs; try another time"
    # More time helps only where something is open, and it is the same as what is said of that.
    budget = outlook.budget_to_decide(result)
    more = f", or --budget {budget}" if budget else ""
    return f"noisy: other programs took {units.percent(foreign)} of the CPUs; close them{more}"


def _noise(result: Result) -> str:
    """Return what else the machine did meanwhile, in words."""
    foreign, steal = map(result.run.mean_share, ("foreign", "steal"))
    return (
        f"other programs took {units.percent(foreign)} of the CPUs, the hypervisor "
        f"{units.percent(steal)}"
    )


def remarks(run: Run) -> list[str]:
    """Return how a run ended before its time, what it warned of, and what was not as usual."""
    found = [*run.warnings, *states.sentences(run)]
    if run.status is not RunStatus.COMPLETE:
        found.insert(0, f"the run is {run.status}: this is what it measured")
    return [plain(as_sentence(each)) for each in found]


def _gil_came_back(run: Run) -> list[str]:
    """Return which cells of an interpreter without the GIL had it on again after their samples."""
    found = matrix.with_gil(run)
    cells = [each for each in run.plan.cells if each.id in found]
    return [
        f"{variant} is a build without the GIL, and had it turned on again under "
        f"{', '.join(dict.fromkeys(each.executor for each in cells if each.variant == variant))}: "
        "something that was imported needs it, so these say nothing of threads without it."
        for variant in dict.fromkeys(each.variant for each in cells)
    ]


def _variant(variant: Variant) -> str:
    """Return what a variant is: its folder, its interpreter, and what that has."""
    parts = [variant.folder or "", variant.python or ""]
    facts = variant.facts
    if facts:
        packages = facts.get("packages")
        versions = packages.items() if isinstance(packages, dict) else ()
        known = [str(facts[name]) for name in ("implementation", "python") if name in facts]
        parts.append(", ".join([" ".join(known), *(f"{name} {each}" for name, each in versions)]))
    if variant.idle:
        parts.append("NOTHING WAS IMPORTED FROM THIS FOLDER; with a src layout it is the src in it")
    return f"{variant.name}: {'; '.join(filter(None, parts))}"
