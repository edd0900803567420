"""What a batch costs besides its time, as bars side by side: a Plotly figure as plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from asyncbench import units
from asyncbench.analysis.judgement import Row
from asyncbench.analysis.summary import Figures
from asyncbench.report.html import charts


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bars in one panel of costs; the parts of a panel are stacked."""

    value: Callable[[Figures], float]
    name: str = ""
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One kind of cost: its title, its bars, and what stands at their ends."""

    title: str
    parts: tuple[Part, ...]
    text: Callable[[Figures], str]

    def whole(self, figures: Figures) -> float:
        """Return the length of a bar, all its parts together."""
        return sum(part.value(figures) for part in self.parts)


PANELS = (
    Panel("CPU a batch", (Part(lambda its: its.cpu_s),), lambda its: units.seconds(its.cpu_s)),
    Panel(
        "context switches",
        (
            Part(lambda its: its.voluntary, "voluntary"),
            Part(lambda its: its.involuntary, "involuntary", "/"),
        ),
        lambda its: f"{units.count(its.voluntary)}+{units.count(its.involuntary)}",
    ),
    Panel(
        "peak memory",
        (Part(lambda its: its.peak_rss_bytes),),
        lambda its: units.size(its.peak_rss_bytes),
    ),
    Panel("start-up", (Part(lambda its: its.startup_s),), lambda its: units.seconds(its.startup_s)),
)


def costs(rows: Sequence[Row]) -> dict[str, Any]:
    """Draw what a batch costs besides its time: four panels of bars over the same cells."""
    shown = [(row, figures) for row in rows if (figures := row.figures)]
    places = list(range(len(shown)))
    return {
        "data": [
            _bars(number, shown, panel, part)
            for number, panel in enumerate(PANELS, 1)
            for part in panel.parts
        ],
        "panels": [
            {
                "title": panel.title,
                "most": max((panel.whole(figures) for _, figures in shown), default=0),
                "notes": [
                    {
                        "x": panel.whole(figures),
                        "y": place,
                        "text": charts.literal(panel.text(figures)),
                    }
                    for place, (_, figures) in zip(places, shown, strict=True)
                ],
            }
            for panel in PANELS
        ],
        "layout": {
            "height": 60 + 30 * len(shown),
            "barmode": "stack",
            "yaxis": charts.names([charts.label(row) for row, _ in shown]),
        },
    }


def _bars(
    number: int, shown: Sequence[tuple[Row, Figures]], panel: Panel, part: Part
) -> dict[str, Any]:
    suffix = str(number) if number > 1 else ""
    return {
        "type": "bar",
        "orientation": "h",
        "xaxis": f"x{suffix}",
        "yaxis": f"y{suffix}",
        "x": [part.value(figures) for _, figures in shown],
        "y": list(range(len(shown))),
        "marker": {
            "color": [charts.colour(row.cell.family) for row, _ in shown],
            "pattern": {"shape": part.pattern, "solidity": 0.4, "size": 5},
        },
        "text": [
            charts.literal(f"{charts.label(row)}: {part.name or panel.title} {panel.text(figures)}")
            for row, figures in shown
        ],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }
