"""The page on pytest: its file passes as a test, and measures what it says it does."""

import re
from pathlib import Path

import pytest

import asyncbench
from tests.support.plugin import KNOWN

PAGE = (Path(__file__).parents[2] / "docs" / "pytest.md").read_text()


@pytest.mark.filterwarnings(KNOWN)
@pytest.mark.parametrize("options", [[], ["--asyncbench", "--asyncbench-json=out.json"]])
def test_the_file_of_the_page_runs(pytester, monkeypatch, options):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    [text] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    quick = re.sub(r"budget=\d+", "budget=0.3", text).replace(
        "tasks=20)", "tasks=20, budget=0.3, executors='sequential,asyncio')"
    )
    pytester.makepyfile(test_poll=quick)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    ran = pytester.runpytest_inprocess("-pasyncio", "-pasyncbench.pytest_plugin", *options)
    came = ran.parseoutcomes()
    # In a third of a second hardly anything can be told.
    assert came.get("passed", 0) + came.get("undecided", 0) == 3, came
    if options:
        ran.stdout.fnmatch_lines(["  read  *calls", "  the wait alone *calls"])


def test_the_page_names_every_option():
    named = set(re.findall(r"`(--asyncbench[\w-]*)", PAGE))
    source = Path(asyncbench.__file__).with_name("pytest_plugin.py").read_text()
    assert named == set(re.findall(r'"(--asyncbench[\w-]*)"', source))
