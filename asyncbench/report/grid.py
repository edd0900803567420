"""What a map answers, in sentences and in signs: who wins how many points, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asyncbench import units
from asyncbench.analysis.grid import Grid, Kind, Outcome
from asyncbench.record.plan import Axis
from asyncbench.report import sweep
from asyncbench.report.answers import Answer, Tone
from asyncbench.report.text import plain

SIGNS = {Kind.TIES: "=", Kind.OPEN: "?", Kind.HOLE: "x"}
SIDES = {"cooperative": "cooperative multitasking", "preemptive": "preemptive multitasking"}


def answer(grid: Grid) -> list[Answer]:
    """Return who wins how many of the points, and between which values each wins."""
    counts, whole = grid.counts, len(grid.outcomes)
    winners = sorted((name for name in grid.names if counts[name]), key=lambda each: -counts[each])
    parts = [
        f"{called(name)} {'is quickest' if not place else ''} at {counts[name]}".replace("  ", " ")
        for place, name in enumerate(winners)
    ]
    rest = [
        f"{counts[str(kind)]} {word}"
        for kind, word in (
            (Kind.TIES, "too close to matter"),
            (Kind.OPEN, "not yet sure"),
            (Kind.AMID, "not measured amid points that agree"),
            (Kind.HOLE, "not measured"),
        )
        if counts[str(kind)]
    ]
    if not winners:
        return [Answer(f"Nobody is shown to be quickest at any of {whole} points: "
                       f"{', '.join(rest)}.", Tone.OPEN)]  # fmt: skip
    text = f"Of {whole} points, {', '.join([*parts, *rest])}."
    tone = Tone.OPEN if counts[str(Kind.OPEN)] else Tone.SURE
    return [Answer(text, tone), *(Answer(_where(grid, name), Tone.SURE) for name in winners)]


def called(name: str) -> str:
    """Return what an executor or a side is called in a sentence."""
    return SIDES.get(name, plain(name))


def sign(outcome: Outcome, letters: Mapping[str, str]) -> str:
    """Return what stands at a point of a map: a letter for each that can win, or what is known."""
    if outcome.kind is Kind.WINS:
        return letters[outcome.names[0]]
    if outcome.kind is Kind.AMID:
        return letters[outcome.names[0]].lower() if len(outcome.names) == 1 else "-"
    return SIGNS[outcome.kind]


def legend(grid: Grid) -> list[str]:
    """Return what the signs of a map mean that are no letters of who can win."""
    found = [f"{SIGNS[Kind.TIES]} too close to matter", f"{SIGNS[Kind.OPEN]} not yet sure"]
    if grid.counts[str(Kind.HOLE)]:
        found.append(f"{SIGNS[Kind.HOLE]} not measured")
    if grid.counts[str(Kind.AMID)]:
        found.append("lower-case letter, or -: not measured, since all points around it agree")
    return found


def told(outcome: Outcome) -> str:
    """Return what is known of a point, with the interval of what the winner is ahead by."""
    names = " or ".join(map(called, outcome.names))
    if outcome.kind is Kind.WINS and outcome.ratio:
        return f"{names} wins: the next takes {units.plain_times(outcome.ratio)} as long"
    said = {
        Kind.WINS: f"{names} wins",
        Kind.TIES: f"{names}: too close to matter",
        Kind.OPEN: f"{names}: not yet sure",
        Kind.HOLE: "not measured",
        Kind.AMID: f"not measured; all around it: {names}",
    }[outcome.kind]
    return f"{said}: {plain(outcome.why)}" if outcome.why else said


def place(grid: Grid, x: float, y: float) -> str:
    """Return where a point is."""
    return f"{_at(grid.x, [x])}, {_at(grid.y, [y])}"


def _where(grid: Grid, name: str) -> str:
    won = [
        at for at, each in grid.outcomes.items() if each.kind is Kind.WINS and each.names[0] == name
    ]
    columns, rows = zip(*won, strict=True)
    around = [
        (x, y)
        for x, y in grid.outcomes
        if min(columns) <= x <= max(columns) and min(rows) <= y <= max(rows)
    ]
    where = "within" if len(around) > len(won) else "at"
    along, over = _at(grid.x, columns), _at(grid.y, rows)
    who = SIDES[name].capitalize() if name in SIDES else plain(name)
    return f"{who} wins {where} {along}, {over}."


def _at(axis: Axis, values: Sequence[float]) -> str:
    low, high = sweep.value(axis, min(values)), sweep.value(axis, max(values))
    return f"{plain(axis.called)} {low}" + (f" to {high}" if low != high else "")
