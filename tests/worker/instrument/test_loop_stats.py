"""How long steps are said to have held a loop while others wanted the CPU, too."""

from itertools import accumulate

import pytest

from asyncbench.record.events import BLOCKS_NS
from asyncbench.worker.instrument import loop_stats
from asyncbench.worker.instrument.loop_stats import LoopStats

MS = 1_000_000


@pytest.fixture
def figures(monkeypatch):
    """Give what is recorded of steps, each of so long and meanwhile so long without the CPU."""

    def found(*steps, known=True):
        stats = LoopStats(BLOCKS_NS)
        late = accumulate((lost for _, lost in steps), initial=0)
        monkeypatch.setattr(loop_stats, "run_delay_ns", lambda: next(late) if known else None)
        now = 100 * MS
        stats.batch(now)
        for task, (held, _) in enumerate(steps, 1):
            stats.last_step(task, now, now, now + held)
            now += held
        monkeypatch.setattr(loop_stats, "run_delay_ns", lambda: None)
        stats.batch(100 * MS, now)
        return stats.figures(1)

    return found


def test_a_step_that_lost_the_cpu_has_not_held_the_loop_meanwhile(figures):
    told = figures((2 * MS, 0), (13 * MS, 12 * MS), (3 * MS, 0))
    assert told["longest_ns"] == 3 * MS
    assert told["held_ns"] == 6 * MS
    assert told["blocked_ns"] == 0


def test_a_step_that_holds_the_loop_does_so_beside_others_too(figures):
    told = figures((2 * MS, MS), (50 * MS, 12 * MS), (3 * MS, 2 * MS))
    assert told["longest_ns"] == told["blocked_ns"] == 38 * MS


def test_where_nothing_tells_of_others_a_step_is_as_long_as_it_took(figures):
    assert figures((13 * MS, 12 * MS), known=False)["longest_ns"] == 13 * MS
