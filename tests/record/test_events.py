"""The event log of a traced batch."""

import os

import pytest

from asyncbench.record.event_reader import batch_began, processes
from asyncbench.record.events import LEAST_BYTES, RECORD, EventKind, EventLog


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_what_a_process_has_written_outlives_it(tmp_path):
    child = os.fork()
    if not child:
        made = EventLog(str(tmp_path))
        made.batch(5)
        made.task(1, 2, 0, made.number("x", name="x"), own=False)
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    [found] = processes(tmp_path)
    [batch, created] = found
    assert batch[:4] == (EventKind.BATCH, 0, 5, 0)
    assert created == (EventKind.CREATED, 1, 2, 0, 1, 0)
    assert found.texts[1]["name"] == "x"
    assert batch_began(str(tmp_path), child) == 5


def test_an_event_log_that_is_full_takes_no_more_and_breaks_nothing(tmp_path):
    made = EventLog(str(tmp_path), LEAST_BYTES)
    for number in range(40_000):
        made.task(number, 1, 0, 0, own=False)
    [found] = processes(tmp_path)
    numbers = [number for _, number, *_ in found]
    assert len(numbers) < 40_000
    assert numbers == list(range(len(numbers)))


def test_an_event_log_tells_how_many_events_it_had_no_room_for(tmp_path):
    made = EventLog(str(tmp_path), LEAST_BYTES)
    for number in range(40_000):
        made.task(number, 1, 0, 0, own=False)
    made.batch(1, 2)
    [found] = processes(tmp_path)
    (kind, _, _, _, missing, _), *others = found
    assert kind == EventKind.BATCH
    assert len(others) + missing // RECORD.size == 40_000


def test_a_step_is_read_back_as_it_was_noted(tmp_path):
    made = EventLog(str(tmp_path))
    made.batch(1)
    made.steps_of(7)(10, 20, 30, 0)
    made.nested_step(8, 21, 22, 23, last=False)
    made.last_step(7, 40, 50, 60)
    [found] = processes(tmp_path)
    assert list(found)[1:] == [
        (EventKind.STEP, 7, 10, 20, 30, 0),
        (EventKind.NESTED, 8, 21, 22, 23, 0),
        (EventKind.LAST_STEP, 7, 40, 50, 60, 0),
    ]


def test_another_interpreter_of_a_process_has_a_log_of_its_own(tmp_path):
    one, other = EventLog(str(tmp_path)), EventLog(str(tmp_path), apart=True)
    one.begin(1, 7, 10)
    other.begin(2, 8, 20)
    assert sorted(subject for each in processes(tmp_path) for _, subject, *_ in each) == [1, 2]
    assert {each.pid for each in processes(tmp_path)} == {one.pid}
