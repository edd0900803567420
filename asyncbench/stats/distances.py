"""How far rounds lie from a centre: distances in units of the usual one, capped.

Signs alone throw away how far a value lies off, which is a third of what few values can tell;
distances as they are let one slow moment outvote all others. Capped at `CAP` times the median
distance they lose little either way. Source: P. J. Huber, Robust Estimation of a Location
Parameter, Annals of Mathematical Statistics 35 (1964), 73-101.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

CAP = 1.5
# More values a round than this tell a test nothing more, and cost it time.
MOST_VALUES = 64
# In place of a usual distance of nothing: whatever lies off at all lies far off then.
TINY = 1e-300

Rounds = Sequence[Sequence[float]]


def ordered(rounds: Rounds) -> list[list[float]]:
    """Return the values of each round sorted; of very many, some that are spread evenly."""
    return [_spread(sorted(values)) for values in rounds]


def scores(rounds: Rounds, centre: float) -> list[float]:
    """Return the mean capped distance from `centre` of each round's values, above it positive.

    The unit is the median distance of all values. It stays what it is if rounds are mirrored at
    the centre, so under the hypothesis that they lie about it each score is as likely as its
    negative.
    """
    usual = unit(rounds, centre)
    return [_score(values, centre, usual) for values in rounds]


def unit(rounds: Rounds, centre: float) -> float:
    """Return the median distance of all values from a centre, a tiny one where that is nothing."""
    return _middle(sorted(abs(value - centre) for values in rounds for value in values))


def scores_in_turn(rounds: Rounds, centre: float) -> list[float]:
    """Return the same with the unit of a round and those before it: what comes later is nothing."""
    away: list[float] = []
    found = []
    for values in rounds:
        for value in values:
            insort(away, abs(value - centre))
        found.append(_score(values, centre, _middle(away)))
    return found


def _score(values: Sequence[float], centre: float, usual: float) -> float:
    return sum(max(-CAP, min(CAP, (value - centre) / usual)) for value in values) / len(values)


def _middle(distances: Sequence[float]) -> float:
    half = len(distances) // 2
    even = len(distances) % 2 == 0
    return max(TINY, (distances[half - even] + distances[half]) / 2)


def _spread(values: list[float]) -> list[float]:
    if len(values) <= MOST_VALUES:
        return values
    last = len(values) - 1
    lower = [last * each // (MOST_VALUES - 1) for each in range(MOST_VALUES // 2)]
    # Mirrored values give mirrored ones.
    return [values[each] for each in [*lower, *(last - each for each in reversed(lower))]]
