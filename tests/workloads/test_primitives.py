"""What is sent, timers, locks and loops: each as often as it says, and where it makes sense."""

import threading

import pytest
from asyncbench.workloads.primitives import KINDS, Locks, LoopChurn, Payload, Timers

from asyncbench import Proof
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.planning.plan import build
from tests.support.executors import pairs, started, usable

SMALL = [Timers(timers=3), Locks(acquires=4), *(Payload(kind=kind, size=5) for kind in KINDS)]
HOW_MANY = {"timers": 3, "locks": 4, "payload": 5}


@pytest.mark.parametrize(("workload", "name"), pairs(SMALL))
def test_ten_batches_have_one_proof_under_every_executor(workload, name):
    with started(name, workload, 3) as made:
        proofs = {made.run(8) for _ in range(10)}
    assert proofs == {Proof(8, sum(range(8)) + 8 * HOW_MANY[workload.name])}
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


class Tells(Payload):
    """Proves the type of what came, and that it is not what this process has."""

    def open(self):
        self.mine = super().open()
        return self.mine

    def prove(self, returned):
        index, sent = returned
        return index + (len(sent) if sent is not getattr(self, "mine", None) else 0)


@pytest.mark.parametrize(
    "name",
    usable(["processes", "interpreters", "futures:concurrent.futures:ProcessPoolExecutor"]),
)
def test_a_payload_comes_from_another_process(name):
    with started(name, Tells(kind="object", size=3), 2) as made:
        assert made.run(4) == Proof(4, 6 + 4 * 3)


@pytest.mark.parametrize("name", usable(["sequential", "threads", "joblib-threading"]))
def test_a_payload_of_the_same_process_is_handed_over_as_it_is(name):
    workload = Tells(kind="object", size=3)
    with started(name, workload, 1) as made:
        assert made.run(4) == Proof(4, 6)


@pytest.mark.parametrize("params", [{}, {"anyio": True}])
@pytest.mark.parametrize("name", usable(["threads", "asyncio", "uvloop", "trio"]))
def test_contended_lanes_find_the_lock_taken(name, params):
    workload = Locks(acquires=5, contended=True, **params)
    if workload.unavailable():
        pytest.skip("without anyio")
    with started(name, workload, 4) as made:
        assert made.run(4) == Proof(4, 6 + 4 * 5)
        assert len(workload._locks) == 1


@pytest.mark.parametrize(
    ("workload", "name"), pairs([LoopChurn(loops=2)], ["threads", "processes"])
)
def test_loops_are_made_and_closed(workload, name):
    with started(name, workload, 2) as made:
        assert made.run(4) == Proof(4, 6 + 8)


@pytest.mark.parametrize(
    ("workload", "params", "executor", "reason"),
    [
        ("locks", {"contended": "yes"}, "processes", "lanes in processes of their own share no"),
        ("loop-churn", {}, "asyncio-blocking", "its loops need threads that have none; run it"),
        ("loop-churn", {"loop": "rloop"}, "threads", "rloop fails where several threads have a"),
        ("locks", {}, "threads+rloop", "rloop fails where several threads have a loop each; use"),
        ("payload", {}, "processes+asyncio", "processes+asyncio sends back no results; run it"),
        ("loop-churn", {}, "asyncio", "its loops need threads that have none; run it"),
        ("locks", {}, "processes", None),
    ],
)
def test_what_makes_no_sense_under_an_executor_is_its_cells_reason(
    workload, params, executor, reason
):
    [cell] = build(RunOptions([workload], [executor], params=params)).cells
    assert cell.unavailable is None if reason is None else cell.unavailable.startswith(reason)


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        (Payload, {"kind": "set"}, "kind is bytes, list, tuple, dict, object, not 'set'"),
        (Payload, {"size": 0}, "size is 1 to 10000000, not 0"),
        (Timers, {"timers": 0}, "timers is at least 1, not 0"),
        (Locks, {"acquires": 0}, "acquires is at least 1, not 0"),
        (LoopChurn, {"loops": 0}, "loops is at least 1, not 0"),
        (LoopChurn, {"loop": "trio"}, "loop is asyncio, uvloop, rloop, not 'trio'"),
    ],
)
def test_bad_parameters_are_told(kind, params, message):
    with pytest.raises(ValueError, match=message):
        kind(**params)
