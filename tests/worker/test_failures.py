"""How an error of the user's code is told: what was raised first, and its own frames."""

import traceback

import pytest

from asyncbench.executors import registry
from asyncbench.worker import protocol
from asyncbench.worker.failures import own_part, reason
from asyncbench.worker.session import Session


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


FAILS = """
import asyncio

def helper(index):
    raise ValueError(f"no row {index}")

def called(index):
    helper(index)

async def acalled(index):
    await asyncio.sleep(0)
    helper(index)
"""


@pytest.mark.parametrize(
    ("executor", "name"),
    [
        ("sequential", "called"),
        ("threads", "called"),
        ("processes", "called"),
        ("asyncio", "acalled"),
        ("processes+asyncio", "acalled"),
        ("threads+asyncio", "acalled"),
    ],
)
def test_an_error_has_the_users_frames_alone_wherever_it_was_raised(tmp_path, executor, name):
    path = tmp_path / "fails.py"
    path.write_text(FAILS)
    kind = "cooperative" if name.startswith("a") else "blocking"
    call = {"params": {}, "args": [], "kinds": [kind]}
    reference, run_under = f"{path}:{name}", registry.choose(executor)[1]
    load = protocol.Load([], reference, {}, 2, 2, run_under, None, 2, True, call)
    session = Session()
    try:
        for request in (load, protocol.Start(), protocol.Run(1, warmup=False, cpu=None)):
            told = session.answer(request)
    finally:
        session.answer(protocol.Stop())
    assert isinstance(told, protocol.Failed)
    assert told.reason.startswith("ValueError: no row")
    files = [line.split('"')[1] for line in told.traceback.splitlines() if '  File "' in line]
    assert files == [str(path)] * 2
