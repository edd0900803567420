"""A task that writes where its worker answers fails its own cell, in time, and no other."""

import json
import time

import pytest

import asyncbench
from asyncbench import api
from tests.faults import commands

WRITER = """
import os, stat, struct, threading, time
from asyncbench import Workload

FORGED = (b'{"is": "ran", "wall_ns": 5, "user_ns": 0, "system_ns": 0, "voluntary": 0, '
          b'"involuntary": 0, "count": 4, "checksum": 6}')


def framed(text, length=None):
    return struct.pack("!i", len(text) if length is None else length) + text


WAYS = {
    "a length without end": framed(b"x", 2**31 - 1),
    "a negative length": framed(b"", -5),
    "half a message": framed(b"x", 1000),
    "nothing": framed(b""),
    "an empty object": framed(b"{}"),
    "garbage": framed(os.urandom(300)),
    "a nest": framed(b"[" * 100000),
    "a forged answer": framed(FORGED),
    "many forged answers": framed(FORGED) * 50,
    "a drip": None,
}


def sockets():
    for descriptor in range(3, 30):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                yield descriptor
        except OSError:
            pass


def drip():
    while True:
        for each in sockets():
            os.write(each, struct.pack("!i", 2000) + b"x")
        time.sleep(0.1)


class Writer(Workload):
    tasks = 4
    concurrency = 2
    written = False

    def task(self, lane, index):
        if not self.written:
            self.written = True
            text = WAYS[os.environ["WAY"]]
            for each in sockets():
                os.write(each, b"\\0\\0\\x07\\xd0" if text is None else text)
            if text is None:
                drip()
        return index

    async def atask(self, lane, index):
        return index
"""
WAYS = ["a length without end", "a negative length", "half a message", "nothing",
        "an empty object", "garbage", "a nest", "a forged answer", "many forged answers",
        "a drip"]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_only_the_cell_of_the_task_fails(way, tmp_path, monkeypatch):
    monkeypatch.chdir(commands.folder(tmp_path, WRITER))
    monkeypatch.setenv("WAY", way)
    began = time.monotonic()
    result = asyncbench.run("work.py", executors=["sequential", "asyncio"], budget=1.5, timeout=2,
                     save="kept")  # fmt: skip
    assert time.monotonic() - began < 12
    run = result.run
    assert {failure.cell for failure in run.failures} == {0}
    assert any(sample.cell == 1 and not sample.warmup for sample in run.samples)
    assert not any(sample.cell == 0 and sample.wall_ns == 5 for sample in run.samples)
    assert run.status == "complete"
    assert api.load(run.path).run.failures == run.failures


def test_a_process_that_a_task_forks_does_not_have_the_way_to_the_runner(tmp_path, monkeypatch):
    work = commands.WORK.replace(
        "        time.sleep(0.001)\n",
        """\
        import json, multiprocessing, os
        if multiprocessing.parent_process() and not os.path.exists(os.environ["OUT"]):
            links = [f"/proc/self/fd/{number}" for number in range(100)]
            kinds = [os.readlink(link) for link in links if os.path.islink(link)]
            with open(os.environ["OUT"], "w") as out:
                json.dump(kinds, out)
""",
    )
    monkeypatch.chdir(commands.folder(tmp_path, work))
    monkeypatch.setenv("OUT", str(tmp_path / "descriptors"))
    asyncbench.run("work.py", executors=["processes"], budget=1)
    kinds = json.loads((tmp_path / "descriptors").read_text())
    assert kinds
    assert not [kind for kind in kinds if kind.startswith("socket:")]
