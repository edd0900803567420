"""What every format says of traces, as headings and tables: mark-up and layout are for others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from asyncbench import units
from asyncbench.analysis.trace.summary import TraceSummary
from asyncbench.record.trace import Trace, TraceStatus
from asyncbench.report.document import Table, fields
from asyncbench.report.layout import Column
from asyncbench.report.text import plain

Entry = Callable[[TraceSummary], str]

PARTS = (
    ("ideal", "ideal"),
    ("start-up", "startup"),
    ("in a row", "in_a_row"),
    ("computing", "computing"),
    ("queueing", "queueing"),
    ("over-sleep", "over_sleep"),
    ("dispatch", "dispatch"),
    ("unexplained", "unexplained"),
    ("start to end", "whole"),
)


def heading(trace: Trace) -> str:
    """Return the name of a trace's executor, with how long the batch took or why it did not end."""
    executor = plain(trace.cell.executor)
    if not trace.traced:
        return f"{executor}: {trace.status}: {plain(trace.why)}"
    time = units.seconds(trace.wall_ns / 1e9)
    if trace.status == TraceStatus.COMPLETE:
        return f"{executor}: {time}"
    return f"{executor}: {plain(trace.why)}; what it did in {time} until then"


def tables(summaries: Sequence[TraceSummary]) -> list[Table]:
    """Return the tables of one work, those that have something to say."""
    known = [_loops(summaries), _latencies(summaries), _lanes(summaries), _parts(summaries)]
    return [table for table in known if table.rows]


def _table(
    caption: str, columns: Sequence[tuple[str, int, Entry]], summaries: Sequence[TraceSummary]
) -> Table:
    """Return a table with a row an executor.

    A column is its heading, how easily it is spared where there is no room, and its entries.
    """
    return Table(
        caption,
        [
            Column(heading="executor", right=False, elastic=True),
            *(Column(heading=name, spare=spare) for name, spare, _ in columns),
        ],
        [
            fields([each.trace.cell.executor, *(entry(each) for _, _, entry in columns)])
            for each in summaries
        ],
    )


def _time(nanoseconds: float) -> str:
    return units.seconds(nanoseconds / 1e9) if abs(nanoseconds) >= 0.5 else "0"


def _time_of(path: str) -> Entry:
    """Return what writes one time of a summary: `loop.holds.p50`."""
    get = attrgetter(path)

    def entry(summary: TraceSummary) -> str:
        return _time(get(summary))

    return entry


def _loops(summaries: Sequence[TraceSummary]) -> Table:
    held = [each for each in summaries if each.loop]
    threshold = _time(held[0].trace.threshold_ns) if held else ""
    return _table(
        "Who holds the loop: how long a step kept control, and how late one that was ready got it",
        [
            ("steps", 6, lambda each: f"{each.loop.steps:,}" if each.loop else ""),
            ("hold p50", 4, _time_of("loop.holds.p50")),
            ("hold p99", 3, _time_of("loop.holds.p99")),
            ("hold max", 0, _time_of("loop.holds.longest")),
            ("lag p50", 5, _time_of("loop.lags.p50")),
            ("lag p99", 3, _time_of("loop.lags.p99")),
            ("lag max", 0, _time_of("loop.lags.longest")),
            (f"held > {threshold}", 1, _blocked),
            ("most ready", 7, lambda each: f"{each.loop.ready:,}" if each.loop else ""),
        ],
        held,
    )


def _blocked(each: TraceSummary) -> str:
    return f"{each.loop.blocked_ns / max(1, each.trace.wall_ns):.0%}" if each.loop else ""


def _latencies(summaries: Sequence[TraceSummary]) -> Table:
    done = [each for each in summaries if each.latency]
    since = "its intended start" if done and done[0].trace.rate else "the batch's beginning"
    cut = any(each.latency.whole.count < each.trace.work.tasks for each in done if each.latency)
    which = "Latency of the tasks that finished" if cut else "Latency of a task"
    return _table(
        f"{which}, from {since} to its result; the mean is queueing + service + waiting",
        [
            ("p50", 2, _time_of("latency.whole.p50")),
            ("p90", 4, _time_of("latency.whole.p90")),
            ("p99", 1, _time_of("latency.whole.p99")),
            ("max", 3, _time_of("latency.whole.longest")),
            ("mean", 0, _time_of("latency.mean_ns")),
            ("queueing", 0, _time_of("latency.queueing_ns")),
            ("service", 0, _time_of("latency.service_ns")),
            ("waiting", 0, _time_of("latency.waiting_ns")),
        ],
        done,
    )


def _lanes(summaries: Sequence[TraceSummary]) -> Table:
    return _table(
        "Fairness: how the tasks fell on the lanes (Jain's index is 1 where all had the same)",
        [
            ("lanes", 0, lambda each: f"{each.lanes.lanes:,}" if each.lanes else ""),
            ("fewest", 0, lambda each: f"{each.lanes.fewest:,}" if each.lanes else ""),
            ("most", 0, lambda each: f"{each.lanes.most:,}" if each.lanes else ""),
            ("Jain", 0, lambda each: f"{each.lanes.index:.2f}" if each.lanes else ""),
            ("starved", 0, lambda each: str(len(each.lanes.starved)) if each.lanes else ""),
        ],
        [each for each in summaries if each.lanes and each.lanes.lanes > 1],
    )


def _parts(summaries: Sequence[TraceSummary]) -> Table:
    """Return a column an executor, so that its parts stand one below the other and add up."""
    known = [each for each in summaries if each.parts]
    rows = [
        fields([name, *(_time(getattr(each.parts, field)) for each in known)])
        for name, field in PARTS
    ]
    return Table(
        "Where the time from start to end went, in the lane that finished last",
        [
            Column(heading="part", right=False),
            *(
                Column(heading=plain(each.trace.cell.executor), spare=place)
                for place, each in enumerate(known)
            ),
        ],
        rows if known else [],
    )
