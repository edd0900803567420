"""The values that stand at a logarithmic axis of a chart."""

import pytest

from asyncbench.report.terminal import plot


@pytest.mark.parametrize(
    ("low", "high", "values"),
    [
        (1.0, 100.0, [1.0, 10.0, 100.0]),
        (1.0, 10.0, [1.0, 2.0, 5.0, 10.0]),
        (2.14, 4.2, [3.0, 4.0]),
        (0.0072, 0.0141, [0.008, 0.009, 0.01]),
    ],
)
def test_no_axis_is_without_a_value(low, high, values):
    assert plot.decades(low, high) == pytest.approx(values)
