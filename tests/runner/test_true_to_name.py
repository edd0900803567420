"""A cell does what it is called after, all of it, or has no sample."""

import csv
import io

import pytest

from tests.support.typed import QUICK, typed

USER = """\
import asyncio, time

async def cancels(index):
    raise asyncio.CancelledError

async def now_and_then(index):
    if index % 2:
        raise asyncio.CancelledError
    await asyncio.sleep(0.001)
    return 1

async def cancels_itself(index):
    asyncio.current_task().cancel()
    await asyncio.sleep(0.001)

gate = asyncio.Semaphore(2)
lock = asyncio.Lock()

async def gated(index):
    async with gate, lock:
        await asyncio.sleep(0.0001)
    return 1

async def on_which(index):
    await asyncio.sleep(0.0001)
    return type(asyncio.get_running_loop()).__module__.startswith("asyncio.")
"""

FROZEN = """\
import time
for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
    setattr(time, name, lambda: 0.0)
    setattr(time, f"{name}_ns", lambda: 0)
time.clock_gettime_ns = lambda clock: 0
nap = time.sleep

def work(index):
    nap(0.002)
    return sum(range(2000))
"""

POLICY = """\
import uvloop
uvloop.install()
from user import on_which
"""


@pytest.fixture
def measure(tmp_path):
    for name, text in (("user", USER), ("frozen", FROZEN), ("policy", POLICY)):
        (tmp_path / f"{name}.py").write_text(text)

    def measured(*arguments, export="csv", **environment):
        ran = typed(
            "run", *arguments, "-n", 8, "-c", 4, *QUICK, "--no-save", f"--{export}", "-",
            cwd=tmp_path, env=environment,
        )  # fmt: skip
        return ran, list(csv.DictReader(io.StringIO(ran.stdout, newline="")))

    return measured


@pytest.mark.parametrize("name", ["cancels", "now_and_then", "cancels_itself"])
def test_a_task_that_is_cancelled_is_not_done(measure, name):
    ran, rows = measure(f"user.py:{name}", "-e", "asyncio,uvloop")
    assert ran.returncode == 4
    for row in rows:
        assert row["status"] == "failed"
        assert "was cancelled (CancelledError): it is not done" in row["reason"]
        assert row["median_s"] == ""
    assert f"in {name}" in ran.stderr
    assert "asyncio_base" not in ran.stderr


def test_locks_of_a_module_work_as_in_a_script(measure):
    ran, rows = measure("user.py:gated", "-e", "asyncio,uvloop,asyncio@again")
    assert ran.returncode == 0, ran.stderr
    assert {row["status"] for row in rows} == {"ok"}
    assert all(row["loop_held_share"] for row in rows)


def test_a_policy_does_not_change_what_asyncio_runs_on(measure):
    ran, rows = measure("policy.py:on_which", "-e", "asyncio,uvloop", export="samples-csv")
    counted = {row["executor"]: row["checksum"] for row in rows}
    assert counted == {"asyncio": "8", "uvloop": "0"}, ran.stderr


@pytest.mark.parametrize("executor", ["sequential", "threads"])
def test_a_clock_that_stands_still_is_not_ours(measure, executor):
    ran, [row] = measure("frozen.py:work", "-e", executor)
    assert ran.returncode == 0, ran.stderr
    assert 0.002 < float(row["median_s"]) < 0.5
