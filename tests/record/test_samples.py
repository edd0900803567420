"""Samples kept as columns come back as what was put in, in the order they came."""

from asyncbench.record.lines import Sample
from asyncbench.record.samples import Samples


def sample(cell, number, *, warmup=False, target_ns=None, engine_ns=None):
    wall = 4_000_000_000 + number
    return Sample(cell, 1, number, 0, warmup, 2, wall, 5, 6, 7, 8, 9, 10, target_ns, engine_ns)


TAKEN = [
    sample(3, 0, warmup=True),
    sample(3, 1),
    sample(2**62, 2, target_ns=0),
    sample(0, 3, target_ns=9, engine_ns=0),
    sample(3, 4),
]


def test_samples_come_back_as_they_were_in_the_order_they_came():
    assert list(Samples(TAKEN)) == TAKEN
    assert len(Samples(TAKEN)) == len(TAKEN)


def test_warm_ups_do_not_count_but_are_in_the_total():
    taken = Samples(TAKEN)
    assert list(taken.counted(3)) == [TAKEN[1], TAKEN[4]]
    assert taken.total("wall_ns") == sum(each.wall_ns for each in TAKEN)
    assert not taken.counted(99)


def test_columns_hold_what_the_samples_say():
    [one, other] = list(Samples(TAKEN).counted(3).seconds())
    assert (one, other) == (TAKEN[1].seconds, TAKEN[4].seconds)
    assert list(Samples(TAKEN).counted(0).column("target_ns")) == [9]
    assert list(Samples(TAKEN).counted(3).column("target_ns")) == [-1, -1]
    assert Samples(TAKEN).counted(3).proofs() == {(9, 10)}


def test_two_are_equal_where_all_samples_are():
    assert Samples(TAKEN) == Samples(TAKEN)
    assert Samples(TAKEN) != Samples(TAKEN[::-1])
