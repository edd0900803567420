"""Kills at seeded moments, a few of them; `python -m tests.faults` tries hundreds."""

import pytest

from tests.faults import kills


@pytest.mark.timeout(200)
@pytest.mark.parametrize("one", [*kills.tries(seed=13, count=4)], ids=str)
def test_a_kill_leaves_nothing_and_loses_nothing(one):
    assert kills.done(one).faults == []
