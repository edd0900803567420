"""A trace in numbers: how long tasks took, who held the loop, where the time went, who starved."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from asyncbench.analysis.trace.breakdown import TaskDemand, TimeBreakdown, breakdown, task_demand
from asyncbench.analysis.trace.builder import TimelineBuilder
from asyncbench.analysis.trace.loop_usage import LoopUsage, loop_usage
from asyncbench.analysis.trace.timeline import Timeline
from asyncbench.errors import DamagedTraceError
from asyncbench.record.trace import NONE, Trace, TraceStatus
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


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """One trace as a timeline and in numbers; None for what it has no events of.

    `at_once` is how many tasks were in flight at the most.
    """

    timeline: Timeline
    at_once: int
    loop: LoopUsage | None = None
    latency: Latency | None = None
    lanes: Lanes | None = None
    parts: TimeBreakdown | None = None

    @property
    def trace(self) -> Trace:
        """The trace that it is of."""
        return self.timeline.trace


class TracedWork(NamedTuple):
    """The traces of one work, a cell each, and the summaries of those with anything to show."""

    traces: Sequence[Trace]
    summaries: Sequence[TraceSummary]


def summarise(traces: Sequence[Trace], cpus: int) -> list[TraceSummary]:
    """Return the traces of one work in numbers, those that have a timeline, on so many CPUs.

    Nothing needs the events of a trace afterwards. What a task asks for is the workload's word;
    where it gives none, the least that any of the traces measured of that very task. A trace whose
    events are damaged has failed.
    """
    timelines = []
    for trace in traces:
        try:
            timelines += [TimelineBuilder(trace).build()] if trace.traced else []
        except DamagedTraceError as error:
            trace.status, trace.why = TraceStatus.FAILED, str(error)
            trace.began_ns = 0  # nothing of it can be shown
    demand = task_demand(timelines)
    return [_summary(timeline, demand, cpus) for timeline in timelines]


def _summary(timeline: Timeline, demand: TaskDemand, cpus: int) -> TraceSummary:
    trace, at_once = timeline.trace, _at_once(timeline)
    if timeline.missing:  # figures of what is left would be others
        return TraceSummary(timeline, at_once)
    loop = loop_usage(timeline)
    unwatched = trace.cell.has_loop and loop is None
    whole = trace.status == TraceStatus.COMPLETE and trace.rate is None and not unwatched
    whole = whole and not trace.program
    return TraceSummary(
        timeline,
        at_once,
        loop=loop,
        latency=_latency(timeline),
        lanes=_lanes(timeline),
        parts=breakdown(timeline, demand, cpus) if whole else None,
    )


def _at_once(timeline: Timeline) -> int:
    begins = sorted(time for time in timeline.began if time != NONE)
    ends = sorted(time for time in timeline.ended if time != NONE)
    most = ended = 0
    for begun, moment in enumerate(begins, 1):
        while ended < len(ends) and ends[ended] <= moment:
            ended += 1
        most = max(most, begun - ended)
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
