"""Quantiles are values that were measured."""

from asyncbench.stats.quantiles import quantile, quantiles


def test_quantiles_are_values_that_so_many_do_not_exceed():
    found = quantiles(range(1, 101))
    assert (found.count, found.p50, found.p90, found.p99, found.longest) == (100, 50, 90, 99, 100)
    assert quantile([], 0.5) == 0
    assert quantile([5], 0.99) == 5


def test_there_are_no_quantiles_of_nothing():
    assert quantiles([]).count == 0
