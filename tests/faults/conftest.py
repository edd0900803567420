"""Which faults are tried when: few by `pytest`, more with `--short`, all by `-m tests.faults`.

Each test has a `work.py` of its own, which the next is not to find loaded.
"""

import re
import sys

import pytest

# What plain `pytest` tries of it: half a minute in three processes.
BRIEF = re.compile(
    r"test_journals|test_trace_files|test_elsewhere.*(all_exec|come_is)|test_full_disks.*elsewhere|test_own_errors.*(70|printed|installation)"
    r"|test_outputs.*(goes_on.*(stderr full|both read once)|nobody_looked)|forged"
    r"|test_kills.*\[run: "
    r"|test_lost.*worker_is_killed|test_leavers.*(folder|group)|test_values.*torn"
    r"|test_surroundings.*(gone|width|import_of_ours|ring|whole|watch|nonsense|heard)"
    r"|test_starved.*(clock|sockets)|test_hangs.*coroutine|test_broken.*abort-block"
)
# What takes long, or differs little from what is tried anyway.
LONG = re.compile(
    r"test_start_methods.*(kill|hundred|\[spawn)|test_stopped.*(guard|by_itself|worker)|test_leavers.*database"
    r"|test_traces.*(pythons|file-read)|test_outputs.*(does_not_pass|slow|closed)|test_broken.*coop"
    r"|test_newer|test_starved.*(nice|core|one CPU|12 desc)|test_answers.*(half|length)"
    r"|test_limits.*from_the_start|test_strangers.*http|test_elsewhere.*pure|test_load"
)


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/faults/" in item.nodeid.replace("\\", "/"):
            if LONG.search(item.nodeid):
                item.add_marker("long")
            elif not BRIEF.search(item.nodeid):
                item.add_marker("short")


@pytest.fixture(autouse=True)
def forget_work():
    path = list(sys.path)
    yield
    sys.modules.pop("work", None)
    sys.path[:] = path
