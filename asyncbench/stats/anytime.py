"""A test that holds however often one looks: a run may stop as soon as it has told something.

Whoever looks after every round and stops when a usual 5 % test speaks is wrong in 19 to 26 % of
cases after five looks. An e-process is a bet whose stake grows on average by nothing while the
hypothesis is true, whenever one stops: that it has grown 20-fold has a chance of 1 in 20 at most.
Sources: V. Vovk and R. Wang, Nonparametric e-tests of symmetry (arXiv 2208.08925); A. Ramdas et
al., Game-theoretic statistics and safe anytime-valid inference (arXiv 2210.01948).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import tanh

from asyncbench.stats import distances
from asyncbench.stats.distances import Rounds

# How boldly is bet that a round lies on one side, each twice the one before, and which share of the
# stake is bet so. The bold ones tell a clear difference in as few rounds as any test could, the
# timid ones a slight one.
BETS = ((0.5, 1 / 8), (1.0, 1 / 8), (2.0, 1 / 4), (4.0, 1 / 2))
# No p-value is smaller, however much has grown.
LEAST = 1e-300


def p_value(rounds: Rounds, centre: float) -> float:
    """Test that rounds of values lie about `centre`, however many rounds were looked at.

    Each round counts by how far its values lie from the centre (`distances.scores_in_turn`), which
    under the hypothesis is as likely as its negative, whatever the rounds before it were. Two bets
    are made, one for each side, so the larger stake counts by half.
    """
    grown = max(_stakes(distances.scores_in_turn(rounds, centre)))
    return max(LEAST, min(1.0, 2 / grown))


def rounds_needed(level: float) -> int:
    """Return how many rounds that all say the same it takes to refuse anything at this level."""
    return next(rounds for rounds in itertools.count(1) if p_value([[1.0]] * rounds, 0.0) <= level)


def _stakes(scores: Sequence[float]) -> tuple[float, float]:
    """Return what stakes of 1 have become that were bet on scores above zero, and below."""
    # The mean of 1 + tanh(x) is 1 where x is as likely as -x.
    above, below = [share for _, share in BETS], [share for _, share in BETS]
    least = BETS[0][0]
    for score in scores:
        part = tanh(least * score)
        for place in range(len(BETS)):
            above[place] *= 1 + part
            below[place] *= 1 - part
            part = 2 * part / (1 + part * part)  # tanh of twice as much
    return sum(above), sum(below)
