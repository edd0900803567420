"""How much of a task to measure for advice: so many tasks a batch, and so many at once."""

from __future__ import annotations

# All tasks of a batch, one after the other, are to take about so long.
ONE_BY_ONE_S = 0.10
FEWEST, MOST = 8, 64
# Beside as many at once as there may be, so many times fewer are measured: each point takes time.
FEWER = 8


def tasks_for(task_s: float, at_once: int | None) -> int:
    """Return how many tasks make a batch, of tasks that take so many seconds each.

    `at_once` is how many the user would have in flight; there are at least as many.
    """
    wanted = round(ONE_BY_ONE_S / task_s) if task_s > 0 else MOST
    return max(FEWEST, at_once or 0, min(MOST, wanted))


def concurrencies(tasks: int, at_once: int | None, *, one: bool) -> list[int]:
    """Return how many at once to measure, up to what the user would have or all of a batch.

    With `one`, a task alone is measured, too: where no executor does them one by one anyway.
    """
    most = min(tasks, at_once or tasks)
    found = [most]
    if most > 2:
        found.append(max(2, round(most / FEWER)))
    if one or len(found) < 2:
        found.append(1)
    return sorted({*found})
