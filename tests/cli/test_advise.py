"""`asyncbench advise` on functions of a user's, as they type it."""

import json
import re

import pytest

from tests.support.typed import typed

CODE = """
import asyncio, time

def sleeping():
    time.sleep(0.004)

async def blocking():
    time.sleep(0.02)

async def in_a_row():
    for _ in range(4):
        await asyncio.sleep(0.001)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mine.py").write_text(CODE)
    return tmp_path


def test_the_advice_stands_first_and_its_status_says_whether_it_is_one(folder):
    ran = typed(
        "advise", "mine.py:sleeping", "-e", "sequential,threads", "-n", 8, "--budget", 3, "-q",
        cwd=folder,
    )  # fmt: skip
    assert ran.returncode in (0, 4), ran.stderr
    first = ran.stdout.split("\n")[0]
    assert first.startswith("Use threads" if ran.returncode == 0 else "Cannot tell")
    assert "Time a batch at each point" in ran.stdout


def test_what_blocks_the_loop_is_named_by_file_and_line(folder):
    ran = typed(
        "advise", "mine.py:blocking", "-n", 8, "-e", "asyncio", "--budget", 3, "-q", "--json",
        "--no-save", cwd=folder,
    )  # fmt: skip
    found = json.loads(ran.stdout)
    # Where the watchdog caught it, the line of the call; else that of the function.
    assert re.search(r"blocking \(mine\.py:[78]\)", found["in_the_way"][0])
    assert "a blocking call" in found["in_the_way"][0]
    assert (found["told"], ran.returncode) == ("unblock", 0)
    assert found["text"].startswith("Free the event loop first")
    assert found["text"].count("a blocking call") == 1
    assert found["blocks"][0]["gain"] > 4
    assert not (folder / "results").exists()


def test_awaits_in_a_row_are_named(folder):
    ran = typed(
        "advise", "mine.py:in_a_row", "-n", 8, "-e", "asyncio", "--budget", 2, "-q", "--json",
        "--no-save", cwd=folder,
    )  # fmt: skip
    assert "awaits 4 times, one after the other" in json.loads(ran.stdout)["in_the_way"][0]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [([], "name one workload"), (["mine.py:sleping"], "did you mean 'sleeping'?")],
)
def test_what_is_wrong_is_one_line_and_status_2(folder, arguments, told):
    ran = typed("advise", *arguments, cwd=folder)
    assert ran.returncode == 2
    assert told in ran.stderr
    assert ran.stderr.count("\n") == 1
