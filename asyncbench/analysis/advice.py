"""What to run a task on: which executor, how many at once, and what stands in the way."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from asyncbench.analysis import outlook, reasons
from asyncbench.analysis.judgement import Judgement, Rival, Row
from asyncbench.analysis.lead import level_among
from asyncbench.analysis.prediction import Prediction
from asyncbench.analysis.result import Result
from asyncbench.analysis.sweep import Crossover, Sweep, front, is_told
from asyncbench.analysis.waiting import waiting_share
from asyncbench.record.events import BLOCKS_NS
from asyncbench.stats import intervals, simultaneous
from asyncbench.stats.intervals import Interval

# An await that comes so often a task, one after the other, might be made at the same time.
IN_A_ROW = 3
# What is shown to be so many times as quick as one by one is worth having, whoever else is near.
MUCH = 1.5

# Other programs take more of the CPUs than this where it matters to what computes, which is what
# waits for less than this share of its time; and who is predicted to take so many times as long as
# the quickest is not it.
BUSY, WAITS, UNLIKELY = 0.3, 0.8, 1.25
# What waits for less than this share of its time might compute in other processes; to send it there
# takes less than this, unless there is much to send.
COMPUTES, SENDING_S = 0.6, 0.0005


class Told(enum.StrEnum):
    """What an advice comes to."""

    USE = "use"
    UNBLOCK = "unblock"
    NO_DIFFERENCE = "no difference"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Block:
    """What holds the event loop: the code by name, file and line, for how long and how much.

    Where it `waits` meanwhile, of so many tasks `at_once`, they could all wait together.
    """

    executor: str
    by: str
    share: float
    longest_s: float
    waits: bool
    at_once: int = 1

    @property
    def gain(self) -> float:
        """How many times as quick a batch would be whose tasks waited together.

        Amdahl's law, for the share of the time that is spent waiting so. Source: G. M. Amdahl,
        Validity of the single processor approach to achieving large scale computing capabilities,
        AFIPS Conference Proceedings 30 (1967), 483-485.
        """
        return 1 / (1 - self.share + self.share / self.at_once) if self.waits else 1.0


@dataclass(frozen=True)
class Advice:
    """What is known of a task, and what follows from it.

    It is to unblock where a blocking call that holds the loop costs more than any choice of loop.
    `best` are the executors to choose from: one, or several that are too close to matter; with
    `among`, several that all gain much, of which it is not told yet which is the quickest.
    `at_once` is the fewest at which they are as quick as they get. `over_one` is the time one by
    one over theirs, and `second` who comes next. `predicted` are seconds a batch
    `all_at_once`, by executor. `others` is the share of the CPUs that other programs took, where
    that is why it cannot be told. `sending_s` of CPU time a task takes more in another process,
    where that is more than it computes. `spent_s` is what all of it took, of `budget_s` that it was
    to take (0: not known).
    """

    told: Told
    judgement: Judgement
    best: list[Row] = field(default_factory=list)
    at_once: int = 1
    over_one: Interval | None = None
    second: Rival | None = None
    changes: list[Crossover] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    awaits: float = 0.0
    more_s: float = 0.0
    among: bool = False
    predicted: Mapping[str, float] = field(default_factory=dict)
    sending_s: float = 0.0
    all_at_once: Judgement | None = None
    others: float = 0.0
    budget_s: float = 0.0
    spent_s: float = 0.0

    @property
    def is_over(self) -> bool:
        """Whether it took clearly longer than it was to."""
        return bool(self.budget_s) and outlook.is_over(self.spent_s, self.budget_s)

    @cached_property
    def waits(self) -> float | None:
        """The share of its time that a task waits, None where it is not known."""
        return waiting_share(self.judgement)


def advise(result: Result, predicted: Prediction | None = None) -> Advice:
    """Return the advice that a sweep over concurrency gives; never one that it does not show.

    `predicted` is what each executor was thought to take, with all at once.
    """
    found = _advise(result)
    if predicted:
        whole = Sweep(result).points[-1]
        found = replace(found, predicted=predicted.times, all_at_once=whole)
        found = replace(found, sending_s=_sending_s(found, predicted))
        measured_s = result.run.end.wall_ns / 1e9 if result.run.end else 0.0
        spent_s = predicted.looked_s + measured_s
        found = replace(found, budget_s=predicted.budget_s, spent_s=spent_s)
    foreign = result.run.mean_share("foreign") or 0.0
    if foreign > BUSY and found.told is Told.USE and _is_doubtful(found):
        return replace(found, told=Told.CANNOT_TELL, others=foreign)
    return found


def _sending_s(found: Advice, predicted: Prediction) -> float:
    """Return what sending a task to a process takes, 0 where it is little or nobody would."""
    computes = found.waits is not None and found.waits < COMPUTES
    much = predicted.sending_s > max(predicted.computes_s, SENDING_S)
    return predicted.sending_s if computes and much else 0.0


def _is_doubtful(found: Advice) -> bool:
    """Return whether what came out may be due to what other programs left of the CPUs.

    Who computes with more threads gets more of a busy machine: that is nothing of the work's own.
    """
    if found.waits is None or found.waits >= WAITS:
        return False
    times = [found.predicted[row.name] for row in found.best if row.name in found.predicted]
    return not times or max(times) > UNLIKELY * min(found.predicted.values())


def _advise(result: Result) -> Advice:
    found = Sweep(result)
    able = [each for each in found.points if any(_time(row) for row in each.rows)]
    if not able:
        return Advice(Told.CANNOT_TELL, found.points[-1])
    chosen = _quickest(able, result.run.plan.margin)
    # What holds a loop is in the way of many at once, wherever the shortest time was.
    blocks = _blocks(able[-1]) or _blocks(chosen)
    known = Advice(Told.CANNOT_TELL, chosen, front(chosen), blocks=blocks, awaits=_awaits(able[0]))
    if any(each.gain > MUCH for each in blocks) and all(row.cell.has_loop for row in known.best):
        return replace(known, told=Told.UNBLOCK)
    if chosen.lead is None or not is_told(chosen):
        known = replace(known, more_s=outlook.seconds_to_decide(result))
        gains = [_over_one(found, chosen, row) for row in known.best]
        if chosen.withheld or not all(map(_is_much, gains)):
            return known
        # Which of them is quickest matters little beside what each of them is shown to gain.
        known = replace(known, among=len(known.best) > 1)
    rivals = chosen.lead.rivals if chosen.lead else []
    if any(row.cell.one_by_one for row in known.best):
        # Whoever does one after the other is as quick as anybody: there is nothing to gain.
        if len(known.best) > 1:
            return replace(known, told=Told.NO_DIFFERENCE)
        return replace(known, told=Told.USE, second=rivals[0] if rivals else None)
    others = [each for each in rivals if not each.row.cell.one_by_one]
    return replace(
        known,
        told=Told.USE,
        at_once=_at_once(found, chosen, known.best[0]),
        over_one=_over_one(found, chosen, known.best[0]),
        second=next((each for each in others if each.is_slower), None),
        changes=[each for each in found.crossovers if _changes(found, each)],
    )


def _quickest(points: Sequence[Judgement], margin: float) -> Judgement:
    """Return the point with the shortest time; of those as short, one that is told."""
    times = {each.number: min(filter(None, map(_time, each.rows))) for each in points}
    least = min(times.values()) * (1 + margin)
    close = [each for each in points if times[each.number] <= least]
    return min(close, key=lambda each: (not is_told(each), times[each.number]))


def beside(result: Result, row: Row, other: Row) -> Interval | None:
    """Return the ratio of two cells of different points, paired by the rounds that both have."""
    summary = result.summary
    own, others = (summary.log_medians(each.cell) for each in (row, other))
    rounds = [[own[number] - others[number]] for number in sorted(own.keys() & others.keys())]
    level = intervals.ALPHA / result.run.plan.points
    return simultaneous.ratio(rounds, level, summary.test) if rounds else None


def _over_one(found: Sweep, chosen: Judgement, best: Row) -> Interval | None:
    """Return what one by one takes as a multiple of the best, None where that was not measured."""
    alone = next((each for each in chosen.rows if each.cell.one_by_one and _time(each)), None)
    if alone is best:
        return None
    if alone and chosen.lead:
        summary = found.result.summary
        rounds = summary.ratios(alone.cell, best.cell)
        level = level_among(found.result.run.plan, len(chosen.lead.rivals) + 1)
        return simultaneous.ratio(rounds, level, summary.test) if rounds else None
    first = found.points[0]
    row = next((each for each in first.rows if each.name == best.name and _time(each)), None)
    is_alone = first is not chosen and first.work.concurrency == 1
    return beside(found.result, row, best) if row and is_alone else None


def _changes(found: Sweep, crossover: Crossover) -> bool:
    """Return whether who is overtaken led, and who overtakes it leads: that is at the level."""
    leads = {found.at(each): each.lead.best.name for each in found.points if each.lead}
    return leads[crossover.low] == crossover.before and leads[crossover.high] == crossover.after


def _is_much(gain: Interval | None) -> bool:
    return gain is not None and gain.low > MUCH


def _at_once(found: Sweep, chosen: Judgement, best: Row) -> int:
    """Return the fewest at once at which the best takes no longer than at best, by what matters."""
    edge = 1 + found.result.run.plan.margin
    for point in found.points:
        row = next((each for each in point.rows if each.name == best.name and _time(each)), None)
        if point is chosen or row is None:
            continue
        ratio = beside(found.result, row, best)
        if ratio and ratio.estimate <= edge:
            return min(point.work.concurrency, chosen.work.concurrency)
    return chosen.work.concurrency


def _blocks(judgement: Judgement) -> list[Block]:
    """Return what holds event loops for long, each code once; one that computes has to.

    Of a function that was not seen at the line that holds it, its first line is known alone: of
    several lines of one the last tells most.
    """
    found: dict[str, Block] = {}
    for row in judgement.rows:
        look = judgement.loop_of(row)
        if look is None or not row.ok or row.figures is None or row.cell.blocks_loop:
            continue
        waits = reasons.waits_in_steps(look, row.figures)
        # Each of many tasks may hold it briefly, and with a call that never lets others go on.
        long = look.longest_ns >= BLOCKS_NS or (waits and not look.suspends)
        if look.held_share > reasons.HELD and long:
            longest_s, at_once = look.longest_ns / 1e9, judgement.work.concurrency
            block = Block(row.name, look.by, look.held_share, longest_s, waits, at_once)
            place, line = _placed(look.by)
            if place not in found or line > _placed(found[place].by)[1]:
                found[place] = block
    return [*found.values()]


def _placed(by: str) -> tuple[str, int]:
    """Return the function and the file of what held a loop, and the line in it, 0 for none."""
    known = re.fullmatch(r"(.+):(\d+)\)", by)
    return (known[1], int(known[2])) if known else (by, 0)


def _awaits(judgement: Judgement) -> float:
    """Return how often a task gives control back, where that is often and all else is simple."""
    for row in judgement.rows:
        look = judgement.loop_of(row)
        if look and row.ok and not look.spawned and look.pool_most <= 1:
            often = look.suspends / judgement.work.tasks
            return often if often >= IN_A_ROW else 0.0
    return 0.0


def _time(row: Row) -> float | None:
    return row.figures.time.estimate if row.ok and row.figures else None
