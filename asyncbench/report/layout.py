"""Rows of text laid out in a width: the columns least needed go first, then texts are shortened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asyncbench.report.text import cells, tabulated

GAP = 2
# Columns that go sooner than texts are shortened have more to `spare` than this.
NEEDED = 2
# To this many characters texts are shortened before a needed column goes.
SHORT = 12
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its heading, and what becomes of it where space is short.

    Columns with the highest `spare` go first; those with 0 stay. The texts of an `elastic` one
    can be shortened.
    """

    heading: str
    spare: int = 0
    right: bool = True
    elastic: bool = False


def laid_out(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    width: int,
    without: Sequence[str] = (),
) -> tuple[str, list[str]]:
    """Return the rows under their headings, no line longer than `width`, and what had no room.

    At least one column is shown, and a column of figures is shown whole or not at all. Columns
    whose headings are in `without` are left out.
    """
    shown = [
        _Shown(column, [column.heading, *(row[number] for row in rows)])
        for number, column in enumerate(columns)
        if column.heading not in without
    ]
    hidden = []
    while (excess := sum(each.width + GAP for each in shown) - GAP - width) > 0:
        least = max(shown, key=lambda each: each.column.spare)
        longest = max(shown, key=lambda each: each.width if each.column.elastic else 0)
        spare = least.column.spare if len(shown) > 1 else 0
        if spare <= NEEDED and longest.column.elastic and longest.width > SHORT:
            longest.limit(max(SHORT, longest.width - excess))
        elif spare:
            shown.remove(least)
            hidden.append(least.column.heading)
        elif longest.column.elastic and longest.width > 1:
            longest.limit(longest.width - 1)
        else:
            break
    text = tabulated(
        list(zip(*(each.texts[1:] for each in shown), strict=True)),
        [each.texts[0] for each in shown],
        ["right" if each.column.right else "left" for each in shown],
    )
    return text, hidden[::-1]


def no_room(hidden: Sequence[str]) -> str:
    """Return which columns had no room."""
    return f"No room for: {', '.join(hidden)}. A wider terminal shows them." if hidden else ""


def shortened(text: str, length: int, cut: str = ELLIPSIS) -> str:
    """Cut the middle out of a text of more than `length` cells: its beginning and end tell it."""
    if cells(text) <= length:
        return text
    for kept in range(length - 1, 0, -1):
        end = kept // 2
        short = text[: kept - end] + cut + text[len(text) - end :]
        if cells(short) <= length:
            return short
    return cut


class _Shown:
    """A column with its texts, the heading first."""

    def __init__(self, column: Column, texts: list[str]) -> None:
        self.column = column
        self.texts = texts
        self.width = max(map(cells, texts))

    def limit(self, length: int) -> None:
        self.texts = [shortened(text, length) for text in self.texts]
        self.width = length
