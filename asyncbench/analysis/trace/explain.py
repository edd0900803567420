"""What a trace shows, in sentences: what happened, who kept others from running, who starved."""

from __future__ import annotations

from collections.abc import Sequence

from asyncbench import units
from asyncbench.analysis.trace import program
from asyncbench.analysis.trace.blocking import BlockingStep
from asyncbench.analysis.trace.loop_usage import BusyStretch
from asyncbench.analysis.trace.summary import TraceSummary
from asyncbench.record.trace import NONE, Trace, TraceStatus

# In a line that a step was seen in more seldom than this it did not spend all of its time.
MOSTLY = 0.8


def explain(summary: TraceSummary) -> list[str]:
    """Return what a trace shows, the most telling first."""
    if summary.trace.program:
        sentences = [_missing(summary), program.what_happened(summary), *program.of_rest(summary)]
        if summary.loop:
            sentences += [*_nobody_else(summary), *program.of_threads(summary)]
        sentences += program.of_endless(summary)
        return [sentence for sentence in sentences if sentence]
    sentences = [
        _missing(summary), _what_happened(summary), *_nobody_else(summary), *_starved(summary)
    ]  # fmt: skip
    return [sentence for sentence in sentences if sentence]


def unequal(traces: Sequence[Trace]) -> list[str]:
    """Return a sentence on each trace of one work that did other work than the first."""
    done = [trace for trace in traces if trace.status == TraceStatus.COMPLETE]
    return [
        f"Nothing shows that {trace.cell.executor} did the same work as {done[0].cell.executor}: "
        f"what its {trace.count} tasks returned adds up to {trace.checksum}, and of the "
        f"{done[0].count} there to {done[0].checksum}"
        for trace in done[1:]
        if (trace.count, trace.checksum) != (done[0].count, done[0].checksum)
    ]


def _on_loop(trace: Trace) -> bool:
    return trace.cell.has_loop


def _in_a_row(trace: Trace) -> bool:
    return trace.cell.one_by_one


def _time(nanoseconds: float) -> str:
    return units.seconds(nanoseconds / 1e9)


def _what_happened(summary: TraceSummary) -> str:
    timeline, trace = summary.timeline, summary.trace
    begun = sum(began != NONE for began in timeline.began)
    if not begun:
        return "No task had begun."
    if begun == 1:
        return "1 task."
    tasks = f"{begun:,} tasks"
    if summary.at_once == 1:
        last = max(timeline.began)
        return f"{tasks}, one after the other: the last could begin after {_time(last)}."
    where = f"in {len(timeline.lanes):,} {_lanes(summary)}"
    if _on_loop(trace):
        where = "on one thread, where each hands over when it awaits"
    elif _in_a_row(trace):
        where = "one after the other"
    waited = sum(timeline.waiting)
    text = f"{tasks} {where}: up to {summary.at_once:,} in flight at once"
    if len(timeline.hand_overs):
        seen = "changed" if _on_loop(trace) else "was seen to change"
        text += f", and control {seen} hands {units.often(len(timeline.hand_overs))}"
    if waited > timeline.wall_ns:
        text += f"; {_time(waited)} of waiting in all passed in {_time(timeline.wall_ns)}"
    return f"{text}."


def _lanes(summary: TraceSummary) -> str:
    processes = len({pid for pid, _ in summary.timeline.lanes})
    return "processes" if processes > 1 else "threads"


def _nobody_else(summary: TraceSummary) -> list[str]:
    """Return sentences on how long nobody else could run, and because of whom."""
    loop, trace = summary.loop, summary.trace
    if loop is None and _on_loop(trace):
        return [
            "Its event loop could not be watched, so nobody knows who held it; tasks are drawn as "
            "threads are."
        ]
    if loop is None or not _on_loop(trace):
        return [_queued(summary)]
    sentences = [_culprit(each) for each in loop.culprits]
    if loop.starving:
        sentences.append(_together(loop.starving, trace.threshold_ns))
    if not sentences:
        sentences.append(
            f"Nobody kept control for longer than {_time(loop.holds.longest)}, and whoever was "
            f"ready had it within {_time(loop.lags.longest)}."
        )
    elif loop.blocked_ns:
        share = units.percent(loop.blocked_ns / max(1, trace.wall_ns))
        sentences.append(
            f"The loop was held beyond {_time(trace.threshold_ns)} for {share} of the "
            f"{'time' if trace.program else 'batch'}."
        )
    return sentences


def _culprit(each: BlockingStep) -> str:
    others = {0: "", 1: ", and 1 task that was ready had to wait"}.get(
        each.waited, f", and {each.waited:,} tasks that were ready had to wait"
    )
    code = f": {each.text.code}" if each.text.code else ""
    where = f"in {each.text.place}" if each.seen else f"somewhere in {each.text.place}"
    often = f" (seen there in {each.share:.0%} of the looks at it)" if each.share < MOSTLY else ""
    return (
        f"Nobody else could run for {_time(each.held_ns)}, from {_time(each.since_ns)} on: "
        f"{_named(each.tasks)} held the loop {where}{code}{often}{others}."
    )


def _missing(summary: TraceSummary) -> str:
    lost = summary.timeline.missing
    if not lost:
        return ""
    return (
        f"CUT: {lost:,} events had no room on the disk or in the file. The picture ends early, and "
        "there are no figures."
    )


def _named(tasks: Sequence[str]) -> str:
    if len(tasks) > 2:
        return f"{tasks[0]}, then {len(tasks) - 1} others,"
    return ", then ".join(tasks)


def _together(stretch: BusyStretch, threshold: int) -> str:
    return (
        f"No step held the loop for longer than {_time(threshold)}, but {stretch.steps:,} in a "
        f"row, of up to {_time(stretch.longest_ns)}, kept it busy for "
        f"{_time(stretch.ended_ns - stretch.since_ns)} without a rest: whoever was ready had to "
        f"wait for up to {_time(stretch.longest_lag_ns)}."
    )


def _queued(summary: TraceSummary) -> str:
    timeline = summary.timeline
    if _in_a_row(summary.trace):
        whole = max(
            (timeline.ended[index] if timeline.ended[index] != NONE else timeline.wall_ns) - began
            for index, began in enumerate(timeline.began)
            if began != NONE
        )
        return f"Nobody else could run while one did, for up to {_time(whole)} at once."
    what = "a CPU" if _lanes(summary) == "processes" else "the GIL or a CPU"
    waited, longest = sum(timeline.queued), timeline.longest_queue_ns
    if not waited:
        return f"No task that could go on was seen to wait for {what}."
    text = f"Tasks that could go on had to wait for {what} for {_time(waited)} in all"
    return f"{text}, for up to {_time(longest)} at once." if longest else f"{text}."


def _starved(summary: TraceSummary) -> list[str]:
    lanes = summary.lanes
    if lanes is None or not lanes.starved:
        return []
    due = summary.timeline.tasks / lanes.lanes
    which = ", ".join(map(str, lanes.starved[:5])) + (" ..." if len(lanes.starved) > 5 else "")
    some = units.counted(len(lanes.starved), "lane")
    return [
        f"STARVED: {some} of {lanes.lanes} ({which}) got less than half of the "
        f"{units.figures(due)} tasks that were due: the fewest {lanes.fewest}, the most "
        f"{lanes.most}, Jain's index {lanes.index:.2f}."
    ]
