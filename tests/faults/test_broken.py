"""Tasks that break things: their cells fail, the others are measured, and nothing stays."""

import pytest

from tests.faults import commands
from tests.faults.census import Command

WORK = """
import ctypes, os, signal, subprocess, sys, threading, time
from asyncbench import Workload


def recurse(n):
    return recurse(n + 1) + 1


class Broken(Workload):
    tasks = 4
    concurrency = 2

    {form}
        {code}
        return index

"""
BLOCKING = "def task(self, lane, index):"
COOPERATIVE = "async def atask(self, lane, index):"
FINE = {
    BLOCKING: "    async def atask(self, lane, index):\n        return index\n",
    COOPERATIVE: "    def task(self, lane, index):\n        return index\n",
}
CODES = {
    "raises": "raise ValueError('no')",
    "BaseException": "raise BaseException('no')",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "GeneratorExit": "raise GeneratorExit",
    "sys.exit": "sys.exit(0)",
    "os._exit": "os._exit(0)",
    "abort": "os.abort()",
    "segmentation fault": "ctypes.string_at(0)",
    "kills itself": "os.kill(os.getpid(), 9)",
    "kills its parent": "os.kill(os.getppid(), 15)",
    "kills its group": "os.killpg(0, 9)",
    "closes descriptors": "os.closerange(0, 50)",
    "recursion": "recurse(0)",
    "no proof": "return 'x'",
    "another proof": "return time.perf_counter_ns()",
    "prints a gigabyte": "[print('x' * 2**20) for _ in range(1024)]",
    "allocates": "bytearray(2**40)",
    "forks": "os.fork()",
    "threads": "[threading.Thread(target=time.sleep, args=(600,)).start() for _ in range(200)]",
    "a daemon": "subprocess.Popen(['sleep', '600'], start_new_session=True)",
    "stops itself": "os.kill(os.getpid(), signal.SIGSTOP)",
    "signal handlers": "signal.signal(15, signal.SIG_IGN); signal.alarm(1)",
    "changes folder": "os.chdir('/')",
    "closes stdout": "sys.stdout.close()",
    "raises the group": "os.setpgid(0, 0) if index == 9 else os.setsid() if False else None",
}
# What does no harm to the cell; whatever else fails it.
HARMLESS = {"changes folder", "closes stdout", "raises the group", "a daemon", "threads",
            "prints a gigabyte", "signal handlers", "forks", "kills its parent"}  # fmt: skip


@pytest.mark.parametrize("form", [BLOCKING, COOPERATIVE], ids=["blocking", "cooperative"])
@pytest.mark.parametrize("what", CODES)
def test_the_other_cells_are_measured(what, form, tmp_path):
    work = WORK.format(form=form, code=CODES[what]) + FINE[form]
    run = Command(commands.folder(tmp_path, work), "run", "work.py", "-e", "threads,asyncio",
                  "--budget", "0.6", "--timeout", "4", "-q", "--csv", "out.csv")  # fmt: skip
    status = run.ended(50)
    assert run.left() == []
    _, told = run.texts()
    assert status in ({0, 3, 4} if what in HARMLESS else {3}), (status, told)
    rows = (tmp_path / "out.csv").read_text().splitlines()[1:]
    if what not in HARMLESS:
        assert sum(",ok," in row for row in rows) == 1 or what == "another proof", rows
