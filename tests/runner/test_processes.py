"""Both ways to start workers give workers that answer, fail and end alike."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from asyncbench.runner.processes import target
from asyncbench.runner.processes.failures import CellFailure
from asyncbench.runner.processes.forked import ForkServer
from asyncbench.runner.processes.spawned import SpawnFactory
from asyncbench.runner.processes.target import TargetProcess
from asyncbench.worker import protocol

FAULTY = "tests.support.faults.faulty"


@pytest.fixture(params=[ForkServer, SpawnFactory])
def factory(request, monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # users do not have it
    if request.param is ForkServer and not hasattr(os, "fork"):
        pytest.skip("no fork here")
    made = request.param()
    yield made
    made.close()


def started(factory, workload, executor="sequential"):
    worker = factory.worker()
    load = protocol.Load([], workload, {}, tasks=3, concurrency=2, executor=executor,
                         address=None, processes=1, gc=True)  # fmt: skip
    worker.ask(load, 20)
    worker.ask(protocol.Start(), 20)
    return worker


RUN = protocol.Run(batches=2, warmup=False, cpu=None)


@pytest.mark.parametrize("executor", ["sequential", "threads", "processes", "asyncio"])
def test_a_worker_measures(factory, executor):
    worker = started(factory, f"{FAULTY}:Fine", executor)
    answer = worker.ask(RUN, 20)
    assert (answer.count, answer.checksum) == (3, 3)
    assert answer.wall_ns > 2 * 1_000_000
    assert worker.ask(protocol.Stop(), 20).peak_rss_bytes > 1_000_000


@pytest.mark.parametrize(
    ("executor", "name", "reason", "printed"),
    [
        ("asyncio", "Raises", "ZeroDivisionError", "about to divide\n"),
        ("asyncio", "Killed", "its worker was killed by SIGKILL", "about to be killed\n"),
        pytest.param(
            *("asyncio", "KilledOddly", "its worker was killed by signal 40", ""),
            marks=pytest.mark.skipif(not hasattr(signal, "SIGRTMIN"), reason="no such signals"),
        ),
        ("asyncio", "Exits", "its worker exited with status 7", "about to exit\n"),
        ("asyncio", "Hangs", "timed out after 0.5 s", "about to hang\n"),
        ("threads", "RaisesAfterAWord", "ZeroDivisionError", "about to divide"),
    ],
)
def test_a_failure_is_told_with_what_was_printed(factory, executor, name, reason, printed):
    worker = started(factory, f"{FAULTY}:{name}", executor)
    with pytest.raises(CellFailure) as told:
        worker.ask(RUN, 0.5 if name == "Hangs" else 20)
    assert told.value.reason.startswith(reason)
    assert printed in told.value.output


def test_a_users_own_executor_tells_what_is_no_proof_like_any_other(factory):
    path = Path(__file__).parents[1] / "support" / "faults" / "executor_of_mine.py"
    worker = started(factory, f"{FAULTY}:ReturnsNothing", f"{path}:Backwards")
    with pytest.raises(CellFailure, match="returned NoneType, not an int as its proof of work"):
        worker.ask(RUN, 20)


def test_what_a_users_own_executor_states_may_be_anything(factory):
    path = Path(__file__).parents[1] / "support" / "faults" / "executor_of_mine.py"
    load = protocol.Load([], f"{FAULTY}:Fine", {}, 3, 2, f"{path}:Backwards", None, 1, gc=True)
    worker = factory.worker()
    worker.ask(load, 20)
    assert worker.ask(protocol.Start(), 20).facts == {"from": "{'the end'}"}


def test_a_task_that_writes_to_the_runners_connection_fails_alone(factory):
    worker = started(factory, f"{FAULTY}:WritesEverywhere")
    with pytest.raises(CellFailure, match="its worker said no message, but b'hello'"):
        worker.ask(RUN, 20)


def test_what_is_kept_of_the_output_is_bounded(factory):
    worker = started(factory, f"{FAULTY}:PrintsAndRaises")
    with pytest.raises(CellFailure) as told:
        worker.ask(RUN, 20)
    assert 1000 < len(told.value.output) <= 16 * 1024
    assert told.value.output.endswith("the last words\n")


def test_closing_leaves_no_process(factory):
    started(factory, f"{FAULTY}:Fine", "processes")
    below = [
        process
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE
        and "asyncbench.worker" in " ".join(child.cmdline())
        # The pool's processes, and what else its start method has, have names of their own.
        for process in [child, *child.children(recursive=True)]
    ]
    assert len(below) > 1
    factory.close()
    # What a pool started is nobody's child any more, and must be gone all the same.
    _, alive = psutil.wait_procs(below, timeout=5)
    assert alive == []


def test_a_target_answers_and_goes():
    target = TargetProcess(
        "asyncbench.workloads.network:TcpEcho", {"payload": 4, "delay": 0.0, "round_trips": 1}
    )
    assert target.address[0] == "127.0.0.1"
    assert target.cpu_ns() > 0
    target.close()


def test_a_target_that_closes_what_it_answers_on_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(target, "GOODBYE_S", 0.1)
    with pytest.raises(CellFailure, match="its target hung up"):
        TargetProcess(f"{FAULTY}:HasAMuteTarget", {})


def test_a_target_is_found_by_a_file_that_goes_elsewhere_where_it_is_imported(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "goes.py").write_text(
        "import os\nfrom asyncbench.workloads.network import TcpEcho\nos.chdir('/')\n"
    )
    found = TargetProcess("goes.py:TcpEcho", {})
    found.close()
    assert found.address[0] == "127.0.0.1"
