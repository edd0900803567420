"""Other models than pools and plain loops: what each promises beyond the same work."""

import asyncio
import importlib.util
import subprocess
import sys
import threading
import time

import pytest
from asyncbench.workloads.waiting import Sleep

from asyncbench import Proof, Workload
from asyncbench.core import catalogue
from asyncbench.core.executor import Family
from asyncbench.core.workload import FORMS, forms
from asyncbench.executors import registry
from asyncbench.record.plan import Cell
from asyncbench.runner import trace
from asyncbench.worker.instrument import passes


def has(*packages):
    lacking = [name for name in packages if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(lacking), reason=f"without {', '.join(lacking)}")


class Portable(Workload):
    async def anyopen(self):
        return "lane"

    async def anytask(self, lane, index):
        import anyio

        assert lane == "lane"
        await anyio.lowlevel.checkpoint()
        return index


@pytest.mark.parametrize("name", ["asyncio-gather", "asyncio-queue", "asyncio-semaphore"])
@pytest.mark.parametrize("tasks", [3, 8])
def test_a_task_that_cancels_itself_is_not_done(name, tasks):
    class Leaves(Workload):
        async def atask(self, lane, index):
            await asyncio.sleep(0)
            if index % 2:
                raise asyncio.CancelledError
            return index

    made = registry.make(name)
    made.start(Leaves(), 4)
    with pytest.raises(RuntimeError, match=r"was cancelled \(CancelledError\): it is not done"):
        made.run(tasks)
    made.stop()


@has("anyio", "trio")
@pytest.mark.parametrize("name", ["asyncio", "uvloop", "trio", "threads+trio:workers=2"])
def test_a_task_written_on_anyio_runs_on_every_loop(name):
    assert forms(Portable) == {"cooperative", "portable"}
    made = registry.make(name)
    made.start(Portable(), 4)
    assert [made.run(tasks) for tasks in (4, 9)] == [Proof(4, 6), Proof(9, 36)]
    made.stop()


@has("anyio", "trio")
@pytest.mark.parametrize(
    "name",
    [
        "sleep",
        "yield",
        "waiter",
        "print-order",
        "cpu",
        "cpu-hash",
        "cpu-json",
        "mixed",
        "handoff",
        "locks",
        "payload",
        "timers",
        "concurrent-map",
    ],
)
def test_the_catalogues_portable_form_proves_the_same(name):
    proofs = set()
    [(reference, _)] = catalogue.find(name)
    for executor in ("trio", "asyncio", "sequential"):
        work, made = catalogue.build(reference, {}), registry.make(executor)
        made.start(work, 4)
        proofs.add(made.run(4))
        made.stop()
    assert len(proofs) == 1


def test_forms_are_a_table():
    assert {form: methods[1] for form, methods in FORMS.items()} == {
        "blocking": "task", "cooperative": "atask", "portable": "anytask",
    }  # fmt: skip
    assert forms(Workload) == frozenset()


class Flight(Workload):
    """Notes how many tasks are in flight, and which have begun when one ends."""

    now = most = 0

    def __init__(self):
        self.begun, self.seen = [], {}

    async def atask(self, lane, index):
        self.begun.append(index)
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.02 if index == 0 else 0)
        self.now -= 1
        self.seen[index] = len(self.begun)
        return index


@pytest.mark.parametrize("name", ["asyncio-gather", "asyncio-semaphore", "asyncio-queue"])
def test_each_way_to_bound_keeps_as_many_in_flight_as_lanes(name):
    work, made = Flight(), registry.make(name)
    made.start(work, 3)
    assert made.run(10) == Proof(10, 45)
    assert made.describe(10)
    made.stop()
    assert work.most == 3
    # A group waits for its slowest; whoever bounds lane by lane goes on beside it.
    assert work.seen[0] == (3 if name == "asyncio-gather" else 10)


@has("trio", "anyio")
def test_trio_raises_what_a_task_does_and_leaves_no_thread():
    class Fails(Workload):
        async def anytask(self, lane, index):
            raise ValueError("the first")

    before = threading.active_count()
    made = registry.make("trio")
    made.start(Fails(), 2)
    with pytest.raises(ExceptionGroup) as told:
        made.run(2)
    assert told.group_contains(ValueError, match="the first")
    made.stop()
    # trio keeps an idle thread of its own for a while.
    assert {thread.name for thread in threading.enumerate()} & {"trio"} == set()
    assert threading.active_count() <= before + 1


@has("trio", "anyio")
def test_trios_steps_are_watched_and_its_waiting_is_none():
    made = registry.make("trio")
    looked = passes.observe(made, Sleep(seconds=0.05), 4, 4, order=True, warmup=False)
    assert looked["steps"] == 8
    assert looked["held_ns"] < 25e6
    assert sorted(looked["order"]) == [0, 1, 2, 3]


@has("trio", "anyio")
def test_what_holds_trio_is_named_by_its_line():
    class Holds(Workload):
        async def anytask(self, lane, index):
            time.sleep(0.05)
            return index

    looked = passes.observe(registry.make("trio"), Holds(), 2, 2, order=False, warmup=False)
    assert looked["held_ns"] >= 100e6
    assert "anytask" in looked["by"]
    assert "test_models.py" in looked["by"]


@has("gevent")
def test_greenlets_wait_side_by_side_in_a_process_that_is_patched_first():
    code = (
        "import time\n"
        "from asyncbench.executors import registry\n"
        "made = registry.make('gevent'); made.load()\n"
        "from asyncbench.workloads.waiting import Sleep\n"
        "made.start(Sleep(seconds=0.1), 20)\n"
        "began = time.perf_counter(); print(made.run(20)); print(made.run(30))\n"
        "assert time.perf_counter() - began < 1.5\n"
        "made.stop()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[0] == str(Proof(20, 190))
    assert ran.stderr == ""


@has("gevent")
def test_gevents_hub_prints_what_fails_a_greenlet_of_the_users_own_and_no_task():
    code = (
        "import gevent\n"
        "from asyncbench import Workload\n"
        "from asyncbench.executors import registry\n"
        "def planted(): raise ValueError('own')\n"
        "class Fails(Workload):\n"
        "    def task(self, lane, index):\n"
        "        gevent.spawn(planted).join()\n"
        "        raise KeyError('of a task')\n"
        "for lanes in 2, 1:\n"
        "    made = registry.make('gevent'); made.start(Fails(), lanes)\n"
        "    try: made.run(2)\n"
        "    except KeyError: pass\n"
        "    made.stop()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "ValueError: own" in ran.stderr
    assert "KeyError: 'of a task'" not in ran.stderr


def test_greenlets_are_not_traced_and_the_cell_says_so():
    cell = Cell(0, 0, "gevent", "gevent", Family.COOPERATIVE, scheduler="gevent")
    assert "greenlets" in trace._lacks(cell, trace.Manner(1))


@pytest.mark.parametrize(
    ("name", "package", "install"),
    [
        ("trio", "trio", "pip install 'asyncbench[trio]'"),
        ("gevent", "gevent", "pip install 'asyncbench[gevent]'"),
        ("joblib", "joblib", "pip install 'asyncbench[joblib]'"),
        ("dask", "distributed", "pip install 'asyncbench[dask]'"),
        ("dask+asyncio", "distributed", "pip install 'asyncbench[dask]'"),
        ("processes+trio", "trio", "pip install 'asyncbench[trio]'"),
    ],
)
def test_a_missing_package_is_one_line_with_its_install(monkeypatch, name, package, install):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda wanted: None if wanted == package else find(wanted)
    )
    assert (
        registry.make(name).unavailable()
        == f"{package} is not installed; install it with: {install}"
    )


@pytest.mark.parametrize(
    ("name", "version", "message"),
    [
        ("asyncio-eager", (3, 12), "needs Python 3.12 or newer; run it there with --python 3.12"),
        ("interpreters", (3, 14), "needs Python 3.14 or newer; run it there with --python 3.14"),
        ("interpreters+asyncio", (3, 14), "interpreters needs Python 3.14 or newer"),
    ],
)
def test_what_needs_a_newer_python_says_which(name, version, message):
    reason = registry.make(name).unavailable()
    assert (reason is None) == (sys.version_info >= version)
    assert reason is None or message in reason


FORMS_OF_ONE = [("aopen", "anyopen"), ("atask", "anytask"), ("aclose", "anyclose")]


def test_a_consumer_of_the_portable_form_lives_on_asyncio_as_well(monkeypatch):
    work = catalogue.build(catalogue.find("handoff")[0][0], {})
    for cooperative, portable in FORMS_OF_ONE:
        monkeypatch.setattr(type(work), cooperative, getattr(type(work), portable))
    made = registry.make("asyncio")
    made.start(work, 2)
    assert made.run(4) == Proof(4, 6 + 4 * sum(range(1, 21)))
    made.stop()
