"""The universal scalability law is found where it was planted; where none holds that is said."""

import random
from math import exp, inf

import pytest

from asyncbench.stats import scaling
from asyncbench.stats.scaling import Scaling

COUNTS = [1, 2, 4, 8, 16, 32, 64]


def planted(contention, coherence, *, noise=0.0):
    draw = random.Random(3)
    law = Scaling(100.0, contention, coherence, 0.0)
    return law, [law.at(n) * exp(draw.gauss(0, noise)) for n in COUNTS]


@pytest.mark.parametrize(
    ("contention", "coherence", "peak"),
    [(0.05, 0.001, 30.82), (0.02, 0.0, inf), (0.0, 0.0, inf), (0.9, 0.3, 1.0)],
)
def test_the_law_is_found_with_its_peak(contention, coherence, peak):
    law, throughputs = planted(contention, coherence)
    found = scaling.fit(COUNTS, throughputs)
    assert found.each == pytest.approx(law.each)
    assert found.contention == pytest.approx(contention, abs=1e-7)
    assert found.coherence == pytest.approx(coherence, abs=1e-8)
    assert found.peak == pytest.approx(peak, rel=1e-3)
    assert found.error < 1e-6


def test_noise_is_told_as_its_error():
    _, throughputs = planted(0.05, 0.001, noise=0.03)
    found = scaling.fit(COUNTS, throughputs)
    assert 0.005 < found.error < 0.05
    assert found.peak == pytest.approx(30.8, rel=0.25)
    assert found.holds


def test_where_no_such_law_holds_that_is_said():
    found = scaling.fit(COUNTS, [100, 100, 100, 3000, 100, 100, 6000])
    assert not found.holds


@pytest.mark.parametrize("counts", [[1, 2, 4, 8], [1, 1, 2, 2, 4, 4, 8], [0, 1, 2, 3, 4, 5]])
def test_few_points_tell_nothing(counts):
    assert scaling.fit(counts, [float(n + 1) for n in counts]) is None
