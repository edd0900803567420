"""An advice in a paragraph: what to use, what it gains, when that would change, what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

from asyncbench import units
from asyncbench.analysis import explain, outlook
from asyncbench.analysis.advice import Advice, Block, Told
from asyncbench.analysis.reasons import HOLDS_GIL
from asyncbench.analysis.records import bounds
from asyncbench.analysis.result import Result
from asyncbench.record.lines import RunStatus
from asyncbench.report.answers import MOSTLY, more_time
from asyncbench.report.text import listed, plain
from asyncbench.stats.intervals import Interval


def sentences(advice: Advice) -> list[str]:
    """Return the answer first, then what it rests on and what stands in the way."""
    blocks = in_the_way(advice)
    if advice.told is Told.UNBLOCK:  # the answer itself
        blocks.remove(plain(_block(_worst(advice))))
    said = [_answer(advice), _over(advice), *_more(advice), *blocks, _predicted(advice)]
    return [plain(each) for each in said if each]


def document(advice: Advice) -> dict[str, Any]:
    """Return the advice as data."""
    demanded, second = advice.judgement.demanded, advice.second
    return {
        "is": "asyncbench advice",
        "schema": 1,
        "told": str(advice.told),
        "executors": [row.name for row in advice.best],
        "quickest_is_open": advice.among,
        "at_once": advice.at_once if advice.told is Told.USE else None,
        "waiting_share": advice.waits,
        "gil_share": demanded.gil_share if demanded else None,
        "over_one_by_one": _interval(advice.over_one),
        "over_next": (
            {"executor": second.row.name, **(_interval(second.ratio) or {})} if second else None
        ),
        "changes": [
            {"before": each.before, "after": each.after, "at": each.at,
             "low": each.low, "high": each.high}
            for each in advice.changes
        ],
        "in_the_way": in_the_way(advice),
        "blocks": [
            {"executor": each.executor, "by": each.by, "held_share": each.share,
             "longest_s": each.longest_s, "waits": each.waits, "gain": each.gain}
            for each in advice.blocks
        ],
        "predicted": {
            name: {"seconds": seconds, "measured": _measured(advice).get(name)}
            for name, seconds in advice.predicted.items()
        },
        "sending_s": advice.sending_s or None,
        "others_share": advice.others or None,
        "budget_s": advice.budget_s or None,
        "spent_s": advice.spent_s or None,
        "more_s": advice.more_s if advice.more_s and isfinite(advice.more_s) else None,
        "text": " ".join(sentences(advice)),
    }  # fmt: skip


def kept(result: Result) -> str:
    """Return that an advice was interrupted, and where what it rests on is, '' for neither."""
    if result.run.status is not RunStatus.INTERRUPTED:
        return ""
    where = f"; saved in {result.run.path}" if result.run.path else ""
    return plain(f"It was interrupted: this is what was measured until then{where}.")


def in_the_way(advice: Advice) -> list[str]:
    """Return what in the code keeps it from being quicker, each with what is usually done."""
    found = [*map(_block, advice.blocks), _queued(advice), _pool(advice)]
    found += [_awaits(advice), _sending(advice)]
    return [plain(each) for each in found if each]


def _queued(advice: Advice) -> str:
    """Return where tasks wait for one another, which no executor changes."""
    told = (explain.queued(advice.judgement, row) for row in advice.judgement.rows if row.ok)
    return next((f"In the way: {each}." for each in told if each), "")


def _pool(advice: Advice) -> str:
    """Return which pool of the user's own is given more calls at once than it can take."""
    of_users = (
        explain.full_pool(advice.judgement, row)
        for row in advice.judgement.rows
        if row.ok and (look := advice.judgement.observations.get(row.cell.id)) and look.pool
    )
    return next((f"In the way: {each}." for each in of_users if each), "")


def kind(advice: Advice) -> str:
    """Return what a task does with its time."""
    share, demanded = advice.waits, advice.judgement.demanded
    if share is None:
        return ""
    computes = "computes"
    gil = demanded.gil_share if demanded else None
    if gil is not None:
        computes = "computes with the GIL held" if gil > HOLDS_GIL else "computes without the GIL"
    if share > MOSTLY:
        return f"a task waits {share:.0%} of its time"
    if share < 1 - MOSTLY:
        return f"a task {computes} {1 - share:.0%} of its time"
    return f"a task waits {share:.0%} of its time and {computes} for the rest"


def _answer(advice: Advice) -> str:
    does = kind(advice)
    because = f": {does}" if does else ""
    names = [row.name for row in advice.best]
    if advice.others:
        return (
            f"Cannot tell: other programs took {units.percent(advice.others)} of the CPUs, and "
            "what computes is then only as quick as they let it be; ask again when they are done."
        )
    if advice.told is Told.CANNOT_TELL:
        between = f" between {listed(names)}" if len(names) > 1 else ""
        return f"Cannot tell{between} yet{_seconds(advice)}."
    if advice.told is Told.UNBLOCK:
        held = _held(_worst(advice))
        return f"Free the event loop first, which matters more than who runs it: {held}"
    if advice.told is Told.NO_DIFFERENCE:
        return f"The choice makes no difference{because}, and nothing is quicker than one by one."
    if all(row.cell.one_by_one for row in advice.best):
        return f"Run tasks one by one ({names[0]}){because}, and everything else is slower."
    level = len(names) > 1 and not advice.among
    close = ", which are too close to matter" if level else ""
    many = f"with {advice.at_once:,} at once"
    if advice.at_once == 1:
        many = "one at a time, since more at once gain nothing"
    return f"Use {listed(names, 'or')}{close}, {many}{because}."


def _more(advice: Advice) -> Iterator[str]:
    """Yield what it gains, and when it would change."""
    if advice.told is Told.USE:
        if advice.over_one:
            yield f"One by one takes {units.plain_times(advice.over_one)} as long."
        second = advice.second
        if second and second.ratio:
            ratio = units.plain_times(second.ratio)
            yield f"{second.row.name}, the next best, takes {ratio} as long."
    if advice.among:
        names = listed([row.name for row in advice.best], "or")
        yield f"Whether {names} is the quickest cannot be told yet{_seconds(advice)}."
    for each in advice.changes:
        low, high = round(each.low), round(each.high)
        yield (
            f"With few at once {each.before} is quicker: {each.after} overtakes it at "
            f"{round(each.at):,} at once ({low:,} to {high:,})."
        )
    if advice.told is Told.USE and not advice.changes and not advice.among:
        yield "Nothing that was measured, from few at once to many, changes that."


def _worst(advice: Advice) -> Block:
    return max(advice.blocks, key=lambda each: each.gain)


def _over(advice: Advice) -> str:
    """Return that it took longer than it was to, and how much would do."""
    if not advice.is_over:
        return ""
    took = f"it took {units.seconds(advice.spent_s)}"
    if advice.told is not Told.CANNOT_TELL:
        return f"The budget of {advice.budget_s:g} s was too little for this: {took}."
    would = ""
    if advice.more_s and isfinite(advice.more_s):
        would = f"; --budget {outlook.enough_s(advice.spent_s, advice.more_s)} would tell"
    return f"The budget of {advice.budget_s:g} s is too little: {took} to measure all once{would}."


def _block(block: Block) -> str:
    return f"In the way under {block.executor}: {_held(block)}"


def _held(block: Block) -> str:
    longest = units.seconds(block.longest_s)
    held = f"{block.by} holds the event loop {block.share:.0%} of the time, up to {longest} at once"
    if block.waits:
        return (
            f"{held}, and waits meanwhile: a blocking call. "
            "Await one that does not block, or hand it to as many threads (asyncio.to_thread): "
            f"{block.at_once:,} at once would then be about {units.factor(block.gain)}x as quick."
        )
    return f"{held}, to compute: other tasks wait for it. Processes can compute beside it."


def _awaits(advice: Advice) -> str:
    if not advice.awaits:
        return ""
    return (
        f"Each task awaits {units.figures(advice.awaits)} times, one after the other: what does "
        "not need the one before can wait at the same time (asyncio.gather). If none does and all "
        f"take equally long, a task would wait {1 / advice.awaits:.0%} of what it waits now."
    )


def _sending(advice: Advice) -> str:
    if not advice.sending_s:
        return ""
    return (
        "Handing a task to another process and its result back takes "
        f"{units.seconds(advice.sending_s)} of CPU time, more than the task itself: "
        "hand over less, or do more of the work there."
    )


def _predicted(advice: Advice) -> str:
    """Return what each was predicted to take, beside what it took."""
    if not advice.predicted or not advice.all_at_once:
        return ""
    measured = _measured(advice)
    told = [
        f"{name} {units.seconds(seconds)} "
        + (f"(it took {units.seconds(measured[name])})" if name in measured else "(not measured)")
        for name, seconds in sorted(advice.predicted.items(), key=lambda each: each[1])
    ]
    tasks = advice.all_at_once.work.tasks
    return f"Predicted from a few tasks, for a batch of {tasks:,} tasks: {', '.join(told)}."


def _measured(advice: Advice) -> dict[str, float]:
    """Return the seconds a batch that each took where a prediction is for."""
    rows = advice.all_at_once.rows if advice.all_at_once else []
    return {row.name: row.figures.time.estimate for row in rows if row.ok and row.figures}


def _seconds(advice: Advice) -> str:
    seconds = advice.more_s
    if not seconds or (advice.is_over and isfinite(seconds)):
        return ""
    if not isfinite(seconds):
        return ", and more time may not tell: the machine is too busy, or they are too close"
    return f"; about {more_time(seconds)} would"


def _interval(ratio: Interval | None) -> dict[str, float | None] | None:
    if ratio is None:
        return None
    low, high = bounds(ratio)
    return {"estimate": ratio.estimate, "low": low, "high": high}
