"""Of where something failed or hung, the lines of the user's own code are shown, and no others."""

import sysconfig

import pytest

from asyncbench import __file__ as ours
from asyncbench.report import failures

STANDARD = f"{sysconfig.get_paths()['stdlib']}/selectors.py"
OWN = '  File "/home/me/work.py", line 3 in stuck\n'
OTHERS = "".join(f'  File "{file}", line 468 in select\n' for file in (STANDARD, ours))
BEGIN = '  File "<string>", line 1 in <module>\n'
FROZEN = '  File "<frozen runpy>", line 88 in _run_code\n'
ANOTHER = """\
  File "/opt/py/lib/python3.13t/threading.py", line 1095 in join
  File "/tmp/asyncbench-rqy6ica7/asyncbench/executors/threads.py", line 61 in stop
"""
ENGINE = '  File "/py/site-packages/distributed/process.py", line 250 in _watch_process\n'
THREAD = "Current thread 0x00007fa36da9cb80 (most recent call first):\n"


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (THREAD + OTHERS + OWN + OTHERS + FROZEN, THREAD + OWN),
        (THREAD + OTHERS + FROZEN + "was still awaiting: here\n", "was still awaiting: here\n"),
        (THREAD + ANOTHER + OWN, THREAD + OWN),
        (THREAD + OWN + OTHERS + BEGIN, THREAD + OWN),
        (THREAD + ENGINE + THREAD + OWN, THREAD + OWN),
        ("what it printed\n" + THREAD + OTHERS, "what it printed\n"),
    ],
)
def test_a_stack_has_the_lines_of_the_user_alone(printed, shown):
    assert failures.own_output(printed) == shown


def test_a_traceback_without_a_line_of_the_user_has_none():
    frames = f'  File "{ours}", line 5, in run\n    run()\n'
    compiled = '  File "uvloop/loop.pyx", line 1515, in uvloop.loop.run\n'
    assert failures.own_frames(f"Traceback (most recent call last):\n{frames}{compiled}") == ""
