"""From samples to verdicts and reasons."""

from dataclasses import replace
from math import inf

import pytest

from asyncbench.analysis import explain
from asyncbench.analysis import verdict as verdicts
from asyncbench.analysis.judgement import Verdict
from asyncbench.analysis.lead import decide
from asyncbench.analysis.result import Result
from asyncbench.analysis.waiting import waiting_share
from asyncbench.stats import intervals
from asyncbench.stats.intervals import Interval
from tests.support.fakes import FakeLauncher, measured, plan, steady


def only(run):
    [judgement] = Result(run).judgements
    return judgement, {row.cell.executor: row for row in judgement.rows}


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.50, 0.90, "wins"),
        (0.90, 0.98, "inconclusive"),
        (0.98, 1.02, "ties"),
        (0.99, 1.05, "inconclusive"),
        (1.04, 1.20, "loses"),
        (0.90, 1.20, "inconclusive"),
        (0.0, inf, "inconclusive"),
    ],
)
def test_a_verdict_needs_the_whole_interval_on_one_side(low, high, verdict):
    assert decide(Interval((low + 1) / 2, low, high, 0.05), 0.03) == verdict


def test_steady_times_give_clear_verdicts():
    launcher = steady(sequential=0.04, threads=0.04, asyncio=0.02, uvloop=0.05)
    _, rows = only(measured(plan("sequential", "threads", "asyncio", "uvloop"), launcher))
    assert rows["sequential"].is_baseline
    assert rows["threads"].verdict == Verdict.TIES
    assert rows["asyncio"].verdict == Verdict.WINS
    assert rows["uvloop"].verdict == Verdict.LOSES
    assert rows["asyncio"].ratio.estimate == pytest.approx(0.5)


def test_the_contest_is_between_the_best_of_each_side():
    launcher = steady(sequential=0.04, threads=0.03, processes=0.02, asyncio=0.05, uvloop=0.04)
    judgement, _ = only(measured(plan(*launcher.times), launcher))
    contest = judgement.contest
    assert contest.cooperative.cell.executor == "uvloop"
    assert contest.preemptive.cell.executor == "processes"
    assert contest.ratio.estimate == pytest.approx(2.0)
    assert contest.verdict == Verdict.LOSES


def test_a_contest_with_one_side_says_which_is_missing():
    judgement, _ = only(measured(plan("sequential", "asyncio"), steady(sequential=1, asyncio=1)))
    assert explain.of_contest(judgement) == "no preemptive executor was measured"


def test_too_few_rounds_support_no_claim():
    run = measured(
        plan("sequential", "asyncio", budget_s=6.0), steady(sequential=1.2, asyncio=0.02)
    )
    judgement, rows = only(run)
    assert rows["asyncio"].figures.rounds < 6
    assert rows["asyncio"].verdict == Verdict.INCONCLUSIVE
    assert rows["asyncio"].ratio.high == inf
    assert "not yet sure: a claim takes 6 rounds" in explain.of_row(judgement, rows["asyncio"])


def test_verdicts_are_withheld_where_twins_differ():
    class Drifting(FakeLauncher):
        """The twin, fourth worker of each round, is 20 % slow."""

    workers = []

    def asyncio(round_, n):
        return 0.02 * (1.2 if workers[-1] == "twin" else 1.0)

    launcher = Drifting({"sequential": lambda *_: 0.04, "asyncio": asyncio})
    make = launcher.factory

    def factory(python):
        inner = make(python)
        made = []
        start = inner.worker

        def worker():
            each = start()
            made.append(each)
            role = "twin" if len(made) == 3 else "cell"
            ask = each.ask

            def asked(request, timeout_s):
                workers.append(role)
                return ask(request, timeout_s)

            each.ask = asked
            return each

        inner.worker = worker
        return inner

    launcher.factory = factory
    judgement, rows = only(measured(plan("sequential", "asyncio"), launcher))
    assert judgement.control.told_apart
    assert rows["asyncio"].verdict == Verdict.INCONCLUSIVE
    assert "too noisy" in explain.of_row(judgement, rows["asyncio"])


def test_a_cell_that_did_other_work_is_not_ranked():
    launcher = steady(sequential=0.04, threads=0.04, asyncio=0.01)
    launcher.proofs["asyncio"] = (4, 5)
    judgement, rows = only(measured(plan(*launcher.times), launcher))
    assert rows["asyncio"].status == "unequal work"
    assert rows["asyncio"].verdict is None
    assert (
        "adds up to 5; of the others, what 4 tasks returned adds up to 6; --proof none"
        in rows["asyncio"].why
    )
    assert rows["threads"].status == "ok"
    assert judgement.contest.cooperative is None


def test_two_cells_that_differ_are_both_unranked():
    launcher = steady(sequential=0.04, asyncio=0.01)
    launcher.proofs["asyncio"] = (4, 5)
    _, rows = only(measured(plan(*launcher.times), launcher))
    assert {row.status for row in rows.values()} == {"unequal work"}


def test_a_sleep_that_ends_early_does_not_win_by_it():
    planned = plan("sequential", "uvloop")
    planned = replace(planned, works=[replace(planned.works[0], wait_s=0.02)])
    # Over the fake's four lanes a batch of four waits 20 ms at the least.
    run = measured(planned, steady(sequential=0.02, uvloop=0.018))
    _, rows = only(run)
    assert rows["uvloop"].figures.time.estimate == pytest.approx(0.018)
    assert rows["uvloop"].ratio.estimate == pytest.approx(1.0)
    assert rows["uvloop"].verdict == Verdict.TIES


def test_the_ideal_time_is_the_larger_bound():
    planned = plan("sequential")
    waiting = replace(planned.works[0], tasks=10, concurrency=4, wait_s=0.01, cpu_s=0.001)
    computing = replace(planned.works[0], tasks=10, concurrency=10, wait_s=0.0, cpu_s=0.01)
    for work, seconds in ((waiting, 3 * 0.011), (computing, 10 * 0.01 / 2)):
        run = measured(replace(planned, works=[work]), steady(sequential=0.5))
        assert only(run)[0].ideal.seconds == pytest.approx(seconds)


def test_cpu_time_that_only_measuring_tells_comes_from_the_leanest_cell():
    planned = plan("sequential", "asyncio")
    work = replace(planned.works[0], cpu_s=None)
    run = measured(replace(planned, works=[work]), steady(sequential=0.04, asyncio=0.06))
    ideal = only(run)[0].ideal
    assert ideal.measured
    assert ideal.seconds == pytest.approx(0.04 / 2 / 2)  # half of it CPU, shared by two CPUs


def test_tests_are_counted_in_the_largest_table():
    assert verdicts.tests_in(plan("sequential", "threads", "processes", "asyncio", "uvloop")) == 4


def test_a_baseline_that_failed_leaves_times_without_ratios():
    times = {"sequential": lambda *_: float("inf"), "asyncio": lambda *_: 0.02}
    judgement, rows = only(
        measured(plan("sequential", "asyncio", timeout_s=1), FakeLauncher(times))
    )
    assert judgement.baseline is None
    assert rows["asyncio"].ratio is None
    assert rows["asyncio"].figures is not None


def test_a_baseline_that_cannot_run_the_work_is_replaced_by_the_first_that_did():
    planned = plan("sequential", "asyncio", "uvloop")
    cells = [replace(planned.cells[0], unavailable="no blocking form"), *planned.cells[1:]]
    run = measured(replace(planned, cells=cells), steady(asyncio=0.03, uvloop=0.02))
    judgement, rows = only(run)
    assert judgement.baseline is rows["asyncio"]
    assert rows["uvloop"].verdict == Verdict.WINS


def test_with_too_few_rounds_a_ratio_is_that_of_the_times_beside_it():
    # The first sample is slow, as on a busy machine, and the only one beside the slow executor's.
    warms_up = FakeLauncher(
        {
            "sequential": lambda *_: 0.2,
            "threads": lambda _, samples: 0.02 if samples <= 1 else 0.01,
        }
    )
    judgement, rows = only(
        measured(plan("sequential", "threads", until_decided=True, budget_s=1.5), warms_up)
    )
    times = {name: row.figures.time.estimate for name, row in rows.items()}
    assert 0 < rows["threads"].figures.rounds < intervals.LEAST_ROUNDS
    assert rows["threads"].ratio.estimate == times["threads"] / times["sequential"]
    assert judgement.lead.best.cell.executor == "threads"
    assert judgement.lead.next.ratio.estimate == times["sequential"] / times["threads"]


@pytest.mark.parametrize(("voluntary", "waits"), [(0.0, 0.0), (4.0, 0.5)])
def test_a_cpu_that_others_take_is_no_waiting(voluntary, waits):
    judgement, rows = only(measured(plan("sequential"), steady(sequential=0.04)))
    row = rows["sequential"]
    row.figures = replace(row.figures, voluntary=voluntary, involuntary=9.0)
    judgement.work = replace(judgement.work, demand_known=True, wait_s=0.0, cpu_s=None)
    assert waiting_share(judgement) == waits
