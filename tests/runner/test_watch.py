"""A process that runs already is watched, and nothing of that stays in it."""

import asyncio
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import uvloop

import asyncbench.api
from asyncbench.analysis.trace.explain import explain
from asyncbench.errors import UsageError
from asyncbench.record.event_reader import processes
from asyncbench.record.events import EventKind
from asyncbench.runner import watch
from asyncbench.worker.instrument import attached

MS = 1_000_000
NEWER = sys.executable if sys.version_info >= (3, 14) else shutil.which("python3.14")
SERVER = """
import asyncio
import sys
import threading
import time


async def handler(number):
    await asyncio.sleep(0.002)
    if number == 5:
        time.sleep(0.05)  # planted
    return number


async def main():
    print("serves", flush=True)
    for _ in range(int(sys.argv[1])):
        await asyncio.gather(*(asyncio.create_task(handler(each)) for each in range(10)))
        its = {"create_task", "call_soon", "call_at"} & vars(asyncio.get_running_loop()).keys()
        if its or threading.active_count() > 1 or "asyncbench" in sys.modules:
            print("watched", flush=True)


asyncio.run(main())
"""


async def values(done, begins):
    """Run tasks that return, raise and are cancelled until a file is there; return their ends."""

    async def one(number):
        await asyncio.sleep(0.001)
        if number == 1:
            raise ValueError(number)
        await asyncio.sleep(60 if number == 2 else 0.001)
        return number

    found, left = set(), 5
    while left:
        left -= done.exists()
        begins.set()
        tasks = [asyncio.create_task(one(number)) for number in range(4)]
        await asyncio.sleep(0.005)
        tasks[2].cancel()
        came = await asyncio.gather(*tasks, return_exceptions=True)
        found.add(tuple(each if isinstance(each, int) else type(each).__name__ for each in came))
    return found, vars(asyncio.get_running_loop()).copy()


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_tasks_do_the_same_before_while_and_after_they_are_watched(run, tmp_path):
    assert asyncbench.api  # whose modules must stay
    before = set(sys.modules)
    submit, start = threading.Thread.start, asyncio.Runner.run
    begins = threading.Event()

    def watches():
        begins.wait()
        attached.watch(str(tmp_path), 10 * MS, 0.5)

    watcher = threading.Thread(target=watches)
    watcher.start()
    found, attributes = run(values(tmp_path / attached.DONE, begins))
    watcher.join()
    assert found == {(0, "ValueError", "CancelledError", 3)}
    assert not {"create_task", "call_soon", "call_at", "call_later"} & attributes.keys()
    assert (submit, start) == (threading.Thread.start, asyncio.Runner.run)
    assert set(sys.modules) >= before
    assert (tmp_path / attached.DONE).exists()
    assert not (tmp_path / attached.WRONG).exists()
    [events] = processes(Path(tmp_path))
    assert sum(kind == EventKind.CREATED for kind, *_ in events) > 4
    open_files = {str(each.resolve()) for each in Path("/proc/self/fd").iterdir()}
    assert not any(str(tmp_path) in each for each in open_files)


def test_a_wish_to_end_early_is_heard(tmp_path):
    (tmp_path / attached.STOP).write_text("")
    began = time.perf_counter()
    attached.watch(str(tmp_path), 10 * MS, 30.0)
    assert time.perf_counter() - began < 20


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python can be watched")
def test_an_older_python_is_told_what_to_do_instead():
    with pytest.raises(UsageError, match=r"from 3\.14 on .* asyncbench trace -- PROGRAM"):
        watch.check(os.getpid())


def test_what_cannot_be_watched_is_refused_in_one_line():
    with subprocess.Popen(["sleep", "20"]) as sleeper:
        with pytest.raises(UsageError, match="is no Python: it runs"):
            watch.check(sleeper.pid)
        sleeper.kill()
    with pytest.raises(UsageError, match=f"no process {sleeper.pid}"):
        watch.check(sleeper.pid)


@pytest.mark.skipif(NEWER is None, reason="there is no python3.14 here")
def test_a_running_program_is_watched_and_left_as_it_was(tmp_path):
    (tmp_path / "server.py").write_text(SERVER)
    with subprocess.Popen(
        [NEWER, str(tmp_path / "server.py"), "60"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout.readline() == "serves\n"
        found = asyncbench.api.watch_process(server.pid, 1.0)
        time.sleep(0.2)
        said = server.communicate(timeout=60)[0]
    assert server.returncode == 0
    [summary] = found.summaries
    assert "held the loop in handler (server.py:11): time.sleep(0.05)" in "\n".join(
        explain(summary)
    )
    assert 0 < said.count("watched") < 50  # and not to the end
