"""Simulated batches, held against what can be worked out by hand."""

import pytest

from asyncbench.stats.queueing import Step, batch_s


@pytest.mark.parametrize(
    ("tasks", "lanes", "steps", "servers", "seconds"),
    [
        (10, 10, [Step(2.0)], {}, 2.0),  # all wait at once
        (10, 5, [Step(2.0)], {}, 4.0),  # in two goes
        (10, 10, [Step(1.0, "gil")], {"gil": 1}, 10.0),  # one computes at a time
        (10, 10, [Step(1.0, "cpu")], {"cpu": 2}, 5.0),
        (4, 4, [Step(1.0, "gil"), Step(10.0)], {"gil": 1}, 14.0),  # the last begins after three
        (1, 8, [Step(1.0, "gil"), Step(1.0)] * 3, {"gil": 1}, 6.0),
        (3, 1, [Step(1.0), Step(2.0, "cpu")], {"cpu": 4}, 9.0),  # one after the other
        (5, 5, [], {}, 0.0),
    ],
)
def test_a_batch_takes_what_its_queues_take(tasks, lanes, steps, servers, seconds):
    assert batch_s(tasks, lanes, steps, servers) == pytest.approx(seconds)


def test_who_waits_makes_room_for_who_computes():
    # Of two tasks in two turns each, one computes while the other waits.
    steps = [Step(1.0, "gil"), Step(1.0)] * 2
    assert batch_s(2, 2, steps, {"gil": 1}) == pytest.approx(5.0)
