"""The tables on a terminal: one a work, then where cooperative multitasking wins or loses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from asyncbench import reasons, units
from asyncbench.record import Run
from asyncbench.report import variants
from asyncbench.report.text import name as named
from asyncbench.report.text import plain, tabulated, wrap
from asyncbench.summary import Figures
from asyncbench.verdict import Judgement, Row, is_precise, judge

GAP = 2
FOREIGN_NOISE = 0.10
STEAL_NOISE = 0.02


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what it says of a row, and how soon it goes where space is short.

    Columns with the highest `spare` go first; those with 0 stay.
    """

    heading: str
    text: Callable[[Judgement, Row], str]
    spare: int = 0
    right: bool = True


def of_figures(text: Callable[[Figures], str]) -> Callable[[Judgement, Row], str]:
    """Make a column's text from a row's figures, '' where it has none."""
    return lambda _, row: text(row.figures) if row.figures else ""


COLUMNS = (
    Column("executor", lambda _, row: named(row.cell.executor), right=False),
    Column("variant", lambda _, row: named(row.cell.variant), right=False),
    Column("lanes", of_figures(lambda its: str(its.lanes)), 2),
    Column("time a batch", of_figures(lambda its: units.spread(its.time))),
    Column("vs baseline", lambda _, row: _beside(row), right=False),
    Column("tasks/s", of_figures(lambda its: units.figures(its.tasks_per_s)), 3),
    Column("CPU a batch", of_figures(lambda its: units.seconds(its.cpu_s)), 4),
    Column("switches", of_figures(lambda its: _switches(its)), 5),
    Column("peak RSS", of_figures(lambda its: units.size(its.peak_rss_bytes)), 6),
    Column("start-up", of_figures(lambda its: units.seconds(its.startup_s)), 7),
    Column("over ideal", lambda judgement, row: _over_ideal(judgement, row), 1),
    Column("verdict", lambda _, row: verdict(row), right=False),
)


def tables(run: Run, width: int) -> str:
    """Give everything a run has to say, in lines of at most `width` characters."""
    judgements = judge(run)
    parts = [one_table(judgement, width) for judgement in judgements]
    if run.plan.variants:
        parts.append(variants.table(run, judgements, width))
    else:
        parts.append(contests(judgements, width))
    parts.append(trust(run, judgements, width))
    return "\n\n".join(parts) + "\n"


def one_table(judgement: Judgement, width: int) -> str:
    """Give the table of one work, with what it ran above and what went wrong below."""
    columns = [
        column
        if column.heading != "vs baseline"
        else Column(f"vs {named(_reference(judgement))}", column.text, 0, False)
        for column in COLUMNS
        if column.heading != "variant" or judgement.variants
    ]
    rows = {
        column.heading: [column.text(judgement, row) for row in judgement.rows]
        for column in columns
    }
    server = _server(judgement)
    if server:
        for column in columns:
            rows[column.heading].append(server.get(column.heading, ""))
    shown, hidden = list(columns), []
    while _wide(shown, rows) > width and any(column.spare for column in shown):
        least = max(shown, key=lambda column: column.spare)
        shown.remove(least)
        hidden.append(least.heading)
    body = tabulated(
        list(zip(*(rows[column.heading] for column in shown), strict=True)),
        [column.heading for column in shown],
        ["right" if column.right else "left" for column in shown],
    )
    notes = [_stated(judgement), *_why(judgement), *_order(judgement), *_troubles(judgement)]
    if hidden:
        notes.append(f"No room for: {', '.join(reversed(hidden))}. A wider terminal shows them.")
    return "\n".join(
        [wrap(_title(judgement), width), body, *(wrap(note, width) for note in notes if note)]
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
        why.append(
            wrap(f"{named(judgement.work.workload)}: {reasons.of_contest(judgement)}.", width)
        )
    headings = ["workload", "cooperative", "preemptive", "cooperative is", "verdict"]
    title = "Where cooperative multitasking wins or loses (the best of each side)"
    return "\n".join([title, tabulated(rows, headings, ["left"] * 5), *why])


def trust(run: Run, judgements: Sequence[Judgement], width: int) -> str:
    """Say how far the run can be trusted: its control, the machine's noise, where time went."""
    parts = []
    controls = [
        f"{named(judgement.work.workload)} {units.times(judgement.control.ratio)}"
        + (" TOLD APART" if judgement.control.told_apart else "")
        for judgement in judgements
        if judgement.control and judgement.control.ratio
    ]
    if controls:
        parts.append(f"twins of one cell: {', '.join(controls)}")
    parts.append(_noise(run))
    if run.end:
        sampled = sum(sample.wall_ns for sample in run.samples) / max(1, run.end.wall_ns)
        parts.append(f"{sampled:.0%} of {units.seconds(run.end.wall_ns / 1e9)} spent in samples")
    if run.plan.precision is not None:
        reached = "reached" if is_precise(run, run.plan.precision) else "NOT reached"
        parts.append(f"precision of {run.plan.precision:.2%} {reached}")
    parts.append(f"seed {run.plan.seed}")
    parts.append(f"journal {plain(str(run.path))}" if run.path else "no journal kept")
    text = f"Trust: {'; '.join(parts)}."
    if run.status != "complete":
        text += f" The run is {run.status}: what it measured until then is shown."
    return "\n".join(wrap(line, width) for line in [text, *run.warnings])


def verdict(row: Row) -> str:
    """Give a row's verdict, or what stands in its place."""
    if row.status != "ok":
        return row.status
    if row.is_baseline:
        return "baseline"
    text = str(row.verdict) if row.verdict else "no baseline"
    return f"{text}, target-bound" if row.figures and row.figures.target_bound else text


def _reference(judgement: Judgement) -> str:
    """Name what the rows' ratios refer to."""
    if judgement.variants:
        return judgement.variants[0]
    return judgement.baseline.cell.executor if judgement.baseline else "baseline"


def _beside(row: Row) -> str:
    if row.is_baseline:
        return "1"
    return units.times(row.ratio) if row.ratio else ""


def _switches(figures: Figures) -> str:
    return f"{units.count(figures.voluntary)}+{units.count(figures.involuntary)}"


def _over_ideal(judgement: Judgement, row: Row) -> str:
    if not row.figures:
        return ""
    return units.over(row.figures.time.estimate, judgement.ideal.seconds)


def _title(judgement: Judgement) -> str:
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
        "peak RSS": units.size(judgement.served.peak_rss_bytes) if judgement.served else "",
        "verdict": f"busy {min(shares):.0%}-{max(shares):.0%}" if shares else "",
    }


def _stated(judgement: Judgement) -> str:
    """State what a reader must know of single executors: start method, chunk size, versions."""
    parts = []
    for row in judgement.rows:
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


def _why(judgement: Judgement) -> list[str]:
    """Tell why each row came out as it did; rows with the same to say share a line."""
    told: dict[str, list[str]] = {}
    for row in judgement.rows:
        why = reasons.of_row(judgement, row)
        if why and row.status == "ok" and row.verdict is not None:
            told.setdefault(why, []).append(row.name)
    return [f"{', '.join(names)}: {why}." for why, names in told.items()]


def _order(judgement: Judgement) -> list[str]:
    """Tell in which order tasks ended, for workloads that are about it."""
    return [
        f"{row.name} ended them in the order {' '.join(map(str, look.order))}"
        for row in judgement.rows
        if (look := judgement.looks.get(row.cell.id)) and look.order
    ]


def _troubles(judgement: Judgement) -> list[str]:
    return [f"{row.name} {row.status}: {row.why}" for row in judgement.rows if row.status != "ok"]


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


def _wide(columns: Sequence[Column], rows: dict[str, list[str]]) -> int:
    widths = [
        max(len(column.heading), *(len(text) for text in rows[column.heading]))
        for column in columns
    ]
    return sum(widths) + GAP * (len(columns) - 1)
