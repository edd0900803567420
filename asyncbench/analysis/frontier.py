"""Which points of a grid show where its outcomes change: a few all over, then between unlike ones.

Where the four corners of a rectangle have the same outcome, what lies between them is taken to have
it, too; any other rectangle is quartered, down to neighbours. So most of the time goes to the
frontier. Source: R. A. Finkel and J. L. Bentley, Quad trees, Acta Informatica 4 (1974), 1-9.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

# The first points along an axis lie no more than so many steps apart, or this share of it.
FEWEST_STEPS = 3
SHARE = 1 / 3

Place = tuple[int, int]
# What is known of a point, None where that is not told yet.
Label = Callable[[Place], Hashable]


@dataclass(slots=True)
class Frontier:
    """What is to be measured; and what lies amid equals, with the place of one of them."""

    wanted: set[Place] = field(default_factory=set)
    amid: dict[Place, Place] = field(default_factory=dict)


def explore(across: int, up: int, label: Label) -> Frontier:
    """Return what is to be measured of a grid, as far as that follows from what is known so far."""
    columns, rows = _first(across), _first(up)
    found = Frontier({*itertools.product(columns, rows)})
    left = [
        (low, high, bottom, top)
        for low, high in itertools.pairwise(columns)
        for bottom, top in itertools.pairwise(rows)
    ]
    while left:
        low, high, bottom, top = left.pop()
        corners = [(low, bottom), (low, top), (high, bottom), (high, top)]
        labels = {label(corner) for corner in corners}
        if None in labels:
            continue
        inside = itertools.product(range(low, high + 1), range(bottom, top + 1))
        if len(labels) == 1:
            found.amid |= dict.fromkeys(inside, corners[0])
            continue
        xs, ys = _halved(low, high), _halved(bottom, top)
        found.wanted |= {*itertools.product(xs, ys)}
        if len(xs) + len(ys) > 4:
            left += [
                (*sides, *ends)
                for sides in itertools.pairwise(xs)
                for ends in itertools.pairwise(ys)
            ]
    for place in found.wanted & found.amid.keys():
        del found.amid[place]
    return found


def halving(count: int) -> list[int]:
    """Return the places along an axis in an order in which any first few lie far apart."""
    found, gaps = [0, count - 1], [(0, count - 1)]
    for low, high in gaps:
        middle = (low + high) // 2
        if low < middle < high:
            found.append(middle)
            gaps += [(low, middle), (middle, high)]
    return [*dict.fromkeys(found)]


def _first(count: int) -> list[int]:
    """Return the places along an axis to begin with, both ends among them."""
    apart = max(FEWEST_STEPS, int((count - 1) * SHARE))
    places = [0, count - 1]
    while max(high - low for low, high in itertools.pairwise(places)) > apart:
        places = sorted({*places, *((low + high) // 2 for low, high in itertools.pairwise(places))})
    return places


def _halved(low: int, high: int) -> list[int]:
    return [low, (low + high) // 2, high] if high - low > 1 else [low, high]
