"""Computing beside waiting, and passing things on: the same work everywhere, nothing left over."""

import multiprocessing
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver

import psutil
import pytest
from asyncbench.workloads.mixed import Handoff, Mixed

from asyncbench import Proof
from asyncbench.executors import registry
from tests.support.executors import pairs, started, usable

QUICK = [
    Mixed(service_time=0.001, iterations_per_ms=1000),
    Mixed(service_time=0.001, cpu_share=0.0),
    Mixed(service_time=0.001, cpu_share=1.0, iterations_per_ms=1000),
    Handoff(items=3),
]


def below():
    if multiprocessing.get_start_method() == "forkserver":  # which is no consumer, and stays
        forkserver.ensure_running()
    return {process.pid for process in psutil.Process().children(recursive=True)}


def consumers():
    """Count the consumers that are threads of this process."""
    return sum(thread.name == "consumer" for thread in threading.enumerate())


def gone(pids):
    """Tell whether none of these runs any longer, after ten seconds at the latest."""
    patience = time.monotonic() + 10
    while running := {pid for pid in pids if runs(pid)}:
        if time.monotonic() > patience:
            return not running
        time.sleep(0.01)
    return True


def runs(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(("workload", "name"), pairs(QUICK))
def test_ten_batches_have_one_proof_under_every_executor(workload, name):
    with started(name, workload, 4) as made:
        proofs = {made.run(12) for _ in range(10)}
    lane = workload.open()
    expected = Proof.of(12, sum(workload.task(lane, index) for index in range(12)))
    workload.close(lane)
    assert proofs == {expected}


def test_a_share_of_the_service_time_is_computed_in_a_fixed_number_of_iterations():
    # An iteration of the generator from 0, 1, 2, ... is the proof of how many there were.
    def after(iterations, value=5):
        for _ in range(iterations):
            value = (value * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
        return value

    workload = Mixed(cpu_share=0.25, service_time=0.004, slices=2, iterations_per_ms=100)
    assert workload.task(None, 5) == after(100) + 5
    assert workload.demand().wait_s == pytest.approx(0.003)
    assert workload.demand().cpu_s is None


def test_the_wait_is_what_the_computing_leaves(monkeypatch):
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    Mixed(cpu_share=0.25, service_time=0.004, slices=4).task(None, 0)
    assert waits == [pytest.approx(0.00075)] * 4
    waits.clear()
    Mixed(cpu_share=1.0, service_time=0.001).task(None, 0)
    assert waits == []


def test_all_waiting_asks_for_no_cpu():
    assert Mixed(cpu_share=0.0).demand().cpu_s == 0.0
    assert Mixed(cpu_share=0.0).demand().wait_s == pytest.approx(0.004)


def test_every_item_comes_back():
    workload = Handoff(items=7)
    lane = workload.open()
    assert workload.task(lane, 100) == 28 + 100
    workload.close(lane)


@pytest.mark.parametrize(("workload", "name"), pairs([Handoff(items=2)]))
def test_consumers_end_with_their_lanes(workload, name):
    processes = below()
    with started(name, workload, 3) as made:
        made.run(5)
        if name in ("sequential", "asyncio-blocking"):
            assert consumers() == made.lanes
        if name == "processes" and multiprocessing.get_start_method() == "fork":
            assert len(below() - processes) == 2 * made.lanes
    assert consumers() == 0
    assert gone(below() - processes)


@pytest.mark.parametrize("name", usable(["loky"]))
def test_a_process_of_another_kind_of_pool_has_its_consumer_too(name):
    with started(f"{name}:workers=1", Handoff(items=2), 1) as made:
        assert made.run(3) == Proof(3, 3 * 3 + 3)


def test_a_process_of_a_composition_may_have_a_consumer():
    processes = below()
    with started("processes+threads", Handoff(items=2), 2) as made:
        assert made.run(4) == Proof(4, 4 * 3 + 6)
        assert len(below() - processes) >= 2 * made.lanes  # a server to fork from is one, too
    assert gone(below() - processes)


@pytest.mark.skipif(
    multiprocessing.get_start_method() != "fork", reason="processes are another's children here"
)
def test_a_consumer_process_does_not_outlive_the_process_that_it_belongs_to():
    before = below()
    made = registry.make("processes:workers=2")
    made.start(Handoff(items=2), 2)
    made.run(4)
    started_here = below() - before
    for process in psutil.Process().children():
        if process.pid in started_here:
            process.send_signal(signal.SIGKILL)
    assert gone(started_here)
    with pytest.raises(BrokenProcessPool):
        made.run(4)


PROGRAM = """
import multiprocessing
from asyncbench.executors import registry
from asyncbench.workloads.mixed import Handoff
if __name__ == "__main__":
    multiprocessing.set_start_method("{method}")
    made = registry.find("processes")[1]()
    made.processes = 2
    made.start(Handoff(items=3), 2)
    print(made.run(12))
    made.stop()
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_hand_over_whatever_their_start_method(method, tmp_path):
    if method == "forkserver" and sys.platform == "win32":
        pytest.skip("no forkserver on Windows")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(method=method))
    ran = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.stdout.strip(), ran.stderr) == (str(Proof(12, 12 * 6 + 66)), "")


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        (Mixed, {"cpu_share": 1.5}, "cpu_share is from 0 to 1, not 1.5"),
        (Mixed, {"cpu_share": float("nan")}, "cpu_share is from 0 to 1, not nan"),
        (Mixed, {"service_time": -0.1}, "service_time is 0 seconds or more, not -0.1"),
        (Mixed, {"slices": 0}, "slices is at least 1, not 0"),
        (Mixed, {"iterations_per_ms": 0}, "iterations_per_ms is at least 1, not 0"),
        (Handoff, {"items": 0}, "items is at least 1, not 0"),
    ],
)
def test_bad_parameters_are_told(kind, params, message):
    with pytest.raises(ValueError, match=message):
        kind(**params)
