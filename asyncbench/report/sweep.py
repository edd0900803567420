"""What a sweep answers, in sentences: where executors change places, and how their cost grows."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from asyncbench import units
from asyncbench.analysis import scaling
from asyncbench.analysis.judgement import Judgement, Status
from asyncbench.analysis.sweep import Crossover, Stretch, Sweep, ahead, front, is_told
from asyncbench.record.plan import Axis
from asyncbench.report.answers import Answer, Tone
from asyncbench.report.text import listed, plain
from asyncbench.stats.growth import Growth
from asyncbench.stats.scaling import LEAST_POINTS, Scaling

# What is counted has no halves.
WHOLE = ("tasks", "concurrency", "processes")


def answer(sweep: Sweep) -> list[Answer]:
    """Return what was asked: where who overtakes whom, or that nothing changes, or no telling."""
    if len(sweep.names) == 1:
        return [
            Answer(f"Only {plain(sweep.names[0])} was measured: nobody to overtake.", Tone.OPEN)
        ]
    if sweep.crossovers:
        return [Answer(_overtaken(sweep.axis, each), Tone.SURE) for each in sweep.crossovers]
    return [_unchanged(sweep)]


def stretches(sweep: Sweep) -> str:
    """Return who is quickest from where to where, '' where one is all along."""
    if len(sweep.stretches) < 2 or len(sweep.names) < 2:
        return ""
    told = [f"{_who(each)} {_range(sweep.axis, each)}" for each in sweep.stretches]
    return f"Quickest by {plain(sweep.axis.called)}: {'; '.join(told)}."


def costs(sweep: Sweep) -> list[str]:
    """Return how the time a batch grows with its tasks, a sentence an executor."""
    few = [plain(name) for name, fit in sweep.growths.items() if fit is None]
    said = [f"{plain(name)}: {_law(fit)}" for name, fit in sweep.growths.items() if fit]
    if few:
        of = f" of {', '.join(few)}" if said else ""
        said.append(f"too few points to say how the time{of} grows with tasks")
    return said


def scales(sweep: Sweep) -> list[str]:
    """Return how executors scale with how many at once, and what a lane takes of each."""
    laws = scaling.scalings(sweep)
    if laws and not any(laws.values()):
        said = [
            f"too few points to say: it takes {LEAST_POINTS} values of {sweep.axis.called} or more"
        ]
    else:
        said = [f"{plain(name)}: {_scale(sweep.axis, law)}" for name, law in laws.items() if law]
    lanes = [
        f"{plain(name)} {cost.memory_bytes / 1e3:,.0f} kB and {units.seconds(cost.startup_s)}"
        for name, cost in scaling.lane_costs(sweep).items()
    ]
    if lanes:
        said.append(
            f"One more task at once takes, in memory and in time to start: {'; '.join(lanes)}."
        )
    return said


def who(judgement: Judgement) -> str:
    """Return who is quickest at a point, with what it is ahead by."""
    names = [plain(row.name) for row in front(judgement)]
    if judgement.withheld:
        return "too noisy to tell"
    if judgement.lead is None:
        if all(row.status is Status.NOT_MEASURED for row in judgement.rows):
            return "not measured"
        return f"only {names[0]} ran" if names else "nothing ran"
    second = ahead(judgement)
    if second and second.ratio:
        return f"{names[0]}, {units.factor(second.ratio.estimate)}x"
    return f"too close: {', '.join(names)}" if is_told(judgement) else "not yet sure"


def value(axis: Axis, number: float) -> str:
    """Write a value that was measured."""
    return units.plain_number(round(number) if axis.name in WHOLE else number)


def estimate(axis: Axis, number: float) -> str:
    """Write a value between those that were measured, no finer than it is known."""
    if axis.name in WHOLE:
        return value(axis, number)
    return units.plain_number(number) if abs(number) >= 100 else f"{number:.2g}"


def _overtaken(axis: Axis, crossover: Crossover) -> str:
    at, low, high = (
        estimate(axis, crossover.at),
        value(axis, crossover.low),
        value(axis, crossover.high),
    )
    after, before = plain(crossover.after), plain(crossover.before)
    return f"{after} overtakes {before} at {plain(axis.called)} {at} ({low} to {high})."


def _unchanged(sweep: Sweep) -> Answer:
    whole = f"from {plain(sweep.axis.called)} {_ends(sweep.axis, sweep.points, sweep)}"
    told = [each for each in sweep.points if is_told(each)]
    fronts = [{row.name for row in front(each)} for each in told]
    common = set.intersection(*fronts) if fronts else set()
    if len(told) < len(sweep.points) or not told:
        names = [plain(name) for name in sweep.names if all(name in each for each in fronts)]
        so_far = f"; where it can, {' or '.join(names)} is the quickest" if told and names else ""
        where = listed(
            [value(sweep.axis, sweep.at(each)) for each in sweep.points if each not in told]
        )
        return Answer(
            f"Cannot tell who is quickest at {plain(sweep.axis.called)} {where}{so_far}.", Tone.OPEN
        )
    if all(len(each) == 1 for each in fronts) and common:
        best = plain(front(told[0])[0].name)
        factors = sorted(
            each.ratio.estimate for point in told if (each := ahead(point)) and each.ratio
        )
        return Answer(
            f"Nothing changes {whole}: {best} is the quickest all the way, by "
            f"{units.factor(factors[0])}x to {units.factor(factors[-1])}x over the next.",
            Tone.SURE,
        )
    if common:
        level = [plain(name) for name in sweep.names if name in common]
        if len(level) == 1:
            said = f"{level[0]} is the quickest or as quick as the quickest all the way"
        else:
            said = f"{', '.join(level[:-1])} and {level[-1]} are too close to matter all the way"
        return Answer(f"Nobody overtakes {whole}: {said}.", Tone.LEVEL)
    return Answer(
        f"No overtaking is shown {whole}: neighbours are too close to say where it happens.",
        Tone.LEVEL,
    )


def _ends(axis: Axis, points: Sequence[Judgement], sweep: Sweep) -> str:
    return f"{value(axis, sweep.at(points[0]))} to {value(axis, sweep.at(points[-1]))}"


def _who(stretch: Stretch) -> str:
    names = " or ".join(map(plain, stretch.names)) or "nobody"
    if not stretch.is_sure:
        return "not yet sure"
    return names if len(stretch.names) == 1 else f"too close ({names})"


def _range(axis: Axis, stretch: Stretch) -> str:
    if stretch.low == stretch.high:
        return f"at {value(axis, stretch.low)}"
    return f"from {value(axis, stretch.low)} to {value(axis, stretch.high)}"


def _law(fit: Growth) -> str:
    if not fit.holds:
        return f"no simple law fits its time (the nearest, {fit.law}, is {fit.error:.0%} off)"
    each, fixed = units.seconds(fit.each), units.seconds(fit.fixed)
    start = f"{fixed} and " if fit.fixed else ""
    said = {
        "constant": f"always {fixed}, however many tasks",
        "logarithmic": f"{start}{units.seconds(fit.each * 2.302585)} for each tenfold of tasks",
        "linear": f"{start}{each} for each task: linear",
        "n log n": f"{start}{each} times n log n: a little more than linear",
        "quadratic": f"{start}{each} times the square of the tasks: quadratic",
    }[fit.law]
    return f"{said} ({max(fit.error, 0.001):.1%} off on average)"


def _scale(axis: Axis, law: Scaling) -> str:
    off = f"{max(law.error, 0.001):.1%} off on average"
    if not law.holds:
        return f"no law of scaling fits its throughput (the nearest is {off})"
    queued, paired = (f"{100 * each:.2g}%" for each in (law.contention, law.coherence))
    if isfinite(law.peak):
        most = f"the most gets done with {round(law.peak):,} at once"
        return (
            f"{queued} of the work is done one at a time, and each pair costs "
            f"{paired} of it: {most} ({off})"
        )
    if law.contention:
        most = f"never more than {1 / law.contention:,.1f} times what one alone does"
        return f"{queued} of the work is done one at a time: {most} ({off})"
    return f"twice as many at once do twice as much ({off})"
