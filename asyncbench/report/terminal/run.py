"""The tables on a terminal: one a work, then where cooperative multitasking wins or loses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from asyncbench import units
from asyncbench.analysis import explain
from asyncbench.analysis.result import Result
from asyncbench.analysis.verdict import Judgement, Row, is_precise
from asyncbench.record.run import Run
from asyncbench.report import layout
from asyncbench.report.columns import COLUMNS, usual
from asyncbench.report.terminal import variants
from asyncbench.report.text import name as named
from asyncbench.report.text import plain, wrap
from asyncbench.report.view import EVERYTHING, View

FOREIGN_NOISE = 0.10
STEAL_NOISE = 0.02
# As long as the ratios that stand below it.
LONGEST_BASELINE = 21

CONTEST = (
    layout.Column(heading="workload", right=False, elastic=True),
    layout.Column(heading="cooperative", right=False, elastic=True),
    layout.Column(heading="preemptive", right=False, elastic=True),
    layout.Column(heading="cooperative is", right=False, spare=1),
    layout.Column(heading="verdict", right=False, elastic=True),
)


def tables(result: Result, width: int, view: View = EVERYTHING) -> str:
    """Give everything a run has to say, in lines of at most `width` characters."""
    judgements = view.of(result.judgements)
    parts = [one_table(judgement, width, view) for judgement in judgements]
    if result.run.plan.variants:
        parts.append(variants.table(result.run, judgements, width, view))
    else:
        parts.append(contests(judgements, width))
    parts.append(trust(result, width, view))
    return "\n\n".join(parts) + "\n"


def one_table(judgement: Judgement, width: int, view: View = EVERYTHING) -> str:
    """Give the table of one work, with what it ran above and what went wrong below."""
    shown = [COLUMNS[name] for name in view.columns or usual(judgement)]
    rows = view.rows(judgement)
    texts = [[column.text(judgement, row) for column in shown] for row in rows]
    server = _server(judgement)
    if server:
        texts.append([server.get(column.name, "") for column in shown])
    beside = f"vs {layout.shortened(plain(reference(judgement)), LONGEST_BASELINE)}"
    shown = [replace(each, heading=beside) if each.name == "ratio" else each for each in shown]
    body, hidden = layout.laid_out(shown, texts, width)
    notes = [_stated(judgement, rows), *explanations(judgement, rows), *_order(judgement, rows)]
    notes += [*troubles(rows), layout.no_room(hidden)]
    return "\n".join(
        [wrap(title(judgement), width), body, *(wrap(note, width) for note in notes if note)]
    )


def contests(judgements: Sequence[Judgement], width: int) -> str:
    """Give the table that the tool exists for, and the reason for each line of it."""
    rows, why = [], []
    for judgement in judgements:
        contest = judgement.contest
        ratio = units.times(contest.ratio) if contest.ratio else "-"
        rows.append(
            [
                named(judgement.work.workload),
                named(contest.cooperative.cell.executor) if contest.cooperative else "-",
                named(contest.preemptive.cell.executor) if contest.preemptive else "-",
                ratio,
                contest.verdict or "-",
            ]
        )
        why.append(f"{named(judgement.work.workload)}: {explain.of_contest(judgement)}.")
    heading = "Where cooperative multitasking wins or loses (the best of each side)"
    body, hidden = layout.laid_out(CONTEST, rows, width)
    notes = [wrap(note, width) for note in (*why, layout.no_room(hidden)) if note]
    return "\n".join([wrap(heading, width), body, *notes])


def trust(result: Result, width: int, view: View = EVERYTHING) -> str:
    """Say how far the run can be trusted: its control, the machine's noise, where time went."""
    run, judgements = result.run, result.judgements
    parts = []
    controls = [
        f"{named(judgement.work.workload)} {units.times(judgement.control.ratio)}"
        + (" TOLD APART" if judgement.control.told_apart else "")
        for judgement in view.of(judgements)
        if judgement.control and judgement.control.ratio
    ]
    if controls:
        parts.append(f"twins of one cell: {', '.join(controls)}")
    parts.append(_noise(run))
    if run.end:
        sampled = sum(sample.wall_ns for sample in run.samples) / max(1, run.end.wall_ns)
        parts.append(f"{sampled:.0%} of {units.seconds(run.end.wall_ns / 1e9)} spent in samples")
    if run.plan.precision is not None:
        reached = "reached" if is_precise(judgements, run.plan.precision) else "NOT reached"
        parts.append(f"precision of {run.plan.precision:.2%} {reached}")
    parts.append(f"seed {run.plan.seed}")
    parts.append(f"journal {plain(str(run.path))}" if run.path else "no journal kept")
    text = f"Trust: {'; '.join(parts)}."
    if run.status != "complete":
        text += f" The run is {run.status}: what it measured until then is shown."
    return "\n".join(wrap(line, width) for line in [text, *run.warnings])


def reference(judgement: Judgement) -> str:
    """Name what the rows' ratios refer to."""
    if judgement.variants:
        return judgement.variants[0]
    return judgement.baseline.cell.executor if judgement.baseline else "baseline"


def title(judgement: Judgement) -> str:
    """Name a work with its parameters, how much of it there is, and its ideal time."""
    work, ideal = judgement.work, judgement.ideal
    params = ", ".join(f"{named(name)}={named(str(value))}" for name, value in work.params.items())
    parts = [f"{work.tasks} tasks a batch", f"up to {work.concurrency} at once"]
    if params:
        parts.insert(0, params)
    if ideal.seconds:
        kind = " (as measured)" if ideal.measured else ""
        parts.append(f"ideal {units.seconds(ideal.seconds)}{kind}")
    return f"{named(work.workload)}: {'; '.join(parts)}"


def _server(judgement: Judgement) -> dict[str, str]:
    """Give the row of the server that the work talks to: how busy it was, and its memory."""
    if judgement.target is None:
        return {}
    shares = [
        row.figures.target_share
        for row in judgement.rows
        if row.figures and row.figures.target_share is not None
    ]
    return {
        "executor": "(server)",
        "rss": units.size(judgement.served.peak_rss_bytes) if judgement.served else "",
        "verdict": f"busy {min(shares):.0%}-{max(shares):.0%}" if shares else "",
    }


def _stated(judgement: Judgement, rows: Sequence[Row]) -> str:
    """State what a reader must know of single executors: start method, chunk size, versions."""
    parts = []
    for row in rows:
        facts = row.figures.facts if row.figures else {}
        own = [
            f"{name} {value}"
            for name, value in facts.items()
            if name not in ("python", "switch interval", "gil", plain(row.cell.executor))
        ]
        if own:
            parts.append(f"{row.name}: {', '.join(own)}")
    if judgement.target:
        stated = ", ".join(f"{name} {value}" for name, value in judgement.target.facts.items())
        parts.append(f"server: {stated.removeprefix('server ')}")
    return "; ".join(parts)


def explanations(judgement: Judgement, rows: Sequence[Row]) -> list[str]:
    """Tell why each row came out as it did; rows with the same to say share a line."""
    told: dict[str, list[str]] = {}
    for row in rows:
        reason = explain.of_row(judgement, row)
        if reason and row.ok and (row.is_baseline or row.verdict is not None):
            told.setdefault(reason, []).append(row.name)
    return [f"{', '.join(names)}: {reason}." for reason, names in told.items()]


def _order(judgement: Judgement, rows: Sequence[Row]) -> list[str]:
    """Tell in which order tasks ended, for workloads that are about it."""
    return [
        f"{row.name} ended them in the order {' '.join(map(str, look.order))}"
        for row in rows
        if (look := judgement.observations.get(row.cell.id)) and look.order
    ]


def troubles(rows: Sequence[Row]) -> list[str]:
    """Tell what kept rows from being judged."""
    return [f"{row.name} {row.status}: {row.why}" for row in rows if not row.ok]


def _noise(run: Run) -> str:
    def mean(name: str) -> float | None:
        known = [share for visit in run.visits if (share := getattr(visit, name)) is not None]
        return fmean(known) if known else None

    foreign, steal = mean("foreign"), mean("steal")
    noisy = (foreign or 0) > FOREIGN_NOISE or (steal or 0) > STEAL_NOISE
    return (
        f"{'NOISY: ' if noisy else ''}other processes took {units.percent(foreign)} of the CPUs, "
        f"the hypervisor {units.percent(steal)}"
    )
