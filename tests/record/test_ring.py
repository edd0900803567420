"""A ring keeps the newest events, and tells of tasks that are older than those."""

from pathlib import Path

from asyncbench.record.event_reader import processes
from asyncbench.record.events import EventKind
from asyncbench.record.ring import REGION_BYTES, RingLog, straighten

MS = 1_000_000
EVENTS = REGION_BYTES // 40


def written(tmp_path, steps, last_ns, *, settles=True):
    """Write so many steps of task 1, a millisecond each, and return what is kept of them."""
    log = RingLog(str(tmp_path), regions=6)
    text = log.number("a", name="a", file="", line=0)
    log.batch(1)
    log.task(1, 1, 0, text, own=False)
    step = log.steps_of(1)
    for number in range(1, steps + 1):
        step(number * MS, number * MS, number * MS + 10, 0)
        if settles and number % 1000 == 0 and log.settle():
            log.task(1, 1, 0, text, own=False)
    straighten(tmp_path, log.pid, last_ns)
    [found] = processes(Path(tmp_path))
    return list(found)


def test_what_fits_is_kept_whole(tmp_path):
    found = written(tmp_path, 100, 10**15)
    assert [kind for kind, *_ in found][:2] == [EventKind.BATCH, EventKind.CREATED]
    assert sum(kind == EventKind.STEP for kind, *_ in found) == 100
    assert found[0][2] == 1


def test_the_last_seconds_alone_are_kept(tmp_path):
    found = written(tmp_path, 100, 10 * MS)
    assert sum(kind == EventKind.STEP for kind, *_ in found) == 11
    assert found[0][2] == 90 * MS + 10


def test_a_ring_that_was_filled_over_and_over_keeps_the_newest(tmp_path):
    steps = 8 * EVENTS
    found = written(tmp_path, steps, 10**15)
    kept = [numbers[2] for kind, _, *numbers in found if kind == EventKind.STEP]
    assert kept == sorted(kept)
    assert kept[-1] == steps * MS + 10
    assert EVENTS < len(kept) < 6 * EVENTS
    assert [kind for kind, *_ in found].count(EventKind.CREATED) == 1
    assert found[0][2] == kept[0]  # the picture begins where events do
    assert found[0][4] == 0


def test_what_nobody_made_room_for_is_counted_and_not_written(tmp_path):
    found = written(tmp_path, 5 * EVENTS, 10**15, settles=False)
    assert sum(kind == EventKind.STEP for kind, *_ in found) < 5 * EVENTS
