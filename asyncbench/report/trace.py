"""A trace on a terminal: timelines with what they show, who held loops, where the time went."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from asyncbench import story, units
from asyncbench.anatomy import Anatomy
from asyncbench.report import grid, timeline
from asyncbench.report.grid import Column
from asyncbench.report.text import name as named
from asyncbench.report.text import plain, wrap
from asyncbench.report.timeline import UNICODE, Marks, Paint, bare
from asyncbench.traced import Trace

Entry = Callable[[Anatomy], str]


def text(
    traces: Sequence[Trace],
    anatomies: Sequence[Anatomy],
    width: int,
    marks: Marks = UNICODE,
    paint: Paint = bare,
) -> str:
    """Give everything there is to say of the traces of one work, in lines of at most `width`."""
    by_cell = {each.trace.cell.id: each for each in anatomies}
    parts = [f"{wrap(title(traces[0]), width)}\n{timeline.legend(marks, paint)}"]
    for trace in traces:
        anatomy = by_cell.get(trace.cell.id)
        lines = [wrap(_heading(trace), width)]
        if anatomy:
            lines.append(timeline.draw(anatomy.timeline, width, marks, paint))
            lines += [wrap(each, width) for each in story.of(anatomy)]
        parts.append("\n".join([*lines, *_stack(trace)]))
    parts += [
        table for make in (_loops, _latencies, _lanes, _parts) if (table := make(anatomies, width))
    ]
    parts += [wrap(f"{each}.", width) for each in story.unequal(traces)]
    return "\n\n".join(parts) + "\n"


def title(trace: Trace) -> str:
    """Name a work with its parameters and how much of it there is."""
    work = trace.work
    parts = [f"{named(name)}={named(str(value))}" for name, value in work.params.items()]
    size = f"{work.tasks:,} tasks, up to {work.concurrency:,} at once"
    if trace.rate:
        size += f", {units.figures(trace.rate)} of them begun a second"
    return f"{named(work.workload)}: {'; '.join(filter(None, [', '.join(parts), size]))}"


def _heading(trace: Trace) -> str:
    executor = plain(trace.cell.executor)
    if not trace.traced:
        return f"{executor}: {trace.status}: {trace.why}"
    time = units.seconds(trace.wall_ns / 1e9)
    if trace.status == "complete":
        return f"{executor}: {time}"
    return f"{executor}: {trace.why}; what it did in {time} until then"


def _stack(trace: Trace) -> list[str]:
    if not trace.stack:
        return []
    return ["It hangs in", *map(plain, trace.stack.splitlines())]


def _table(
    heading: str,
    columns: Sequence[tuple[str, int, Entry]],
    anatomies: Sequence[Anatomy],
    width: int,
    *notes: str,
) -> str:
    """Lay out a line an executor; columns are (heading, how easily it is spared, what it says)."""
    if not anatomies:
        return ""
    shown = [Column(heading="executor", right=False, elastic=True)]
    shown += [Column(heading=name, spare=spare) for name, spare, _ in columns]
    rows = [
        [plain(each.trace.cell.executor), *(entry(each) for _, _, entry in columns)]
        for each in anatomies
    ]
    body, hidden = grid.laid_out(shown, rows, width)
    below = [wrap(note, width) for note in (*notes, grid.no_room(hidden)) if note]
    return "\n".join([wrap(heading, width), body, *below])


def _time(nanoseconds: float) -> str:
    return units.seconds(nanoseconds / 1e9) if nanoseconds else "0"


def _of(part: str, field: str) -> Entry:
    """Give what writes one time of a part of an anatomy: `loop`, `holds.p50`."""

    def entry(anatomy: Anatomy) -> str:
        found = getattr(anatomy, part)
        for name in field.split("."):
            found = getattr(found, name)
        return _time(found)

    return entry


def _loops(anatomies: Sequence[Anatomy], width: int) -> str:
    held = [each for each in anatomies if each.loop]
    threshold = _time(held[0].trace.threshold_ns) if held else ""
    return _table(
        "Who holds the loop: how long a step kept control, and how late one that was ready got it",
        [
            ("steps", 6, lambda each: f"{each.loop.steps:,}" if each.loop else ""),
            ("hold p50", 4, _of("loop", "holds.p50")),
            ("hold p99", 3, _of("loop", "holds.p99")),
            ("hold max", 0, _of("loop", "holds.longest")),
            ("lag p50", 5, _of("loop", "lags.p50")),
            ("lag p99", 3, _of("loop", "lags.p99")),
            ("lag max", 0, _of("loop", "lags.longest")),
            (f"held > {threshold}", 1, _blocked),
            ("most ready", 7, lambda each: f"{each.loop.ready:,}" if each.loop else ""),
        ],
        held,
        width,
    )


def _blocked(each: Anatomy) -> str:
    return f"{each.loop.blocked_ns / max(1, each.trace.wall_ns):.0%}" if each.loop else ""


def _latencies(anatomies: Sequence[Anatomy], width: int) -> str:
    done = [each for each in anatomies if each.latency]
    since = "its intended start" if done and done[0].trace.rate else "the batch's beginning"
    return _table(
        f"Latency of a task, from {since} to its result; the mean is queueing + service + waiting",
        [
            ("p50", 2, _of("latency", "whole.p50")),
            ("p90", 4, _of("latency", "whole.p90")),
            ("p99", 1, _of("latency", "whole.p99")),
            ("max", 3, _of("latency", "whole.longest")),
            ("mean", 0, _of("latency", "mean_ns")),
            ("queueing", 0, _of("latency", "queueing_ns")),
            ("service", 0, _of("latency", "service_ns")),
            ("waiting", 0, _of("latency", "waiting_ns")),
        ],
        done,
        width,
    )


def _lanes(anatomies: Sequence[Anatomy], width: int) -> str:
    shared = [each for each in anatomies if each.lanes and each.lanes.lanes > 1]
    return _table(
        "Fairness: how the tasks fell on the lanes (Jain's index is 1 where all had the same)",
        [
            ("lanes", 0, lambda each: f"{each.lanes.lanes:,}" if each.lanes else ""),
            ("fewest", 0, lambda each: f"{each.lanes.fewest:,}" if each.lanes else ""),
            ("most", 0, lambda each: f"{each.lanes.most:,}" if each.lanes else ""),
            ("Jain", 0, lambda each: f"{each.lanes.index:.2f}" if each.lanes else ""),
            ("starved", 0, lambda each: str(len(each.lanes.starved)) if each.lanes else ""),
        ],
        shared,
        width,
    )


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


def _parts(anatomies: Sequence[Anatomy], width: int) -> str:
    """Lay out a column an executor, so that its parts stand one below the other and add up."""
    known = [each for each in anatomies if each.parts]
    if not known:
        return ""
    shown = [Column(heading="", right=False)]
    shown += [
        Column(heading=plain(each.trace.cell.executor), spare=place)
        for place, each in enumerate(known)
    ]
    rows = [[name, *(_time(getattr(each.parts, field)) for each in known)] for name, field in PARTS]
    body, hidden = grid.laid_out(shown, rows, width)
    heading = "Where the time from start to end went, in the lane that was done last"
    below = wrap(grid.no_room(hidden), width)
    return "\n".join([wrap(heading, width), body, *filter(None, [below])])
