"""Traces as one page to look at and zoom into: a timeline an executor, sentences and tables."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asyncbench import units
from asyncbench.analysis.trace.explain import explain, unequal
from asyncbench.analysis.trace.model import Doing
from asyncbench.analysis.trace.summary import TraceSummary
from asyncbench.analysis.trace.timeline import Timeline
from asyncbench.record.trace import NONE, Trace
from asyncbench.report import layout, trace_document
from asyncbench.report.document import Table
from asyncbench.report.html import marks, page
from asyncbench.report.html.downsample import MOST_SHAPES, MOSTLY, Drawing, Shape, downsample
from asyncbench.report.terminal import trace as texts
from asyncbench.report.text import plain, wrap

WHAT = "a page of timelines"
# A longer name would leave a phone no room for its chart; it is told whole when pointed at.
LONGEST_TICK = 18
# Lines of a chart are so high, in pixels: as many as fit on a screen, within these bounds.
SCREEN, LOWEST, HIGHEST = 440, 3, 26
# Where shapes are joined, their times are told by this part of what is joined: no eye sees less.
GRAINS = 64
# How a slice is coded: by its `Doing`, as joined, or as waiting for the text of this number and on.
JOINED, OF_TEXT = 3, 4


@dataclass(frozen=True, slots=True)
class Chart:
    """A timeline: what the page's script draws, and the words that stand for it."""

    title: str
    words: str
    figure: dict[str, Any]
    legend: str


@dataclass(frozen=True, slots=True)
class Section:
    """One trace: its heading, its chart if it has any, and what that shows.

    `failure` are lines about where it hangs or failed, with a heading, if it did.
    """

    title: str
    chart: Chart | None
    sentences: Sequence[str]
    failure: Sequence[str]


@dataclass(frozen=True, slots=True)
class WorkSection:
    """One work: its traces, their tables, and which of them did not do the same."""

    title: str
    traces: Sequence[Section]
    tables: Sequence[Table]
    warnings: Sequence[str]


def report(works: Sequence[tuple[Sequence[Trace], Sequence[TraceSummary]]]) -> str:
    """Return the page of traced works: the traces of each, and summaries of those that have one.

    It draws at most `downsample.MOST_SHAPES` shapes, however long the traces are.

    Raises UsageError where the extra `report` is not installed.
    """
    works = [work for work in works if work[0]]
    names = dict.fromkeys(plain(traces[0].work.workload) for traces, _ in works)
    return page.fill(
        "trace.html",
        WHAT,
        styles=["report.css", "trace.css"],
        scripts=["trace.draw.js", "trace.js"],
        title=f"asyncbench trace: {', '.join(names)}",
        works=_sections(works),
    )


def _sections(works: Sequence[tuple[Sequence[Trace], Sequence[TraceSummary]]]) -> list[WorkSection]:
    """Return a section a work; what shapes a chart has no need of, those after it may have."""
    charts = charts_left = max(1, sum(len(summaries) for _, summaries in works))
    shapes_left = MOST_SHAPES
    sections_of_works = []
    for traces, summaries in works:
        by_cell = {each.trace.cell.id: each for each in summaries}
        longest = max((each.timeline.wall_ns for each in summaries), default=0)
        sections = []
        for trace in traces:
            summary, chart = by_cell.get(trace.cell.id), None
            if summary and summary.timeline.rows and longest:
                drawing = downsample(summary.timeline, shapes_left // charts_left)
                shapes_left -= drawing.shapes
                chart = _chart(summary, drawing, longest, charts)
            if summary:
                charts_left -= 1
            sections.append(_section(trace, summary, chart))
        sections_of_works.append(
            WorkSection(
                texts.title(traces[0]),
                sections,
                trace_document.tables(summaries),
                [_sentence(f"{each}.") for each in unequal(traces)],
            )
        )
    return sections_of_works


def _section(trace: Trace, summary: TraceSummary | None, chart: Chart | None) -> Section:
    return Section(
        trace_document.heading(trace),
        chart,
        [_sentence(each) for each in explain(summary)] if summary else [],
        _failure(trace),
    )


def _failure(trace: Trace) -> list[str]:
    heading, text = ("It hangs in", trace.stack) if trace.stack else ("It failed", trace.traceback)
    lines = [plain(line) for line in textwrap.dedent(text).splitlines()]
    return [heading, *lines] if lines else []


def _sentence(text: str) -> str:
    """Return a sentence in one line; what nobody would read to its end is shortened."""
    return wrap(text, len(text) * 10 + 1)


def _chart(summary: TraceSummary, drawing: Drawing, longest: int, charts: int) -> Chart:
    """Return a trace's chart; of what a page may mark, it has the share of one of its `charts`."""
    executor, timeline = plain(summary.trace.cell.executor), summary.timeline
    figure = _figure(timeline, drawing, longest)
    steps = summary.loop.blocking if summary.loop and summary.trace.cell.has_loop else ()
    figure["holds"] = marks.holds(
        timeline, steps, drawing.fold, marks.MOST_HOLDS // charts, marks.MOST_SPANS // charts
    )
    figure["hands"] = marks.hand_overs(timeline, drawing.fold, marks.MOST_HAND_OVERS // charts)
    return Chart(
        f"Timeline of {executor}", _words(timeline), figure, _legend(summary, drawing, figure)
    )


def _figure(timeline: Timeline, drawing: Drawing, longest: int) -> dict[str, Any]:
    """Return what the page's script draws: times in nanoseconds from the batch's beginning.

    The shapes are told in columns, those of a line one after the other: how long after the one
    before they start, how long they are, and what they did (`JOINED`, `OF_TEXT`). Their times are
    so many `grain`s.
    """
    grain = max(1, int(drawing.apart_ns / GRAINS))
    drawn = [shape for line in drawing.lines for shape in line]
    return {
        "rise": min(HIGHEST, max(LOWEST, SCREEN // len(drawing.lines))),
        # What the script has to know of the columns below: how they are coded, and drawn.
        "grain": grain,
        "codes": {"mostly": MOSTLY, "joined": JOINED, "text": OF_TEXT},
        "longest": longest,
        "wall": timeline.wall_ns,
        "names": drawing.names,
        "ticks": [layout.shortened(each, LONGEST_TICK) for each in drawing.labels],
        "texts": drawing.texts,
        "counts": [len(line) for line in drawing.lines],
        "gaps": [gap for line in drawing.lines for gap in _gaps(line, grain)],
        "lengths": [shape.end // grain - shape.start // grain for shape in drawn],
        "did": [_did(shape) for shape in drawn],
        "joined": [
            [*(round(each / grain) for each in shape[2:5]), shape.slices]
            for shape in drawn
            if shape.slices != 1
        ],
    }


def _gaps(line: Sequence[Shape], grain: int) -> list[int]:
    return [
        shape.start // grain - end // grain
        for shape, end in zip(line, [0, *(shape.end for shape in line)], strict=False)
    ]


def _did(shape: Shape) -> int:
    if shape.slices != 1:
        return JOINED
    if shape.text != NONE:
        return OF_TEXT + shape.text
    if shape.running:
        return Doing.RUNNING
    return Doing.QUEUED if shape.queued else Doing.WAITING


def _words(timeline: Timeline) -> str:
    """Return in words what a timeline shows as a whole; what it shows besides stands beside it."""
    times = [sum(each) for each in (timeline.running, timeline.queued, timeline.waiting)]
    running, queued, waiting = (f"{time / (sum(times) or 1):.0%}" for time in times)
    return (
        f"{units.counted(timeline.rows, 'row')} over {_time(timeline.wall_ns)}, one for each task. "
        f"Once begun, tasks were running for {running} of their time, queued for {queued} and "
        f"waiting for {waiting}. Below it stands in sentences what the chart "
        "shows, and in tables below all charts."
    )


def _legend(summary: TraceSummary, drawing: Drawing, figure: dict[str, Any]) -> str:
    """Return what a chart does not show, or not as it was."""
    timeline, trace, sentences = summary.timeline, summary.trace, []
    if drawing.fold > 1:
        sentences.append(
            f"A line is {drawing.fold:,} of {timeline.rows:,} rows together, by "
            f"{_time(drawing.apart_ns)}: as running where one of them was."
        )
    elif drawing.apart_ns:
        sentences.append(
            "Too much happened to draw it all: what lies within "
            f"{_time(drawing.apart_ns)} is drawn as one, and told in sums when pointed at."
        )
    found, shown = figure["holds"]["all"], len(figure["holds"]["starts"])
    if found > shown:
        sentences.append(
            f"Of {found:,} holds of the loop the longest {shown:,} are told one by one."
        )
    if "counts" in figure["hands"]:
        sentences.append(
            f"{figure['hands']['all']:,} hand-overs are too many to draw each: they are counted by "
            f"{_time(figure['hands']['width'])}."
        )
    if trace.resolution_ns and not trace.cell.has_loop:
        sentences.append(
            f"What threads did was looked at about every {_time(trace.resolution_ns)}; what lies "
            "between two looks is not seen."
        )
    return " ".join(sentences)


def _time(nanoseconds: float) -> str:
    return units.seconds(nanoseconds / 1e9)
