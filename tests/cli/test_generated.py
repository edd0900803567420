"""Functions of any signature and kind, end to end: measured right, or refused in one line."""

from tests.benchmarks import generated


def test_generated_functions_are_measured_as_what_they_are_or_refused():
    counted, problems = generated.run(15, seed=2)
    assert problems == []
    assert counted["measured"] == 12
    assert counted["refused"] + counted["failed"] == 3
