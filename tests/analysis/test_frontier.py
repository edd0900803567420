"""Of a grid as few points are measured as show where its outcomes change."""

import itertools

import pytest

from asyncbench.analysis.frontier import explore, halving

SIZE = 19


def explored(truth, across=SIZE, up=SIZE):
    """Measure what is wanted until nothing more is."""
    known = {}
    while True:
        found = explore(across, up, known.get)
        new = found.wanted - known.keys()
        if not new:
            return found, known
        known |= {place: truth(*place) for place in new}


@pytest.mark.parametrize(
    "truth",
    [
        lambda x, y: "left" if x < 8 else "right",
        lambda x, y: "below" if x + y < 17 else "above",
        lambda x, y: "inside" if x * y > 60 else "outside",
    ],
)
def test_the_frontier_is_that_of_all_points(truth):
    found, known = explored(truth)
    taken = {place: known[like] for place, like in found.amid.items()} | known
    assert taken == {place: truth(*place) for place in itertools.product(range(SIZE), repeat=2)}
    assert len(known) < 0.6 * SIZE**2


def test_where_all_is_alike_a_few_points_are_enough():
    found, known = explored(lambda x, y: "same")
    assert len(known) == 25
    assert len(known) + len(found.amid) == SIZE**2


def test_nothing_is_taken_for_what_is_not_told():
    found = explore(SIZE, SIZE, lambda place: None if place == (0, 0) else "same")
    assert (1, 1) not in found.amid
    assert (1, 1) not in found.wanted
    assert (SIZE - 2, SIZE - 2) in found.amid


def test_a_small_grid_is_measured_whole():
    found, known = explored(lambda x, y: (x, y), across=3, up=2)
    assert len(known) == 6
    assert not found.amid


def test_any_first_few_places_lie_far_apart():
    assert halving(9) == [0, 8, 4, 2, 6, 1, 3, 5, 7]
    assert sorted(halving(12)) == [*range(12)]
    assert halving(1) == [0]
    assert halving(2) == [0, 1]
