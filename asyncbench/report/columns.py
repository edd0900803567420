"""The columns that a table of one work can have: what each says of a row, and how it sorts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asyncbench import units
from asyncbench.analysis.judgement import Judgement, Row
from asyncbench.analysis.summary import Figures
from asyncbench.record.lines import LoopObservation
from asyncbench.report import layout
from asyncbench.report.text import plain

Key = float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(layout.Column):
    """A column of the tables: what it is called on the command line, what it says of a row.

    `key` is what rows are sorted by, None where a row has nothing there. `usual` columns are shown
    unless others are asked for.
    """

    name: str
    text: Callable[[Judgement, Row], str]
    key: Callable[[Judgement, Row], Key]
    usual: bool = True


def verdict(row: Row, look: LoopObservation | None = None) -> str:
    """Return a row's verdict, or what stands in its place, with what makes it doubtful.

    `look` is what was seen of its event loop.
    """
    if not row.ok:
        return row.status
    text = "baseline" if row.is_baseline else str(row.verdict or "no baseline")
    if row.figures and row.figures.target_bound:
        text += ", target-bound"
    return f"{text}, starved" if look and look.starved else text


def usual(judgements: Sequence[Judgement]) -> list[str]:
    """Return the columns that are shown of works unless others are asked for."""
    watched = any(each.loop_of(row) for each in judgements for row in each.rows)
    varied = any(each.variants for each in judgements)
    by_interpreter = any(each.matrix for each in judgements)
    return [
        name
        for name, column in COLUMNS.items()
        if column.usual
        and (name != "variant" or varied)
        and (name != "held" or watched)
        and (name != "within" or by_interpreter)
    ]


def _words(name: str, of: Callable[[Row], str], *, usual: bool = True) -> Column:
    return Column(
        name=name,
        heading=name,
        text=lambda _, row: plain(of(row)),
        key=lambda _, row: of(row) or None,
        usual=usual,
        right=False,
        elastic=True,
    )


def _figure(
    name: str,
    heading: str,
    key: Callable[[Figures], float],
    text: Callable[[Figures], str],
    spare: int,
    *,
    usual: bool = True,
) -> Column:
    """Make a column of a row's figures, empty where the row has none."""
    return Column(
        name=name,
        heading=heading,
        text=lambda _, row: text(row.figures) if row.figures else "",
        key=lambda _, row: key(row.figures) if row.figures else None,
        spare=spare,
        usual=usual,
    )


def _beside(row: Row) -> str:
    if row.is_baseline:
        return "1"
    return units.times(row.ratio) if row.ratio else ""


def _ratio(row: Row) -> float | None:
    if row.is_baseline:
        return 1.0
    return row.ratio.estimate if row.ratio else None


def _within(judgement: Judgement, row: Row) -> str:
    if row.within:
        return units.times(row.within.ratio) if row.within.ratio else ""
    baseline = judgement.matrix.baseline if judgement.matrix else ""
    return "1" if row.ok and row.cell.executor == baseline else ""


def _within_key(row: Row) -> float | None:
    return row.within.ratio.estimate if row.within and row.within.ratio else None


def _switches(its: Figures) -> str:
    return f"{units.count(its.voluntary)}+{units.count(its.involuntary)}"


def _over_ideal(judgement: Judgement, row: Row) -> str:
    if not row.figures:
        return ""
    return units.over(row.figures.time.estimate, judgement.ideal.seconds)


def _times_ideal(judgement: Judgement, row: Row) -> float | None:
    if not row.figures or judgement.ideal.seconds <= 0:
        return None
    return row.figures.time.estimate / judgement.ideal.seconds


def _held(judgement: Judgement, row: Row) -> str:
    look = judgement.loop_of(row)
    if look is None:
        return ""
    return f"{look.held_share:.0%}, max {units.seconds(look.longest_ns / 1e9)}"


def _held_key(judgement: Judgement, row: Row) -> float | None:
    look = judgement.loop_of(row)
    return look.held_share if look else None


COLUMNS = {
    column.name: column
    for column in (
        _words("executor", lambda row: row.cell.executor),
        _words("variant", lambda row: row.cell.variant),
        _words("family", lambda row: row.cell.family, usual=False),
        _figure("lanes", "lanes", lambda its: its.lanes, lambda its: str(its.lanes), 4),
        _figure(
            "time",
            "time a batch",
            lambda its: its.time.estimate,
            lambda its: units.spread(its.time),
            2,
        ),
        Column(
            name="ratio",
            heading="vs baseline",
            text=lambda _, row: _beside(row),
            key=lambda _, row: _ratio(row),
            spare=1,
            right=False,
        ),
        Column(
            name="within",
            heading="vs baseline executor",
            text=_within,
            key=lambda _, row: _within_key(row),
            spare=1,
            right=False,
        ),
        _figure(
            "rate",
            "tasks/s",
            lambda its: its.tasks_per_s,
            lambda its: units.figures(its.tasks_per_s),
            5,
        ),
        _figure(
            "cpu", "CPU a batch", lambda its: its.cpu_s, lambda its: units.seconds(its.cpu_s), 6
        ),
        _figure("switches", "switches", lambda its: its.voluntary + its.involuntary, _switches, 7),
        Column(
            name="held",
            heading="loop held",
            text=_held,
            key=_held_key,
            spare=4,
        ),
        _figure(
            "rss",
            "peak RSS",
            lambda its: its.peak_rss_bytes,
            lambda its: units.size(its.peak_rss_bytes),
            8,
        ),
        _figure(
            "startup",
            "start-up",
            lambda its: its.startup_s,
            lambda its: units.seconds(its.startup_s),
            9,
        ),
        _figure(
            "shutdown",
            "shut-down",
            lambda its: its.shutdown_s,
            lambda its: units.seconds(its.shutdown_s),
            10,
            usual=False,
        ),
        _figure(
            "cpus", "CPUs", lambda its: its.cpus, lambda its: f"{its.cpus:.2f}", 11, usual=False
        ),
        _figure(
            "samples",
            "samples",
            lambda its: its.samples,
            lambda its: str(its.samples),
            12,
            usual=False,
        ),
        _figure(
            "rounds", "rounds", lambda its: its.rounds, lambda its: str(its.rounds), 13, usual=False
        ),
        Column(name="ideal", heading="over ideal", text=_over_ideal, key=_times_ideal, spare=3),
        Column(
            name="verdict",
            heading="verdict",
            text=lambda judgement, row: plain(verdict(row, judgement.loop_of(row))),
            key=lambda judgement, row: verdict(row, judgement.loop_of(row)),
            right=False,
            elastic=True,
        ),
    )
}
