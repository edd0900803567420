"""A trace in numbers: how long tasks took, who held the loop, where the time went, who starved."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from asyncbench.analysis.trace.breakdown import TimeBreakdown, asked_of, parts_of
from asyncbench.analysis.trace.loop_usage import LoopUsage, loop_use
from asyncbench.analysis.trace.timeline import Timeline
from asyncbench.record.trace import NONE, Trace
from asyncbench.stats.fairness import Lanes, lanes_of
from asyncbench.stats.quantiles import Quantiles, quantiles


@dataclass(frozen=True, slots=True)
class Latency:
    """How long tasks took from being submitted to their result, and the means that adds up to it.

    `queueing` is until their first step, `service` is running, `waiting` the rest: waiting for what
    they asked for, and then for control again.
    """

    whole: Quantiles
    mean_ns: float
    queueing_ns: float
    service_ns: float
    waiting_ns: float


@dataclass(slots=True)
class TraceSummary:
    """One trace in numbers; None for what it has no events of.

    `at_once` is how many tasks were in flight at the most.
    """

    trace: Trace
    timeline: Timeline
    loop: LoopUsage | None = None
    latency: Latency | None = None
    lanes: Lanes | None = None
    parts: TimeBreakdown | None = None
    at_once: int = 0


def of(traces: Sequence[Trace], cpus: int) -> list[TraceSummary]:
    """Take the traces of one work apart, those that have a timeline; `cpus` is how many there are.

    What a task asks for is the workload's word; where it gives none, the least that any of the
    traces measured of that very task.
    """
    found = [TraceSummary(trace, Timeline(trace)) for trace in traces if trace.traced]
    asked = asked_of([each.timeline for each in found])
    for each in found:
        each.at_once = _at_once(each.timeline)
        if each.timeline.missing:
            continue  # figures of what is left would be others
        each.loop = loop_use(each.timeline)
        each.latency = _latency(each.timeline)
        each.lanes = _lanes(each.timeline)
        unwatched = each.trace.cell.family == "cooperative" and each.loop is None
        if each.trace.status == "complete" and each.trace.rate is None and not unwatched:
            each.parts = parts_of(each.timeline, asked, cpus)
    return found


def _at_once(timeline: Timeline) -> int:
    moments = [(time, 1) for time in timeline.began if time != NONE]
    moments += [(time, -1) for time in timeline.ended if time != NONE]
    now = most = 0
    for _, change in sorted(moments):
        now += change
        most = max(most, now)
    return most


def _latency(timeline: Timeline) -> Latency | None:
    done = [index for index, ended in enumerate(timeline.ended) if ended != NONE]
    if not done:
        return None
    whole = array("q", (timeline.ended[index] - timeline.submitted[index] for index in done))
    mean = sum(whole) / len(done)
    queueing = sum(timeline.began[index] - timeline.submitted[index] for index in done) / len(done)
    service = sum(timeline.running[index] for index in done) / len(done)
    return Latency(quantiles(whole), mean, queueing, service, mean - queueing - service)


def _lanes(timeline: Timeline) -> Lanes | None:
    counts = [0] * max(len(timeline.lanes), min(timeline.trace.lanes, timeline.tasks))
    for lane in timeline.lane:
        if lane != NONE:
            counts[lane] += 1
    return lanes_of(counts) if sum(counts) else None
