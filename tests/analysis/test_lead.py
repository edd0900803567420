"""Who is best of all that did one work, and when that is known."""

import pytest

from asyncbench.analysis import outlook
from asyncbench.analysis.judgement import Verdict, is_open, told_apart
from asyncbench.analysis.result import Result
from asyncbench.report.terminal import answer
from asyncbench.stats.intervals import Interval
from tests.support.fakes import FakeLauncher, measured, plan, steady


def judged(margin=0.05, **times):
    run = measured(plan(*times, margin=margin, until_decided=True), steady(**times))
    return Result(run)


def test_the_best_is_told_beside_each_other_one_the_nearest_first():
    [judgement] = judged(sequential=0.04, threads=0.02, asyncio=0.01).judgements
    assert judgement.lead.best.name == "asyncio"
    assert [each.row.name for each in judgement.lead.rivals] == ["threads", "sequential"]
    assert judgement.lead.next.ratio.estimate == pytest.approx(2.0, rel=0.01)
    assert judgement.lead.next.verdict is Verdict.LOSES
    assert judgement.is_decided


def test_two_of_one_side_are_compared_too():
    [judgement] = judged(asyncio=0.02, uvloop=0.01).judgements
    assert judgement.lead.best.name == "uvloop"
    assert judgement.contest.preemptive is None
    assert judgement.is_decided


def test_equals_tie_within_the_margin():
    [judgement] = judged(asyncio=0.0101, uvloop=0.01).judgements
    assert [each.row.name for each in judgement.lead.level_with] == ["asyncio"]


def test_what_is_sure_leaves_more_of_the_level_to_what_is_close():
    close = judged(sequential=0.09, processes=0.07, threads=0.05, asyncio=0.0101, uvloop=0.01)
    [judgement] = close.judgements
    nearest, *others = judgement.lead.rivals
    assert nearest.row.name == "asyncio"
    assert sorted(each.ratio.level for each in others)[0] == 0.05 / 4
    assert nearest.ratio.level > max(each.ratio.level for each in others)


def test_one_alone_has_nobody_to_lead():
    [judgement] = judged(asyncio=0.01).judgements
    assert judgement.lead is None
    assert judgement.is_decided


@pytest.mark.parametrize(
    ("verdict", "low", "high", "apart", "undecided"),
    [
        (Verdict.LOSES, 1.2, 1.4, True, False),
        (Verdict.TIES, 0.98, 1.02, False, False),
        (Verdict.INCONCLUSIVE, 1.01, 1.09, True, False),  # quicker for sure, by how much is not
        (Verdict.INCONCLUSIVE, 0.99, 1.09, False, True),
    ],
)
def test_what_leaves_out_one_is_told_apart_though_it_may_not_matter(
    verdict, low, high, apart, undecided
):
    ratio = Interval(1.05, low, high, 0.05)
    assert told_apart(verdict, ratio) is apart
    assert is_open(verdict, ratio) is undecided


def test_what_is_decided_needs_no_more_time():
    assert outlook.seconds_to_decide(judged(asyncio=0.02, uvloop=0.01)) == 0


def test_what_turns_from_round_to_round_promises_no_end():
    times = {
        "asyncio": lambda round_, _: 0.01 * (1.0 if round_ % 2 else 1.1),
        "uvloop": lambda *_: 0.0105,
    }
    turning = FakeLauncher(times)
    asked = plan("asyncio", "uvloop", margin=0.0, until_decided=True)
    assert outlook.seconds_to_decide(Result(measured(asked, turning))) > 600


def test_too_few_rounds_are_told_with_the_number_that_it_takes():
    result = judged(asyncio=0.5, uvloop=0.4, threads=0.3)
    shown = " ".join(answer.screen(result, 200).split())
    assert outlook.rounds_at_least(result) == 7
    assert "a claim takes 7 rounds" in shown
    assert "an answer needs at least 7 times" in shown
