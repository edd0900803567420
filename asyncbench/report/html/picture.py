"""A picture of a run for a page or a slide: every ratio with its interval, as SVG or PNG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from asyncbench import units
from asyncbench.analysis.judgement import Judgement
from asyncbench.analysis.result import Result
from asyncbench.errors import UsageError
from asyncbench.report import answers, document, layout, scale
from asyncbench.report.html import ratios, templating
from asyncbench.report.html import run as sections
from asyncbench.report.text import plain

WIDTH = 900
NAMES = 190  # what stands left of the axis
WORDS = 210  # and right of it
TOP, LINE, GAP, FOOT = 66, 26, 40, 52
# Characters that fit, at the size that they are set in.
LONGEST_NAME, LONGEST_TITLE = 26, 90
# A PNG is shown on screens with two dots a pixel, and enlarged on slides.
ZOOM = 2
SYMBOLS = {
    "sequential": "circle", "preemptive": "square", "cooperative": "diamond", "hybrid": "triangle"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One ratio in pixels, with its name and what it says; `low` and `high` None: no interval."""

    y: float
    name: str
    words: str
    family: str
    x: float
    low: float | None = None
    high: float | None = None
    ideal: float | None = None
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The ratios of one work, between two heights."""

    y: float
    end: float
    title: str
    lines: list[Line]


def svg(result: Result) -> str:
    """Return the picture as SVG; it follows the scheme of the page that it stands in.

    Raises UsageError where the extra `report` is not installed.
    """
    run, judgements = result.run, result.judgements
    names = document.names(run.plan.works)
    lines = [ratios.dots(judgement.rows, judgement.ideal) for judgement in judgements]
    axis = scale.reach(
        (value for each in lines for dot in each for value in dot.shown), run.plan.margin
    )

    def place(ratio: float) -> float:
        return round(NAMES + axis.at(ratio) * (WIDTH - NAMES - WORDS), 1)

    groups, y = [], float(TOP)
    for judgement, name, dots in zip(judgements, names, lines, strict=True):
        if dots:
            groups.append(_group(judgement, name, dots, y, place))
            y += GAP + LINE * len(dots)
    return templating.render(
        "picture.svg",
        "a picture",
        width=WIDTH,
        height=round(y + FOOT),
        bottom=round(y),
        left=NAMES,
        right=WIDTH - WORDS,
        title=layout.shortened(f"asyncbench: {sections.named(run)}", LONGEST_TITLE),
        described="; ".join(
            f"{group.title}: {', '.join(f'{line.name} {line.words}' for line in group.lines)}"
            for group in groups
        ),
        groups=groups,
        one=place(1),
        band=(place(1 / (1 + run.plan.margin)), place(1 + run.plan.margin)),
        margin=units.margin(run.plan.margin),
        symbols=", ".join(
            f"{symbol}: {family}"
            for family, symbol in SYMBOLS.items()
            if any(dot.family == family for each in lines for dot in each)
        ),
        ticks=[(place(value), text) for value, text in axis.ticks()],
    )


def png(result: Result) -> bytes:
    """Return the picture as PNG on a light ground, drawn with a font of this machine.

    Raises UsageError where the extra `report` or any font is missing.
    """
    resvg = templating.needed("resvg_py", "a PNG picture")
    text = svg(result)
    for family in FAMILIES:
        fonts = {"font_family": family, "sans_serif_family": family}
        blank, letters = (
            bytes(resvg.svg_to_bytes(svg_string=f'{HEAD}<text y="9">{word}</text></svg>', **fonts))
            for word in ("", "A")
        )
        if blank != letters:
            return bytes(resvg.svg_to_bytes(svg_string=text, zoom=ZOOM, **fonts))
    raise UsageError(
        "a PNG picture needs a font, and this machine has none: install one "
        "(fonts-dejavu-core in Debian), or write --svg"
    )


HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
# Whoever draws looks for a font by its name alone; the first is what it takes by itself.
FAMILIES = (None, "DejaVu Sans", "Liberation Sans", "Noto Sans", "Arial", "Helvetica")


def _group(
    judgement: Judgement,
    name: str,
    dots: list[ratios.Dot],
    y: float,
    place: Callable[[float], float],
) -> Group:
    title, said = name, answers.side(judgement)
    if said and not judgement.variants:
        title = f"Cooperative multitasking {said} {name}"
    lines = []
    for number, dot in enumerate(dots):
        interval = dot.interval
        lines.append(
            Line(
                y + 22 + LINE * number,
                layout.shortened(plain(dot.label), LONGEST_NAME),
                ", ".join(filter(None, [dot.words.partition(" (")[0], dot.verdict])),
                dot.family,
                place(dot.ratio.estimate),
                place(interval[0]) if interval else None,
                place(interval[1]) if interval else None,
                place(dot.ideal) if dot.ideal else None,
                not interval and not dot.is_reference,
            )
        )
    return Group(y, lines[-1].y + LINE / 2, layout.shortened(title, LONGEST_TITLE), lines)
