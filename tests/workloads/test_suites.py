"""The suites' workloads do what their originals do, all of it, and the same in every batch."""

import asyncio
import math
import random
import sys

import pytest

from asyncbench import Demand, Proof
from asyncbench.core import catalogue
from asyncbench.executors import registry
from tests.support.executors import pairs

VARIANTS = ["none", "io", "memoization", "cpu-io-mixed"]
CHOOSING = ["memoization", "cpu-io-mixed"]
LOOPS = ["asyncio", "uvloop"]
SUITES = catalogue.built_in()
eager_tasks = pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks need 3.12")


def batches(workload, executor="asyncio", count=1, tasks=None, concurrency=None):
    """Run batches of a workload, as many tasks as it has by itself unless told."""
    made = registry.find(executor)[1]()
    made.processes = 2
    made.start(workload, concurrency or workload.concurrency)
    try:
        return [made.run(tasks or workload.tasks) for _ in range(count)]
    finally:
        made.stop()


def tree(variant, **params):
    return SUITES[f"async-tree-{variant}"](**{"depth": 3, "branches": 6, **params})


def fold(leaves, sleeps=0, hits=0, computed=0):
    digests = computed * (math.factorial(500) % 1_000_003)
    return Proof(1, leaves + sleeps * 2**20 + hits * 2**40 + digests)


def done(variant, leaves):
    """Play through what the leaves do, one after the other from left to right."""
    generator = random.Random(0)
    cache, sleeps, hits, computed = set(), 0, 0, 0
    for _ in range(leaves):
        if variant == "cpu-io-mixed" and generator.random() < 0.5:
            computed += 1
            continue
        datum = generator.randint(1, 100)
        if datum in cache:
            hits += 1
        else:
            sleeps += 1
            cache |= {datum} if datum <= 90 else set()
    return {"sleeps": sleeps, "hits": hits, "computed": computed}


@pytest.mark.parametrize("taskgroup", [False, True])
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_leaf_of_a_tree_does_its_part(variant, loop, taskgroup):
    leaves = 6**3
    if variant in CHOOSING:
        counts = done(variant, leaves)
    else:
        counts = {"sleeps": leaves} if variant == "io" else {}
    [proof] = batches(tree(variant, taskgroup=taskgroup), loop)
    assert proof == fold(leaves, **counts)
    if variant == "cpu-io-mixed":
        assert sum(counts.values()) == leaves
        assert all(counts.values())


@pytest.mark.parametrize("variant", VARIANTS)
def test_ten_batches_of_a_tree_are_all_the_same(variant):
    assert len(set(batches(tree(variant, depth=2), count=10))) == 1


def test_a_cache_is_cold_at_the_start_of_every_tree():
    alone, again = batches(tree("memoization"), count=2)
    assert alone == again == fold(6**3, **done("memoization", 6**3))


def test_several_trees_at_once_have_a_cache_each():
    [alone] = batches(tree("memoization"))
    [three] = batches(tree("memoization"), tasks=3, concurrency=2)
    assert three == Proof(3, 3 * alone.checksum + 0 + 1 + 2)


@pytest.mark.parametrize("taskgroup", [False, True])
def test_a_tree_of_the_full_size_is_the_published_one(taskgroup):
    made = []

    def counting(loop, coroutine, **options):
        made.append(1)
        return asyncio.Task(coroutine, loop=loop, **options)

    async def grow():
        workload = SUITES["async-tree-none"](taskgroup=taskgroup)
        lane = await workload.aopen()
        asyncio.get_running_loop().set_task_factory(counting)
        return await workload.atask(lane, 0), len(made)

    proof, nodes = asyncio.run(grow())
    assert Proof(1, proof) == fold(46_656)
    assert nodes == sum(6**level for level in range(1, 7)) == 55_986


def test_the_choices_of_a_full_tree_are_the_published_shares():
    memoised = done("memoization", 6**6)
    assert memoised["sleeps"] == pytest.approx(6**6 * 0.1, rel=0.05)
    mixed = done("cpu-io-mixed", 6**6)
    assert mixed["computed"] == pytest.approx(6**6 * 0.5, rel=0.02)
    lane = asyncio.run(SUITES["async-tree-memoization"]().aopen())
    generator = random.Random(0)
    assert lane == [generator.randint(1, 100) for _ in range(6**6)]


@eager_tasks
@pytest.mark.parametrize("taskgroup", [False, True])
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_eager_tasks_do_the_same_work(variant, loop, taskgroup):
    plain = batches(tree(variant, taskgroup=taskgroup), loop)
    eager = batches(tree(variant, taskgroup=taskgroup, eager=True), loop, count=2)
    assert set(eager) == set(plain)


@eager_tasks
@pytest.mark.parametrize("taskgroup", [False, True])
@pytest.mark.parametrize("loop", LOOPS)
def test_an_eager_tree_has_reached_its_leaves_before_the_loop_turns(loop, taskgroup):
    class Watched(SUITES["async-tree-none"]):
        async def leaf(self, tree):
            seen.append("leaf")

    async def grow(eager):
        seen.clear()
        workload = Watched(eager=eager, taskgroup=taskgroup, depth=2)
        asyncio.get_running_loop().call_soon(seen.append, "turn")
        await workload.atask([], 0)
        await asyncio.sleep(0)  # an eager tree may come to its end without a turn
        return seen.index("turn"), len(seen)

    seen = []
    with asyncio.Runner(loop_factory=registry.find(loop)[1]().loop_factory()) as runner:
        assert runner.run(grow(eager=False)) == (0, 1 + 36)
        assert runner.run(grow(eager=True)) == (36, 1 + 36)


@eager_tasks
def test_the_loop_has_its_own_task_factory_back_after_all_eager_trees():
    def own(loop, coroutine, **options):
        return asyncio.Task(coroutine, loop=loop, **options)

    async def grow():
        loop = asyncio.get_running_loop()
        loop.set_task_factory(own)
        workload = tree("io", eager=True, depth=1)
        lane = await workload.aopen()
        late = asyncio.create_task(workload.atask(lane, 0))
        await asyncio.sleep(0.02)
        assert loop.get_task_factory() is not own
        last = asyncio.create_task(workload.atask(lane, 1))
        await late
        assert loop.get_task_factory() is not own
        await last
        return loop.get_task_factory()

    assert asyncio.run(grow()) is own


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="3.12 has eager tasks")
def test_eager_tasks_are_told_to_need_a_newer_python():
    assert (
        "eager tasks need Python 3.12, and this is 3.11" in tree("none", eager=True).unavailable()
    )
    assert tree("none").unavailable() is None


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("async-tree-io", {"depth": 0}, "depth is at least 1, not 0"),
        ("async-tree-none", {"branches": -1}, "branches is at least 1, not -1"),
        ("coroutines", {"n": -1}, "n is 0 or more, not -1"),
        ("concurrent-map", {"chunk_size": 0}, "chunk_size is at least 1, not 0"),
        ("million-sleepers", {"sleepers": 0}, "sleepers is at least 1, not 0"),
        ("million-sleepers", {"seconds": -0.1}, "seconds is 0 or more, not -0.1"),
        ("million-sleepers", {"seconds": math.nan}, "seconds is 0 or more, not nan"),
    ],
)
def test_what_cannot_be_is_refused(name, params, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        SUITES[name](**params)


@pytest.mark.parametrize(("workload", "executor"), pairs([SUITES["coroutines"](n=15)]))
def test_coroutines_give_the_fibonacci_number_under_all(workload, executor):
    assert batches(workload, executor, count=10) == [Proof(1, 610)] * 10
    assert batches(workload, executor, tasks=3) == [Proof(3, 3 * 610 + 0 + 1 + 2)]


def test_coroutines_make_the_published_number():
    assert batches(SUITES["coroutines"](), "sequential") == [Proof(1, 75_025)]


@pytest.mark.parametrize(("workload", "executor"), pairs([SUITES["concurrent-map"]()]))
def test_a_map_gives_back_all_thousand_items_under_all(workload, executor):
    assert batches(workload, executor, count=10) == [Proof(1000, 499_500)] * 10


def test_processes_take_the_chunk_size_that_a_workload_gives():
    for params, chunk in (({}, "10"), ({"chunk_size": 7}, "7")):
        made = registry.find("processes")[1]()
        made.processes = 2
        made.start(SUITES["concurrent-map"](**params), 2)
        try:
            assert made.run(100) == Proof(100, 4950)
            assert made.describe(1000)["chunk size"] == chunk
        finally:
            made.stop()


@pytest.mark.parametrize("loop", LOOPS)
def test_all_sleepers_wake(loop):
    workload = SUITES["million-sleepers"](sleepers=500, seconds=0.01)
    assert batches(workload, loop, count=10) == [Proof(1, 500)] * 10
    assert batches(workload, loop, tasks=3) == [Proof(3, 3 * 500 + 0 + 1 + 2)]


def test_demands_are_told_where_they_are_known():
    assert SUITES["million-sleepers"](seconds=10).demand() == Demand(wait_s=10, cpu_s=0.0)
    assert SUITES["concurrent-map"]().demand() == Demand(wait_s=0.0, cpu_s=0.0)
    assert SUITES["coroutines"]().demand() == Demand(cpu_s=None)
    assert {tree(variant).demand() for variant in VARIANTS} == {Demand(cpu_s=None)}


def test_the_group_holds_these_and_no_more():
    assert set(catalogue.groups()["suites"]) == {
        *(f"async-tree-{variant}" for variant in VARIANTS),
        *("coroutines", "concurrent-map", "million-sleepers"),
    }
    assert not [group for group in catalogue.groups() if group.startswith("_")]
