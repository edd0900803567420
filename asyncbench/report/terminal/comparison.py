"""Two saved runs side by side on a terminal: what differs, how surely, and by what drift."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from math import exp

from asyncbench import units
from asyncbench.analysis.comparison import Comparison, Matched, label
from asyncbench.analysis.drift import Drift
from asyncbench.analysis.summary import Figures
from asyncbench.report.text import cells, name, tabulated, wrap

GAP = 2
SPANS = (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0))


def tables(comparison: Comparison, width: int) -> str:
    """Return everything a comparison has to say, in lines of at most `width` characters."""
    parts = [wrap(answer(comparison), width), _heads(comparison, width)]
    for _, rows in itertools.groupby(comparison.rows, key=lambda row: id(row.work)):
        parts.append(_one_table(list(rows), width))
    parts.append("\n".join(wrap(line, width) for line in below(comparison)))
    return "\n\n".join(part for part in parts if part) + "\n"


def _heads(comparison: Comparison, width: int) -> str:
    first, other = comparison.first, comparison.other
    lines = [
        f"first: {label(first)}, started {first.started}",
        f"other: {label(other)}, started {other.started}",
    ]
    if comparison.warnings:
        lines.append(
            "NOT THE SAME MACHINE OR INTERPRETER (first / other): "
            f"{'; '.join(comparison.warnings)}. What differs below may come from that."
        )
    lines += [f"Note: {note}." for note in comparison.notes]
    return "\n".join(wrap(line, width) for line in lines)


def _one_table(rows: Sequence[Matched], width: int) -> str:
    columns: list[tuple[str, str, list[str]]] = [
        ("executor", "left", [name(_executor(row)) for row in rows]),
        ("first", "right", [_time(row.first) for row in rows]),
        ("other", "right", [_time(row.other) for row in rows]),
        ("other is", "left", [units.times(row.ratio) if row.ratio else "" for row in rows]),
        ("verdict", "left", [str(row.verdict or "not compared") for row in rows]),
    ]
    if _wide(columns) > width:
        del columns[1:3]  # the ratio is what a reader came for
    body = tabulated(
        list(zip(*(texts for _, _, texts in columns), strict=True)),
        [heading for heading, _, _ in columns],
        [side for _, side, _ in columns],
    )
    why: dict[str, list[str]] = {}
    for row in rows:
        if row.why:
            why.setdefault(row.why, []).append(_executor(row))
    notes = [f"{', '.join(names)}: {text}." for text, names in why.items()]
    return "\n".join([wrap(rows[0].work.describe(), width), body, *(wrap(n, width) for n in notes)])


def _wide(columns: Sequence[tuple[str, str, list[str]]]) -> int:
    widths = [max(map(cells, (heading, *texts))) for heading, _, texts in columns]
    return sum(widths) + GAP * (len(widths) - 1)


def answer(comparison: Comparison) -> str:
    """Return in one sentence how many cells are slower, faster, alike, and cannot be told."""
    counts = Counter(str(row.verdict or "not compared") for row in comparison.rows)
    words = {
        "loses": "slower",
        "wins": "faster",
        "ties": f"within {units.margin(comparison.margin)}",
        "inconclusive": "cannot be told",
        "not compared": "not compared",
    }
    parts = [f"{counts[said]} {word}" for said, word in words.items() if counts[said]]
    if not parts:
        return "The two runs have no cell in common."
    return f"Of {len(comparison.rows)} cells that both have, in the other run: {', '.join(parts)}."


def below(comparison: Comparison) -> list[str]:
    """Return sentences: the cells that one run has alone, and the drift that was allowed for."""
    lines = [
        f"Only in the {which}: {row.name}{f', {_time(figures)} a batch' if figures else ''}."
        for which, rows in (("first", comparison.only_first), ("other", comparison.only_other))
        for row in rows
        for figures in [row.first or row.other]
    ]
    return [*lines, drifted(comparison.drift)]


def drifted(drift: Drift) -> str:
    """Return how far apart the runs were made, and what drift between them was allowed for."""
    if drift.same:
        return "Drift: the two are one and the same run."
    if drift.apart_s is None:
        text = "Drift: the runs were made at different times"
    else:
        text = f"Drift: the runs were made {span(drift.apart_s)} apart"
    if not drift.known or drift.size is None:
        return f"{text}, and they share no cell that could be compared."
    size = exp(drift.size) - 1
    text += (
        ", and equal code differs between runs. "
        f"The {len(drift.known)} cells and controls that both have differ by "
        f"{units.percent(size)} (root mean square"
    )
    text += ")" if drift.pace is None else f", with the machine's pace, {_signed(drift.pace)})"
    return (
        f"{text}. Each interval allows for as much as the other cells, their controls and the pace "
        "show, and for no less than rounds of one run differ: it is wider than that of variants "
        "in one run (`run --variant`)."
    )


def span(seconds: float) -> str:
    """Write a time between runs with the unit that fits."""
    for unit, size in SPANS:
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _signed(difference: float) -> str:
    return f"{exp(difference) - 1:+.1%}"


def _executor(row: Matched) -> str:
    return f"{row.executor} ({row.variant})" if row.variant else row.executor


def _time(figures: Figures | None) -> str:
    return units.seconds(figures.time.estimate) if figures else ""
