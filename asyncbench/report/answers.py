"""What a run answers, in the few words of its first screen: free of any mark-up."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite

from asyncbench import units
from asyncbench.analysis import outlook
from asyncbench.analysis.judgement import Judgement, Row, Status, Verdict, is_narrow, is_open
from asyncbench.analysis.result import Result
from asyncbench.analysis.waiting import waiting_share
from asyncbench.report import document, matrix, standings
from asyncbench.report.text import as_sentence, listed, plain
from asyncbench.stats import intervals

# More names of executors that are level are not told one by one.
MOST_NAMES = 3
# Who would have to wait for longer than this is told the minutes.
LONG_OUTLOOK_S = 180
# From this share on, a task is said to wait, and below one less it, to compute.
MOSTLY = 0.9
# By no more than this nobody leads who may not be ahead at all.
EVEN = 1.005


class Tone(enum.StrEnum):
    """How sure an answer is."""

    SURE = "sure"
    LEVEL = "level"  # too close to matter
    OPEN = "open"  # not yet told


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, and how sure it is."""

    text: str
    tone: Tone


def of_work(judgement: Judgement) -> Answer:
    """Return who wins on a work and by how much; of variants, how many of them changed."""
    if judgement.variants and not judgement.functions:
        return _of_variants(judgement)
    lead = judgement.lead
    if judgement.withheld:
        return Answer("this machine is too noisy to tell", Tone.OPEN)
    if lead is None:
        able = [row for row in judgement.rows if row.ok]
        if judgement.commands and len(judgement.rows) == 1 and able:
            return _of_one(judgement.rows[0])
        unequal = any(row.status is Status.UNEQUAL for row in judgement.rows)
        if unequal and len(able) < 2:
            what = "outputs differ" if judgement.commands else "results differ"
            how = "exit" if judgement.commands else "none"
            return Answer(f"{what}: not compared (--proof {how} does)", Tone.OPEN)
        waits = any(row.status is Status.NOT_MEASURED for row in judgement.rows)
        none = "not measured" if waits else "nothing ran"  # no time was left, or nothing could
        ran = dict.fromkeys(_names_of(judgement, able))
        return Answer(f"only {plain(' and '.join(ran))} ran" if ran else none, Tone.OPEN)
    best = plain(lead.best.name)
    if lead.open:
        ratio = lead.next.ratio
        if not ratio or not in_front(judgement):
            return Answer("not yet sure who is quickest", Tone.OPEN)
        return Answer(f"{best} leads by {units.factor(ratio.estimate)}x, not yet sure", Tone.OPEN)
    level = [plain(rival.row.name) for rival in lead.level_with]
    if len(level) >= MOST_NAMES:
        return Answer(f"{best} and {len(level)} others: too close", Tone.LEVEL)
    if level:
        names = ", ".join([best, *level[:-1]])
        return Answer(f"{names} or {level[-1]}: too close", Tone.LEVEL)
    assert lead.next.ratio
    ratio = lead.next.ratio
    by = f"{units.factor(ratio.estimate)}x"
    if lead.next.verdict is Verdict.LOSES:
        return Answer(f"{best} wins, {by}", Tone.SURE)
    if is_narrow(ratio):
        return Answer(f"{best} narrowly wins, {by}", Tone.SURE)
    return Answer(f"{best} wins, {by} (at least {units.factor(ratio.low)}x)", Tone.SURE)


def in_front(judgement: Judgement) -> list[Row]:
    """Return who is the quickest, as far as is told, and all that are level with it.

    Nobody is where nothing can be told, or where the times that are shown say otherwise than the
    ratio that was measured side by side, which can be until it is sure.
    """
    lead = judgement.lead
    if lead is None or judgement.withheld:
        return []
    ratio, best = lead.next.ratio, lead.best
    if lead.open and (not ratio or ratio.estimate <= EVEN or best.time_s > lead.next.row.time_s):
        return []
    return [best, *(each.row for each in lead.level_with)]


def _names_of(judgement: Judgement, rows: Sequence[Row]) -> list[str]:
    """Return what was compared: functions, under whatever executors, or else the rows."""
    return [row.cell.variant if judgement.functions else row.name for row in rows]


def sentence(judgement: Judgement) -> Answer:
    """Return the answer of a run of one work as a sentence, with the interval of its ratio."""
    short, lead = of_work(judgement), judgement.lead
    if judgement.matrix and (said := matrix.sentences(judgement)):
        return Answer(" ".join(said), short.tone)
    if judgement.commands and lead is None and len(judgement.rows) == 1:
        return Answer(f"{short.text}.", short.tone)
    if lead is None or judgement.withheld or not lead.next.ratio:
        return Answer(as_sentence(short.text), short.tone)
    next_, best = plain(lead.next.row.name), plain(lead.best.name)
    ratio = units.plain_times(lead.next.ratio)
    if short.tone is Tone.SURE:
        return Answer(f"{best} wins: {next_}, the next, takes {ratio} as long.", short.tone)
    if short.tone is Tone.OPEN:
        return Answer(f"Not yet sure: {next_} takes {ratio} as long as {best}.", short.tone)
    return Answer(f"{short.text} to matter.", short.tone)


def of_all(judgements: Sequence[Judgement], margin: float) -> str:
    """Return what several works come to together, '' where there is nothing to say of that."""
    return of_cooperative(judgements, margin) or standings.of_loops(judgements)


def of_cooperative(judgements: Sequence[Judgement], margin: float) -> str:
    """Return where cooperative multitasking wins, ties and loses, '' where only one side ran.

    A run of variants asks something else.
    """
    if any(judgement.variants for judgement in judgements):
        return ""
    names = document.names([judgement.work for judgement in judgements])
    found: dict[str, list[str]] = {}
    for judgement, name in zip(judgements, names, strict=True):
        word = side(judgement)
        if word:
            found.setdefault(word, []).append(name)
    if not found:
        return ""
    parts = [f"{word} {listed(those)}" for word in _SAID if (those := found.get(word))]
    text = f"Cooperative multitasking {', '.join(parts)}."
    return text if "ties on" not in text else f"{text[:-1]} (a tie: within {units.margin(margin)})."


_SAID = (
    "wins on", "narrowly wins on", "ties on", "narrowly loses on", "loses on", "may win or lose on",
)  # fmt: skip


def side(judgement: Judgement) -> str:
    """Return what the cooperative side does: `wins on`, ...; '' where only one side ran."""
    contest = judgement.contest
    if contest.verdict is None or contest.ratio is None:
        return ""
    if contest.verdict is not Verdict.INCONCLUSIVE:
        return f"{contest.verdict} on"
    if judgement.withheld or is_open(contest.verdict, contest.ratio):
        return _SAID[-1]
    how = "narrowly " if is_narrow(contest.ratio) else ""
    return f"{how}wins on" if contest.ratio.estimate < 1 else f"{how}loses on"


def kind(judgement: Judgement) -> list[str]:
    """Return in plain words what a work does, the longest first: how much it waits, at once."""
    share, work = waiting_share(judgement), judgement.work
    at_once = min(work.concurrency, work.tasks)
    size = f"{at_once:,} at once" if at_once > 1 else "one at a time"
    if share is None:
        return [size]
    does = f"computes {1 - share:.0%}" if share < 1 - MOSTLY else f"waits {share:.0%}"
    more = " of its time" if share < 1 - MOSTLY or share > MOSTLY else " of its time and computes"
    return [f"{does}{more}, {size}", f"{does}, {size}", size]


def beside(judgement: Judgement, row: Row) -> str:
    """Return how a row's time relates to the one that it is judged against."""
    if row.is_baseline:
        # Under several executors each is held against the first function under the same one.
        return "" if row.called != row.cell.variant and row.called else "the baseline"
    if row.ratio is None:
        return ""
    if row.verdict is Verdict.TIES:
        return "the same"
    doubt = "?" if judgement.withheld or is_open(row.verdict, row.ratio) else ""
    factor, way = units.faster_or_slower(row.ratio.estimate)
    if doubt and factor < 1.05:
        return "the same?"
    than = ""
    if row.reference and row.called not in ("", row.cell.variant):
        other = row.reference
        same = other.cell.executor == row.cell.executor
        than = f" than {plain(other.cell.variant if same else other.called)}"
    return f"{units.factor(factor)}x {way}{than}{doubt}"


def surer(result: Result) -> str:
    """Return how to get the answers that are open, '' where none is."""
    undecided = [judgement for judgement in result.judgements if not judgement.is_decided]
    if not undecided:
        return ""
    if all(judgement.withheld for judgement in undecided):
        return f"{undecided[0].withheld}: measure again when it is quieter"
    seconds, run = outlook.seconds_to_decide(result), result.run
    spent = run.end.wall_ns / 1e9 if run.end else run.plan.budget_s
    if not isfinite(seconds):
        margin = f"--margin {_wider(result):g}"
        return f"not yet sure, and more time may not help; {margin} is easier to decide"
    budget = outlook.budget_to_decide(result)
    rounds = max((visit.round for visit in run.visits), default=0)
    if rounds < intervals.LEAST_ROUNDS:
        times, took = units.often(rounds), units.seconds(spent)
        begun, missing = outlook.points_begun(result)
        kind = "points" if run.plan.axes else "workloads"
        what = f"{begun} of {begun + missing} {kind}" if missing else "everything"
        least = outlook.rounds_at_least(result)
        needs = f"an answer needs at least {least} times (--budget {budget})"
        if missing or outlook.is_over(spent, run.plan.budget_s):
            return (
                f"the budget of {run.plan.budget_s:g} s is too little: it took {took} to "
                f"measure {what} {times}, and {needs}"
            )
        return f"{took} were enough to measure {what} {times}, and {needs}"
    return f"not yet sure: about {more_time(seconds)} would tell (--budget {budget})"


def more_time(seconds: float) -> str:
    """Return how much longer it takes, in words: `15 more seconds`, `4 more minutes`."""
    if seconds > LONG_OUTLOOK_S:
        return f"{ceil(seconds / 60)} more minutes"
    return f"{5 * ceil(max(1.0, seconds) / 5)} more seconds"


def _of_one(row: Row) -> Answer:
    """Return how long something takes that is beside nothing."""
    assert row.figures
    time = row.figures.time
    known = isfinite(time.high) and isfinite(time.low)
    text = f"{plain(row.name)} takes {units.spread(time)}"
    return Answer(text, Tone.SURE if known else Tone.OPEN)


def _of_variants(judgement: Judgement) -> Answer:
    rows = [row for row in judgement.rows if row.reference]
    counts = dict.fromkeys(("slower", "faster", "unchanged", "not yet sure"), 0)
    for row in rows:
        counts[changed(row)] += 1
    if judgement.withheld:
        return Answer("this machine is too noisy to tell", Tone.OPEN)
    told = [f"{count} {word}" if len(rows) > 1 else word for word, count in counts.items() if count]
    tone = Tone.SURE
    if counts["not yet sure"] or not rows:
        tone = Tone.OPEN
    elif not counts["slower"] and not counts["faster"]:
        tone = Tone.LEVEL
    return Answer(", ".join(told) or "nothing to compare", tone)


def changed(row: Row) -> str:
    """Return what became of a row beside the first variant, in a word or a few."""
    if row.verdict is Verdict.TIES:
        return "unchanged"
    if row.ratio is None or is_open(row.verdict, row.ratio):
        return "not yet sure"
    return "slower" if row.ratio.estimate > 1 else "faster"


def _wider(result: Result) -> float:
    """Return a margin, in per cent, that asks for less than that of a run."""
    return max(10.0, 200 * result.run.plan.margin)
