"""Items that tasks are given in the place of their numbers, really sent to where a task runs."""

import contextlib
import os
import threading
from concurrent.futures.process import BrokenProcessPool

import pytest

from asyncbench import Proof, Workload
from asyncbench.core import functions
from asyncbench.core.functions import Call
from asyncbench.core.workload import forms
from asyncbench.errors import UsageError
from asyncbench.executors import registry
from asyncbench.worker import demand
from asyncbench.worker.instrument.sink import EventSink
from asyncbench.worker.instrument.workload import InstrumentedWorkload

numbers = [10, 20, 30]
empty = ()
locks = [threading.Lock()]
seven = 7


def made():
    return (number for number in numbers)


class Parcel:
    """Becomes the number of the process that it is unpacked in."""

    def __reduce__(self):
        return os.getpid, ()


class Broken:
    def __reduce__(self):
        return int, ("no number",)


parcels = [Parcel()]
broken = [Broken()]


def plain(number, more=1):
    return number + more


async def cooperative(number, more=1):
    return number + more


def late(more, /, number=5):
    return more * 100 + number


def indexed(index, number):
    return number


def alone(*, number):
    return number


def arrived(parcel):
    return int(parcel == os.getpid())


def kept(item):
    return 0


def workload(name, **call):
    reference = "|".join(f"{__name__}:{each}" for each in name.split("|"))
    call = Call(**{"items": f"{__name__}:numbers"} | call)
    settled, call = functions.settle(functions.load(reference), call)
    return settled(call)


def run(executor, work, tasks=4, concurrency=2):
    _, kind = registry.find(executor)
    running = kind()
    running.processes = 2
    running.start(work, concurrency)
    try:
        return running.run(tasks)
    finally:
        running.stop()


@pytest.mark.parametrize("executor", [*registry.BUILT_IN])
def test_each_executor_gives_tasks_their_items_over_and_over(executor):
    work = workload("plain|cooperative", params={"more": "2"})
    _, kind = registry.find(executor)
    if not kind.gives_items or kind().unavailable():
        pytest.skip(f"{executor} gives tasks their numbers alone, or is not installed")
    assert kind.form in forms(type(work))
    assert run(executor, work) == Proof(4, 12 + 22 + 32 + 12)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_items_reach_tasks_whether_lanes_are_few_or_many(concurrency):
    assert run("asyncio", workload("cooperative"), 4, concurrency) == Proof(4, 74)


@pytest.mark.parametrize(
    ("name", "call", "total"),
    [
        ("plain", {"items": f"{__name__}:made"}, 63),
        ("late", {}, 6015),  # the first of its parameters
        ("late", {"params": {"more": "1"}}, 360),  # which is given: the next
        ("late", {"args": ["3"]}, 6009),
        ("plain", {"args": ["5"]}, 75),
    ],
)
def test_an_item_is_the_first_argument_that_nothing_else_is_given_for(name, call, total):
    assert run("sequential", workload(name, **call), 3) == Proof(3, total)


def test_an_item_is_sent_to_the_process_that_its_task_runs_in():
    work = workload("arrived", items=f"{__name__}:parcels")
    assert run("sequential", work) == Proof(4, 0)
    assert run("processes", work) == Proof(4, 4)


def test_an_item_that_cannot_be_sent_is_told():
    with pytest.raises(TypeError, match=r"given cannot be sent to a process .*lock"):
        run("processes", workload("kept", items=f"{__name__}:locks"))


def test_an_item_that_cannot_be_unpickled_where_it_arrives_is_told():
    made = registry.make("processes")
    made.processes = 2
    made.start(workload("kept", items=f"{__name__}:broken"), 2)
    with pytest.raises(TypeError, match=r"given cannot be unpickled in a process \(ValueError: "):
        made.run(2)
    with contextlib.suppress(BrokenProcessPool):  # it is of no more use
        made.stop()


def test_a_watched_task_gets_its_item_and_is_known_by_its_number():
    begun = []

    class Sink(EventSink):
        folder = ""

        def begin(self, index, *_):
            begun.append(index)

    work = workload("plain")
    work.tasks, work.concurrency = 4, 2
    assert run("sequential", InstrumentedWorkload(work, Sink())) == Proof(4, 74)
    assert begun == [0, 1, 2, 3]


class Own(Workload):
    """Gives its tasks words, and counts their letters."""

    def items(self):
        return ["one", "three"]

    def task(self, lane, word):
        return len(word)


def test_a_class_gives_its_tasks_what_its_items_are():
    assert run("threads", Own(), 3) == Proof(3, 3 + 5 + 3)


def test_what_a_task_asks_for_is_measured_with_items():
    assert demand.measure(Own(), registry.make("sequential")).wait_s >= 0


@pytest.mark.parametrize(
    ("name", "items", "message"),
    [
        ("plain", "nowhere", "has no 'nowhere'"),
        ("plain", "empty", "has no items"),
        ("plain", "seven", "is int, not a list"),
        ("indexed", "numbers", "leave one of them out"),
        ("alone", "numbers", "has no parameter left"),
    ],
)
def test_items_that_cannot_be_given_are_told(name, items, message):
    with pytest.raises(UsageError, match=message):
        workload(name, items=f"{__name__}:{items}")
