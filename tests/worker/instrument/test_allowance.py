"""A program is noted whole as it begins, and then so much a second."""

from asyncbench.worker.instrument.allowance import A_SECOND, AT_FIRST, SAVED_S, Allowance

SECOND = 1_000_000_000


def test_what_takes_few_steps_is_noted_whole():
    allowance = Allowance(0)
    assert not any(
        allowance.is_used_up(second * A_SECOND, second * SECOND) for second in range(1000)
    )


def test_what_is_used_up_is_there_again_after_a_second():
    allowance = Allowance(0)
    assert not allowance.is_used_up(AT_FIRST, 0)
    assert allowance.is_used_up(AT_FIRST + 10, 0)
    assert allowance.is_used_up(AT_FIRST + 10, SECOND)
    assert not allowance.is_used_up(AT_FIRST + 10, SECOND + SECOND // 100)


def test_no_more_is_saved_up_than_for_some_seconds():
    allowance = Allowance(0)
    allowance.is_used_up(AT_FIRST, 0)
    assert not allowance.is_used_up(AT_FIRST, 1000 * SECOND)
    assert allowance.is_used_up(AT_FIRST + A_SECOND * SAVED_S + 10, 1000 * SECOND)
