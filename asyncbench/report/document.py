"""What every format says of a run: tables, notes and sentences as data, free of any mark-up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from asyncbench import units
from asyncbench.analysis import explain
from asyncbench.analysis.judgement import Judgement, Row
from asyncbench.analysis.result import Result
from asyncbench.record.plan import Axis, Work
from asyncbench.report import beside, matrix
from asyncbench.report.columns import COLUMNS, usual, verdict
from asyncbench.report.layout import Column, shortened
from asyncbench.report.text import plain
from asyncbench.report.view import EVERYTHING, View
from asyncbench.stats.intervals import Interval

NOTHING = "-"
# A heading is as long as the ratios that stand below it.
LONGEST_BASELINE = 21
WORDS = {"right": False, "elastic": True}


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a table: its text, what it is sorted by, and the verdict that it is, if any."""

    text: str
    key: float | str | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with sentences below it; the first column names a row."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Entry]]
    notes: Sequence[str] = ()
    sortable: bool = False

    @property
    def texts(self) -> list[list[str]]:
        """The rows as texts alone."""
        return [[entry.text for entry in row] for row in self.rows]


def answers(result: Result, view: View = EVERYTHING) -> list[Table]:
    """Return the tables that the tool exists for: who wins, or each variant beside the first."""
    judgements = view.of(result.judgements)
    if not result.run.plan.variants:
        return [_contests(judgements)] if any(each.contest.verdict for each in judgements) else []
    if result.run.plan.of_interpreters:
        return [_by_interpreter(judgement, view.relative_to) for judgement in judgements]
    tables = [_beside(judgements, variant.name, view) for variant in result.run.plan.variants[1:]]
    return [table for table in tables if table.rows]


def works(result: Result, view: View = EVERYTHING, without: Collection[str] = ()) -> list[Table]:
    """Return a table a work, its reasons and troubles below it; `without` names columns to omit.

    All have the same columns: those that are usual for any of the works, unless the view says.
    """
    judgements = view.of(result.judgements)
    asked = view.columns or usual(judgements)
    names_ = [name for name in asked if name not in without]
    return [_work(judgement, view, names_) for judgement in judgements]


def in_brief(result: Result, view: View = EVERYTHING) -> Table:
    """Return one table of at most six columns: each executor's time, and how it compares."""
    judgements = view.of(result.judgements)
    called = names([judgement.work for judgement in judgements])
    several, varied = len(judgements) > 1, any(judgement.variants for judgement in judgements)
    rows = []
    for judgement, name in zip(judgements, called, strict=True):
        for row in view.rows(judgement):
            known = [name, row.cell.executor, row.cell.variant]
            kept = [several, True, varied]
            time = units.spread(row.figures.time) if row.figures else NOTHING
            ratio_ = "1" if row.is_baseline else units.times(row.ratio) if row.ratio else NOTHING
            texts = [each for each, keep in zip(known, kept, strict=True) if keep]
            rows.append([*fields([*texts, time, ratio_]), _verdict(judgement, row)])
    headings = [("workload", several), ("executor", True), ("variant", varied)]
    columns = [Column(heading=heading, **WORDS) for heading, keep in headings if keep]
    references = {reference(judgement) for judgement in judgements}
    columns += [
        Column(heading="time a batch"),
        Column(
            heading=f"vs {references.pop()}" if len(references) == 1 else "vs baseline", right=False
        ),
        Column(heading="verdict", **WORDS),
    ]
    return Table("", columns, rows)


def names(works_: Sequence[Work]) -> list[str]:
    """Return a name for each work: its workload, with what tells it from those of the same name."""
    called = []
    for work in works_:
        twins = [each for each in works_ if each.workload == work.workload and each is not work]
        if work.at and twins:
            called.append(plain(f"{work.workload} ({point(work)})"))
            continue
        told = [
            f"{name}={value}"
            for name, value in work.params.items()
            if any(each.params.get(name) != value for each in twins)
        ]
        sizes = (work.tasks, work.concurrency)
        if any((each.tasks, each.concurrency) != sizes for each in twins):
            told.append(work.size)
        name = plain(work.workload)
        called.append(f"{name} ({plain('; '.join(told))})" if told else name)
    return called


def point(work: Work) -> str:
    """Return which point of a sweep a work is."""
    return ", ".join(
        f"{Axis(name).called} {units.plain_number(at)}" for name, at in work.at.items()
    )


def title(judgement: Judgement) -> str:
    """Return a work with its parameters, how much of it there is, and its ideal time."""
    ideal = judgement.ideal
    text = judgement.work.describe()
    if ideal.seconds > 0:
        kind = " (as measured)" if ideal.measured else ""
        text += f"; ideal {units.seconds(ideal.seconds)}{kind}"
    return plain(text)


def reference(judgement: Judgement) -> str:
    """Return the name of what the rows' ratios refer to."""
    if judgement.variants:
        return plain(judgement.variants[0])
    return plain(judgement.baseline.cell.executor) if judgement.baseline else "baseline"


def ratio(of: Interval | None) -> Entry:
    """Return a ratio of times as a field."""
    return Entry(units.times(of), of.estimate) if of else Entry(NOTHING)


def fields(texts: Iterable[str]) -> list[Entry]:
    """Return texts as fields that sort by themselves."""
    return [Entry(plain(text), plain(text)) for text in texts]


def _contests(judgements: Sequence[Judgement]) -> Table:
    called = names([judgement.work for judgement in judgements])
    rows, notes = [], []
    for judgement, name in zip(judgements, called, strict=True):
        contest = judgement.contest
        sides = [row.name if row else NOTHING for row in (contest.cooperative, contest.preemptive)]
        mark = str(contest.verdict or "")
        rows.append(
            [*fields([name, *sides]), ratio(contest.ratio), Entry(mark or NOTHING, mark, mark)]
        )
        if why := explain.of_contest(judgement):
            notes.append(f"{name}: {plain(why)}.")
    return Table(
        "Where cooperative multitasking wins or loses (the best of each side)",
        [
            Column(heading="workload", **WORDS),
            Column(heading="cooperative", **WORDS),
            Column(heading="preemptive", **WORDS),
            Column(heading="cooperative is", right=False, spare=1),
            Column(heading="verdict", **WORDS),
        ],
        rows,
        notes,
    )


def _beside(judgements: Sequence[Judgement], later: str, view: View) -> Table:
    """Return a variant beside the first, a line an executor."""
    first = judgements[0].variants[0] if judgements else ""
    called = names([judgement.work for judgement in judgements])
    rows = [
        [
            *fields([name, row.cell.executor]),
            _time(judgement.first_of(row)),
            _time(row),
            ratio(row.ratio),
            _verdict(judgement, row),
        ]
        for judgement, name in zip(judgements, called, strict=True)
        for row in view.rows(judgement)
        if row.cell.variant == later
    ]
    return Table(
        f"{plain(later)} beside {plain(first)}: time a batch",
        [
            Column(heading="workload", **WORDS),
            Column(heading="executor", **WORDS),
            # Times stand in the tables of works, too: where space is short, they go first.
            Column(heading=plain(first), spare=4),
            Column(heading=plain(later), spare=3),
            Column(heading="it is", right=False, spare=1),
            Column(heading="verdict", **WORDS),
        ],
        rows,
    )


def _by_interpreter(judgement: Judgement, asked: str) -> Table:
    return Table(
        plain(f"Executors by interpreters, {judgement.work.describe()}"),
        matrix.columns(judgement, asked),
        [fields(texts) for texts in matrix.rows(judgement, asked, whole=True)],
        [matrix.legend(judgement, asked), *matrix.sentences(judgement)],
    )


def _work(judgement: Judgement, view: View, names_: Sequence[str]) -> Table:
    hidden = {"executor": "ratio", "python": "within"}.get(view.relative_to)
    shown = [COLUMNS[name] for name in names_ if not judgement.matrix or name != hidden]
    rows = view.rows(judgement)
    fields_ = [
        [
            _verdict(judgement, row, within=view.relative_to == "executor")
            if column.name == "verdict"
            else Entry(column.text(judgement, row), column.key(judgement, row))
            for column in shown
        ]
        for row in rows
    ]
    fields_ += [
        [Entry(other.get(column.name, "")) for column in shown]
        for other in beside.rows(judgement, rows)
    ]
    headings = {"ratio": f"vs {shortened(reference(judgement), LONGEST_BASELINE)}"}
    if judgement.matrix:
        headings["within"] = f"vs {shortened(plain(judgement.matrix.baseline), LONGEST_BASELINE)}"
    columns = [replace(each, heading=headings.get(each.name, each.heading)) for each in shown]
    return Table(title(judgement), columns, fields_, notes(judgement, rows))


def notes(judgement: Judgement, rows: Sequence[Row]) -> list[str]:
    """Return what must be known of rows, why each came out so, and what went wrong, once each."""
    why: dict[str, list[str]] = {}
    for row in rows:
        reason = explain.of_row(judgement, row)
        if reason and row.ok and (row.is_baseline or row.verdict is not None):
            why.setdefault(reason, []).append(row.name)
    found = [_stated(judgement, rows)]
    found += [f"{', '.join(those)}: {reason}." for reason, those in why.items()]
    found += [
        f"{row.name} ended them in the order {' '.join(map(str, look.order))}."
        for row in rows
        if (look := judgement.observations.get(row.cell.id)) and look.order
    ]
    found += [f"{row.name} {row.status}: {row.why}" for row in rows if not row.ok]
    return [plain(each) for each in found if each]


def _stated(judgement: Judgement, rows: Sequence[Row]) -> str:
    """Return what a reader must know of single executors: start method, chunk size, versions."""
    parts = []
    for row in rows:
        own = [f"{name} {value}" for name, value in row.facts.items()]
        if own:
            parts.append(f"{row.name}: {', '.join(own)}")
    if judgement.target:
        other = judgement.other_side
        facts = ", ".join(f"{name} {value}" for name, value in judgement.target.facts.items())
        parts.append(f"{other}: {facts.removeprefix(f'{other} ')}")
    return "; ".join(parts)


def _verdict(judgement: Judgement, row: Row, *, within: bool = False) -> Entry:
    """Return a verdict, beside the baseline of the same interpreter where that is asked for."""
    if within and row.ok and judgement.matrix:
        mark = str(row.within.verdict) if row.within else "baseline"
        return Entry(mark, mark, mark)
    mark = "failed" if not row.ok else "baseline" if row.is_baseline else str(row.verdict or "")
    text = plain(verdict(row, judgement.loop_of(row)))
    return Entry(text, text, mark)


def _time(row: Row | None) -> Entry:
    if row is None or row.figures is None:
        return Entry(NOTHING)
    return Entry(units.spread(row.figures.time), row.figures.time.estimate)
