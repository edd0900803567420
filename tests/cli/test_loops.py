"""`asyncbench loops`: all loops that are here beside each other, and who is quickest on what."""

import json

import pytest

from asyncbench.analysis.result import Result
from asyncbench.executors import registry
from asyncbench.report import answers
from tests.cli.test_cli import cells
from tests.support.fakes import measured, plan, steady
from tests.support.typed import typed


def judged(**seconds):
    return Result(measured(plan(*seconds, until_decided=True), steady(**seconds))).judgements


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        ({"asyncio": 0.02, "uvloop": 0.01}, "Event loops: uvloop is the quickest on wait."),
        ({"asyncio": 0.0101, "uvloop": 0.01}, "Event loops: too close to matter on wait."),
        ({"asyncio": 0.01}, ""),
    ],
)
def test_a_sentence_says_which_loop_is_the_quickest_on_what(seconds, told):
    assert answers.of_all(judged(**seconds), 0.05) == told


def test_what_has_another_side_is_told_by_its_sides():
    told = answers.of_all(judged(threads=0.02, uvloop=0.01), 0.05)
    assert told == "Cooperative multitasking wins on wait."


def test_every_loop_that_is_here_does_the_same_work(tmp_path):
    ran = typed("loops", "yield", "--budget", 2, "-q", "--csv", "-", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    rows = cells(ran.stdout)
    assert [row["executor"] for row in rows] == registry.loops()
    assert {row["status"] for row in rows} == {"ok"}
    [journal] = (tmp_path / "results").iterdir()
    with journal.open() as lines:
        assert json.loads(next(lines))["plan"]["baseline"] == "asyncio"


def test_one_loop_alone_is_one_line_with_the_remedy(tmp_path):
    told = typed("loops", "-e", "uvloop", cwd=tmp_path)
    assert told.returncode == 2
    assert told.stderr == (
        "asyncbench: uvloop is the only event loop here; install others: "
        "pip install uvloop 'asyncbench[loops]'\n"
    )
