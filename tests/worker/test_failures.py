"""How an error of the user's code is told: what was raised first, and its own frames."""

import traceback

import pytest

from asyncbench.worker.failures import own_part, reason


def raised(error):
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - whatever is given
        raise error
    return caught.value


def test_of_the_groups_that_tasks_come_in_the_error_itself_is_told():
    inner = raised(LookupError("deep"))
    lane = raised(ExceptionGroup("lane", [inner]))
    assert reason(ExceptionGroup("tasks", [lane])) == "LookupError: deep"
    assert "in raised" in own_part(ExceptionGroup("tasks", [lane]))


def test_a_group_that_a_task_makes_is_told_as_itself_with_its_own_frames():
    made = raised(ExceptionGroup("several", [ValueError("a"), KeyError("b")]))
    told = "ExceptionGroup: several (2 sub-exceptions)"
    assert reason(made) == f"{told}: ValueError, KeyError"
    assert "in raised" in own_part(made)
    assert "|" not in own_part(made)


def test_so_is_one_that_came_as_text_out_of_another_process():
    made = raised(ExceptionGroup("several", [ValueError("a"), KeyError("b")]))
    made.__cause__ = RuntimeError("".join(traceback.format_exception(made)))
    assert own_part(made).count("in raised") == 2
    assert "+-" not in own_part(made)
