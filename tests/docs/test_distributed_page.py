"""The commands of docs/distributed.md do what the page says, on a scheduler and workers of Dask."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from math import sqrt
from pathlib import Path

import pytest

from tests.support.executors import usable
from tests.support.typed import command

PAGE = (Path(__file__).parents[2] / "docs" / "distributed.md").read_text()
STARTS = re.findall(r"^\$ (dask .*)$", PAGE, re.MULTILINE)
RUNS = re.findall(r"^asyncbench (run .*)$", PAGE, re.MULTILINE)
ADDRESS = "127.0.0.1:8786"

needs_dask = pytest.mark.skipif(not usable(["dask"]), reason="without distributed")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Start the page's scheduler and workers, on a port that is free here."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    place = f"127.0.0.1:{port}"
    with contextlib.ExitStack() as stack:
        for text in STARTS:
            words = text.replace(ADDRESS, place).replace("--port 8786", f"--port {port}").split()
            process = subprocess.Popen(
                [sys.executable, "-m", *words],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                cwd=tmp_path_factory.mktemp("dask"), env={**os.environ, "PYTHONSAFEPATH": "1"},
            )  # fmt: skip
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
            answers(port, process)
        yield place


def answers(port, process, patience_s=60.0):
    until = time.monotonic() + patience_s
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise AssertionError("the scheduler of the page did not start")


@needs_dask
@pytest.mark.parametrize("text", RUNS)
def test_a_run_uses_the_cluster_and_tells_its_workers_and_their_cpu_time(text, address, tmp_path):
    words = text.replace(ADDRESS, address).split()
    told = command(
        *words, "--budget", "1", "--timeout", "50", "-n", "2000", "-c", "2000",
        "-p", SHORT[words[1]], "-q", "--json", "run.json", cwd=tmp_path,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    [work] = json.loads((tmp_path / "run.json").read_text())["works"]
    [row] = [row for row in work["rows"] if row["executor"].startswith("dask")]
    assert row["status"] == "ok"
    # What tasks compute is in the CPU time, though they did so in no process below this one.
    assert row["cpu_s"] > (2000 * 10e-6 if words[1] == "cpu" else 0)
    [journal] = (tmp_path / "results").glob("*.jsonl")
    found = re.findall(r"(tcp://127\.0\.0\.1:\d+) with 1 threads", journal.read_text())
    assert len(set(found)) == 2


SHORT = {"cpu": "iterations=200", "sleep": "seconds=0.001"}


def test_the_calculated_times_are_those_of_the_formula():
    [head] = re.findall(r"^\| calculated: .*$", PAGE, re.MULTILINE)
    [line] = re.findall(r"^\| a batch takes about .*$", PAGE, re.MULTILINE)
    workers = [int(each.split()[0]) for each in head.split("|")[2:-1]]
    times = [float(each.split()[0]) for each in line.split("|")[2:-1]]
    for count, shown in zip(workers, times, strict=True):
        assert shown == pytest.approx(1000 / count * 0.010 + count * 0.001, abs=0.006)
    assert round(sqrt(1000 * 0.010 / 0.001)) == 100
