"""Executors by interpreters, in sentences and as a table with both of its ratios."""

from __future__ import annotations

from asyncbench import units
from asyncbench.analysis.judgement import Judgement, Lead, Row, Status, Verdict, is_open
from asyncbench.analysis.matrix import overtaken
from asyncbench.analysis.waiting import waiting_share
from asyncbench.report.layout import Column, shortened
from asyncbench.report.text import listed, plain
from asyncbench.stats.intervals import Interval

# Below this share of waiting a task is said to compute, above to run.
COMPUTES = 0.1
# From this factor on it is said as one, below as per cent.
AS_FACTOR = 1.1
LONGEST_NAME = 24
PLURAL = ("threads", "processes", "interpreters")
NOTHING = "-"


def sentences(judgement: Judgement) -> list[str]:
    """Return what each later interpreter changes, who is best under which, and who has no rank."""
    assert judgement.matrix
    if judgement.withheld:
        return []
    found = [_changed(judgement, name) for name in judgement.variants[1:]]
    found += [_quickest(judgement), _not_alone(judgement), *_unranked(judgement)]
    return [plain(each) for each in found if each]


def columns(judgement: Judgement, relative_to: str = "") -> list[Column]:
    """Return the columns of the table; of `relative_to` executor or python one ratio alone."""
    assert judgement.matrix
    names = [shortened(plain(name), LONGEST_NAME) for name in judgement.variants]
    found = [Column(heading="executor", right=False)]
    for number, name in enumerate(names):
        found.append(Column(heading=name))
        if relative_to != "python" and judgement.matrix.baseline:
            heading = f"vs {shortened(plain(judgement.matrix.baseline), LONGEST_NAME)}"
            found.append(Column(heading=heading, right=False, spare=10 + number))
        if relative_to != "executor" and number:
            found.append(Column(heading=f"vs {names[0]}", right=False, spare=3 + number))
    return found


def rows(judgement: Judgement, relative_to: str = "", *, whole: bool = False) -> list[list[str]]:
    """Return a row an executor; `whole`: times and ratios with their intervals."""
    assert judgement.matrix
    found = []
    for executor in dict.fromkeys(row.cell.executor for row in judgement.rows):
        texts = [plain(executor)]
        for number, name in enumerate(judgement.variants):
            row = _of(judgement, executor, name)
            texts.append(_time(row, whole=whole))
            if relative_to != "python" and judgement.matrix.baseline:
                texts.append(_within(judgement, row, whole=whole))
            if relative_to != "executor" and number:
                said = row and (row.ratio, row.verdict)
                texts.append(_beside(judgement, row, *(said or (None, None)), whole=whole))
        found.append(texts)
    return found


def legend(judgement: Judgement, relative_to: str = "") -> str:
    """Return what the columns of ratios refer to."""
    assert judgement.matrix
    first, baseline = plain(judgement.variants[0]), plain(judgement.matrix.baseline)
    parts = []
    if baseline and relative_to != "python":
        parts.append(f"vs {baseline}: beside {baseline} under the same interpreter")
    if relative_to != "executor":
        parts.append(f"vs {first}: beside the same executor under {first}")
    return f"{'; '.join(parts)}." if parts else ""


def _changed(judgement: Judgement, later: str) -> str:
    """Return what an interpreter changes: who is faster under it, who slower, who overtakes."""
    assert judgement.matrix
    first = judgement.variants[0]
    told = [row for row in judgement.rows if row.cell.variant == later and row.ratio]
    unsure = [row for row in told if is_open(row.verdict, row.ratio)]
    same = [row for row in told if row.verdict is Verdict.TIES]
    moved = [row for row in told if row not in unsure and row not in same]
    passing = overtaken(judgement, later)
    under, than = _under(first, later, judgement.matrix.free)
    parts = []
    for row in sorted(moved, key=_factor):
        plural = _is_plural(row)
        text = f"{row.cell.executor} {_does(judgement, plural=plural)} {_amount(row)}{than}"
        if passing and passing[0] is row:
            text += f", and {'overtake' if plural else 'overtakes'} {passing[1].cell.executor}"
        parts.append(text)
        than = ""
    if passing and passing[0] not in moved:
        best, former = passing
        verb = "overtake" if _is_plural(best) else "overtakes"
        parts.append(f"{best.cell.executor} {verb} {former.cell.executor}")
    if same:
        parts.append(f"nothing changes for {listed([*map(_executor, same)])}")
    unsure_of = f"not yet sure what changes for {listed([*map(_executor, unsure)])}"
    parts += [unsure_of] if unsure else []
    if unsure and parts == [unsure_of]:
        return f"{under} it is {unsure_of}."
    return f"{under}, {'; '.join(parts)}." if parts else ""


def _under(first: str, later: str, free: frozenset[str]) -> tuple[str, str]:
    """Return where something changes and what it is compared with, by the GIL if that differs."""
    if later in free and first not in free:
        return f"Without the GIL ({later})", " than with it"
    if first in free and later not in free:
        return f"With the GIL ({later})", " than without it"
    return f"Under {later}", f" than under {first}"


def _is_plural(row: Row) -> bool:
    return row.cell.executor.partition(":")[0] in PLURAL


def _does(judgement: Judgement, *, plural: bool) -> str:
    share = waiting_share(judgement)
    verb = "compute" if share is not None and share < COMPUTES else "run"
    return verb if plural else f"{verb}s"


def _amount(row: Row) -> str:
    assert row.ratio
    factor, way = units.faster_or_slower(row.ratio.estimate)
    if factor >= AS_FACTOR:
        return f"{units.factor(factor).rstrip('0').rstrip('.')} times {way}"
    return f"{max(1, round(100 * (factor - 1)))} % {way}"


def _quickest(judgement: Judgement) -> str:
    """Return who is best under each interpreter; those of one answer share it."""
    assert judgement.matrix
    said: dict[str, list[str]] = {}
    for name in judgement.variants:
        lead = judgement.matrix.leads.get(name)
        if lead:
            said.setdefault(_best(lead), []).append(name)
    parts = [f"{best} under {listed(names)}" for best, names in said.items()]
    return f"The quickest: {'; '.join(parts)}." if parts else ""


def _not_alone(judgement: Judgement) -> str:
    """Return that interpreters with and without the GIL differ in more than that, if they do."""
    assert judgement.matrix
    free, releases = judgement.matrix.free, judgement.matrix.releases
    first = judgement.variants[0]
    others = [each for each in judgement.variants if (each in free) != (first in free)]
    differ = sorted({releases[each] for each in others} - {releases[first]})
    if not differ:
        return ""
    return f"Python {listed([releases[first], *differ])} differ in more than the GIL."


def _best(lead: Lead) -> str:
    if lead.open:
        return "not yet sure"
    level = [each.row.cell.executor for each in lead.level_with]
    best = lead.best.cell.executor
    return f"{', '.join([best, *level[:-1]])} or {level[-1]} (too close)" if level else best


def _unranked(judgement: Judgement) -> list[str]:
    left = [row for row in judgement.rows if row.status is Status.WITH_GIL]
    names = listed([row.name for row in left]) if left else ""
    return [f"Not ranked: {names} {left[0].status}; {left[0].why}."] if left else []


def _of(judgement: Judgement, executor: str, name: str) -> Row | None:
    those = (row for row in judgement.rows if row.cell.variant == name)
    return next((row for row in those if row.cell.executor == executor), None)


def _executor(row: Row) -> str:
    return row.cell.executor


def _factor(row: Row) -> float:
    return row.ratio.estimate if row.ratio else 0.0


def _time(row: Row | None, *, whole: bool) -> str:
    if row is None or row.figures is None:
        return str(row.status) if row and not row.ok else NOTHING
    time = row.figures.time
    return units.spread(time) if whole else units.seconds(time.estimate)


def _within(judgement: Judgement, row: Row | None, *, whole: bool) -> str:
    assert judgement.matrix
    if row and row.within:
        return _beside(judgement, row, row.within.ratio, row.within.verdict, whole=whole)
    if row and row.ok and row.cell.executor == judgement.matrix.baseline:
        return "baseline"
    return _beside(judgement, row, None, None, whole=whole)


def _beside(
    judgement: Judgement,
    row: Row | None,
    ratio: Interval | None,
    verdict: Verdict | None,
    *,
    whole: bool,
) -> str:
    if row and row.status is Status.WITH_GIL:
        return "GIL on"
    if ratio is None:
        return NOTHING
    if whole:
        return f"{units.times(ratio)} {verdict}"
    if verdict is Verdict.TIES:
        return "the same"
    factor, way = units.faster_or_slower(ratio.estimate)
    doubt = "?" if judgement.withheld or is_open(verdict, ratio) else ""
    return f"{units.factor(factor)}x {way}{doubt}"
