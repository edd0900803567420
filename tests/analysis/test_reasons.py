"""No reason contradicts the times that it stands beside, over a grid of made-up cells."""

import itertools
from dataclasses import replace

import pytest

from asyncbench.analysis import explain, reasons
from asyncbench.analysis.ideal import Ideal
from asyncbench.analysis.judgement import Contest, Judgement, Row
from asyncbench.analysis.reasons import Cause
from asyncbench.analysis.summary import Figures
from asyncbench.core.executor import Scheduler
from asyncbench.record.lines import LoopObservation, MeasuredDemand
from asyncbench.record.plan import Cell, Work
from asyncbench.stats.intervals import Interval

TASKS = 20
KINDS = {
    "sequential": ("sequential", "blocking", "m:Sequential"),
    "threads": ("preemptive", "blocking", "m:Threads"),
    "processes": ("preemptive", "blocking", "m:Processes"),
    "asyncio": ("cooperative", "cooperative", "m:Loop"),
    "asyncio-blocking": ("cooperative", "blocking", "m:Blocking"),
}


def row(number, name, time_s, cpu_s, cpus, switches, lanes):
    family, form, reference = KINDS[name]
    figures = Figures(
        samples=10, rounds=8, lanes=lanes, time=Interval(time_s, time_s, time_s, 0.05),
        tasks_per_s=TASKS / time_s, cpu_s=cpu_s, voluntary=switches * TASKS, involuntary=0.0,
        cpus=cpus, busiest=cpus, peak_rss_bytes=1e7, startup_s=0.0, shutdown_s=0.0,
        target_share=None, engine_cpu_s=None, engine_rss_bytes=None, facts={"gil": True},
    )  # fmt: skip
    return Row(Cell(number, 0, name, reference, family, form), figures=figures)


def judgement(rows, *, wait_s=0.01, hops=0):
    work = Work("w", "m:W", {}, TASKS, TASKS, wait_s=wait_s, cpu_s=0.0)
    looks = {
        cell: LoopObservation(cell, 10**8, 9 * 10**7, 5 * 10**7, 20, 0, "f (a.py:1)", hops=hops)
        for cell in (each.cell.id for each in rows if each.cell.has_loop)
    }
    return Judgement(
        0, work, rows, Ideal(0.0, measured=True), None, Contest(None, None), observations=looks
    )


@pytest.mark.parametrize("names", list(itertools.permutations(KINDS, 2)), ids="-".join)
def test_no_reason_contradicts_the_times(names):
    cases = itertools.product(
        [0.01, 0.2], [0.02, 0.3], [0.001, 0.15], [0.002, 0.1], [0.2, 1.9], [0.1, 40], [1, 20]
    )
    told = 0
    for mine_s, other_s, cpu_one, cpu_other, cpus, switches, lanes in cases:
        one = row(0, names[0], mine_s, min(cpu_one, 2 * mine_s), cpus, switches, lanes)
        other = row(1, names[1], other_s, min(cpu_other, 2 * other_s), 1.0, 1.0, 21 - lanes)
        found = reasons.between(judgement([one, other]), one, other, mine_s / other_s)
        slow, fast = (one, other) if mine_s > other_s else (other, one)
        for reason in found:
            told += 1
            assert reason.seconds >= reasons.LEAST_SHARE * abs(mine_s - other_s)
            _check(reason, slow, fast)
    assert told


def _check(reason, slow, fast):
    """Hold what a reason says against what was measured of the two cells."""
    ours, theirs = slow.figures, fast.figures
    match reason.cause:
        case Cause.WAITING:
            assert int(reason.slow.replace(",", "")) < int(reason.fast.replace(",", ""))
        case Cause.CPUS:
            assert theirs.cpus > ours.cpus
        case Cause.CPU_TIME:
            assert ours.cpu_s > theirs.cpu_s
        case Cause.HANDOVERS:
            assert ours.voluntary > theirs.voluntary


def test_a_pool_of_processes_is_never_told_of_the_gil():
    slow = row(0, "processes", 0.2, 0.2, 1.0, 1, 2)
    fast = row(1, "asyncio", 0.1, 0.19, 1.9, 1, 20)
    [reason] = reasons.between(judgement([slow, fast], wait_s=0.0), slow, fast, 2.0)
    assert reason.cause is Cause.CPUS
    assert "GIL" not in reason.of_both("asyncio", "processes")


def test_threads_that_let_the_gil_go_are_not_told_of_it():
    slow, fast = row(0, "threads", 0.2, 0.2, 1.0, 1, 20), row(1, "processes", 0.1, 0.19, 1.9, 1, 2)
    known = judgement([slow, fast], wait_s=0.0)
    assert "GIL" in reasons.between(known, slow, fast, 2.0)[0].after
    known.demanded = MeasuredDemand(0, 0.0, 0.01, gil_share=0.05)
    assert "GIL" not in reasons.between(known, slow, fast, 2.0)[0].after


def test_results_that_are_sent_back_are_named_where_they_are_what_a_process_costs():
    slow, fast = row(0, "processes", 0.4, 1.0, 2.0, 50, 2), row(1, "sequential", 0.2, 0.2, 1, 0, 1)
    slow.cell = replace(slow.cell, scheduler=Scheduler.PROCESSES)
    told = judgement([slow, fast], wait_s=0.0)
    told.demanded = MeasuredDemand(0, 0.0, 0.01, 1.0, result_bytes=4_000_000, result_s=0.03)
    [reason, *_] = reasons.between(told, slow, fast, 2.0)
    assert "where a result of 4 MB is pickled and sent back" in reason.after
    told.demanded = MeasuredDemand(0, 0.0, 0.01, 1.0, result_bytes=40_000_000, result_s=0.0001)
    assert "a result of 40 MB" in reasons.between(told, slow, fast, 2.0)[0].after
    told.demanded = MeasuredDemand(0, 0.0, 0.01, 1.0, result_bytes=40, result_s=0.00001)
    [reason, *_] = reasons.between(told, slow, fast, 2.0)
    assert "pickled" not in reason.after


def test_calls_that_go_through_threads_are_named():
    slow, fast = row(0, "asyncio", 0.4, 0.38, 1.0, 50, 20), row(1, "threads", 0.1, 0.02, 0.5, 1, 20)
    [reason, *_] = reasons.between(judgement([slow, fast], hops=2000), slow, fast, 4.0)
    assert "hands 100 calls to other threads" in reason.of_both("threads", "asyncio")


def test_tasks_that_wait_for_one_another_do_not_count_as_waiting_at_once():
    fast, slow = (
        row(0, "threads", 0.01, 0.001, 0.1, 1, 20),
        row(1, "asyncio", 0.04, 0.001, 0.1, 1, 20),
    )
    known = judgement([slow, fast])
    queued = {"waited_ns": 20 * 10**8, "queued_ns": 15 * 10**8, "queued": "Queue.get (a.py:3)"}
    look = LoopObservation(1, 10**8, 10**6, 10**5, 20, 20, "f (a.py:1)", **queued)
    known.observations[1] = look
    [reason, *_] = reasons.between(known, slow, fast, 4.0)
    assert "20 wait at once under threads, 5 under asyncio" in reason.of_both("threads", "asyncio")
    told = explain.queued(known, slow)
    assert told.startswith("tasks mostly wait for one another (75% of all their waiting) at Queue.")


@pytest.mark.parametrize(("spawned", "told"), [(0, True), (20, False)])
def test_a_limit_that_processes_do_not_share_is_told(spawned, told):
    one, other = row(0, "threads", 0.1, 0.01, 0.1, 1, 20), row(1, "processes", 0.05, 0.01, 0, 1, 2)
    other.cell = replace(other.cell, scheduler=Scheduler.PROCESSES)
    known = judgement([one, other])
    queued = {"waited_ns": 20 * 10**8, "queued_ns": 15 * 10**8, "queued": "a lock (a.py:3)"}
    known.observations[0] = LoopObservation(0, 10**8, 0, 0, 20, 0, "", spawned=spawned, **queued)
    said = explain.not_shared(known)
    assert said.startswith("processes: each process has a copy of what") is told
    assert ("a lock (a.py:3)" in said) is told


@pytest.mark.parametrize(
    ("pool", "members", "size", "told"),
    [
        ("", "threads", 6, "to the loop's own pool, which has 6 threads; the rest had to wait"),
        ("f (a.py:3)", "processes", 2, "to the pool that f (a.py:3) uses, which has 2 processes;"),
        ("f (a.py:3)", "processes", 1, "which has 1 process;"),
        ("f (a.py:3)", "threads", 40, ""),
    ],
)
def test_a_full_pool_is_told_with_its_size(pool, members, size, told):
    only = row(0, "threads", 0.1, 0.01, 0.1, 1, 20)
    known, pools = judgement([only]), {"pool": pool, "pool_members": members}
    look = LoopObservation(0, 10**8, 0, 0, 20, 0, "", pool_most=40, pool_size=size, **pools)
    known.observations[0] = look
    assert told in explain.full_pool(known, only)
    assert told in explain.of_row(known, only)
    assert bool(told) is bool(explain.full_pool(known, only))


def test_nothing_is_made_up_where_nothing_differs():
    slow, fast = row(0, "threads", 0.2, 0.01, 0.1, 1, 20), row(1, "asyncio", 0.1, 0.01, 0.1, 1, 20)
    assert reasons.between(judgement([slow, fast]), slow, fast, 2.0) == []
