"""A trace on a terminal: timelines with what they show, who held loops, where the time went."""

from __future__ import annotations

from collections.abc import Sequence

from asyncbench import units
from asyncbench.analysis.trace.explain import explain, unequal
from asyncbench.analysis.trace.summary import TraceSummary
from asyncbench.record.trace import IN_PROCESS, Trace
from asyncbench.report import trace_document
from asyncbench.report.terminal import timeline
from asyncbench.report.terminal.run import one_table
from asyncbench.report.terminal.timeline import UNICODE, Marks, Paint, bare
from asyncbench.report.text import name as named
from asyncbench.report.text import plain, wrap


def text(
    traces: Sequence[Trace],
    summaries: Sequence[TraceSummary],
    width: int,
    marks: Marks = UNICODE,
    paint: Paint = bare,
    *,
    tables: bool = False,
) -> str:
    """Return the timelines of one work with what they show, in lines of at most `width` characters.

    `tables`: then how long tasks took, how fair lanes were, and where the time went.
    """
    by_cell = {each.trace.cell.id: each for each in summaries}
    parts = [f"{wrap(title(traces[0]), width)}\n{timeline.legend(width, marks, paint)}"]
    for trace in traces:
        summary = by_cell.get(trace.cell.id)
        lines = [wrap(trace_document.heading(trace), width)]
        if summary and not (trace.program and summary.loop is None):
            lines.append(timeline.draw(summary.timeline, width, marks, paint))
        if summary:
            lines += [wrap(each, width) for each in explain(summary)]
        parts.append("\n".join([*lines, *_stack(trace)]))
    if tables:
        parts += [one_table(table, width) for table in trace_document.tables(summaries)]
    parts += [wrap(f"{each}.", width) for each in unequal(traces)]
    return "\n\n".join(parts) + "\n"


def title(trace: Trace) -> str:
    """Return the name of a work with its parameters and how much of it there is."""
    work = trace.work
    if trace.program:
        what = "watched while it runs" if trace.attached else "a whole program"
        if trace.facts.get(IN_PROCESS):
            what = "in this process, with all that it started"
        return f"{named(work.workload)}: {what}"
    parts = [f"{named(name)}={named(str(value))}" for name, value in work.params.items()]
    size = f"{units.counted(work.tasks, 'task')}, up to {work.concurrency:,} at once"
    if trace.rate:
        size += f", {trace.rate:,.6g} due a second"
    return f"{named(work.workload)}: {'; '.join(filter(None, [', '.join(parts), size]))}"


def _stack(trace: Trace) -> list[str]:
    if not trace.stack:
        return []
    return ["It hangs in", *map(plain, trace.stack.splitlines())]
