"""Whatever can be called is measured as what it is, or refused in one line."""

import asyncio
import concurrent.futures
import contextlib
import functools
import itertools
import pickle
import threading
import time
import types

import pytest

from asyncbench.core import callables, functions, references, signatures, tasks
from asyncbench.core.functions import Call
from asyncbench.core.workload import forms
from asyncbench.errors import UsageError


def plain(index, add=1):
    return index + add


async def cooperative(index, add=1):
    await asyncio.sleep(0)
    return index + add


def wrapping(called):
    @functools.wraps(called)
    def inner(*args, **more):
        return called(*args, **more)

    return inner


def not_wrapping(called):
    return lambda index, **more: called(index, **more)


class Blocking:
    def __call__(self, index, add=1):
        return index + add

    def method(self, index, add=1):
        return index + add

    @functools.lru_cache  # noqa: B019 - of a method, which is what is tested
    def kept(self, index, add=1):
        return index + add

    @staticmethod
    def static(index, add=1):
        return index + add

    @classmethod
    def of_class(cls, index, add=1):
        return index + add


ALIAS = list[int]


class Cooperative:
    async def __call__(self, index, add=1):
        return index + add

    async def method(self, index, add=1):
        return index + add


class Awaitable:
    def __await__(self):
        return iter(())


@types.coroutine
def old(index):
    yield


def spawns(index):
    return asyncio.ensure_future(cooperative(index))


def gathers(index):
    return asyncio.gather(cooperative(index))


def fails(index):
    raise ValueError("now and then")


def takes_long(index):
    time.sleep(5)


def prints(index):
    print("a word that nobody wants twice")
    return index


def runs_a_loop(index):
    return asyncio.run(cooperative(index))


BOTH = ("blocking", "cooperative")
KINDS = {
    "blocking": [
        plain, functools.partial(plain, add=2), Blocking(), Blocking().method, Blocking.static,
        Blocking.of_class, functools.lru_cache(plain), wrapping(plain), lambda index: index,
        fails, takes_long, prints, runs_a_loop, threading.get_ident,
    ],
    "cooperative": [
        cooperative, functools.partial(cooperative, add=2), Cooperative(), Cooperative().method,
        functools.partial(Cooperative().method, add=2), functools.lru_cache(cooperative),
        wrapping(cooperative), not_wrapping(cooperative), lambda index: asyncio.sleep(0, index),
        lambda index: Awaitable(), old, spawns, gathers,
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("called", "kind"), [(called, kind) for kind, each in KINDS.items() for called in each]
)
def test_a_call_tells_what_the_callable_does_not(called, kind, monkeypatch, capfd):
    monkeypatch.setattr(callables, "PROBE_S", 0.2)
    settled, call = functions.settle(functions.workload_of("m:f", [called]), Call())
    assert call.kinds == [kind]
    assert forms(settled) == {kind}
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("called", KINDS["cooperative"][:10])
def test_what_is_awaitable_is_awaited(called):
    settled, call = functions.settle(functions.workload_of("m:f", [called]), Call())

    async def one():
        return await settled(call).atask(None, 3)

    assert asyncio.run(one()) in (0, 3, 4, 5)


def generator(index):
    yield index
    yield index


async def async_generator(index):
    yield index
    yield index


@contextlib.contextmanager
def manager(index):
    yield index


@pytest.mark.parametrize(
    "called",
    [generator, async_generator, manager, wrapping(generator), not_wrapping(async_generator)],
)
def test_a_body_that_would_never_run_is_refused(called):
    with pytest.raises(UsageError, match="its body would never run"):
        functions.settle(functions.workload_of("m:f", [called]), Call())


@pytest.mark.parametrize("called", [generator, wrapping(generator)])
def test_generators_are_run_to_their_end_on_request(called):
    settled, call = functions.settle(functions.workload_of("m:f", [called]), Call(consume=True))
    assert settled(call).task(None, 0) == settled(call).result(None, 0) == 2


def test_async_generators_are_run_to_their_end_on_request():
    settled, call = functions.settle(
        functions.workload_of("m:f", [async_generator]), Call(consume=True)
    )
    assert asyncio.run(settled(call).atask(None, 0)) == 2


def test_a_coroutine_that_comes_late_is_not_taken_for_a_result():
    def now_and_then(index):
        return waiting if index == 2 else index

    waiting = cooperative(2)
    workload = functions.workload_of("m:f", [now_and_then], ["blocking"])()
    assert workload.task(None, 1) == 1
    with pytest.raises(TypeError, match="returned a coroutine, whose body never ran"):
        workload.task(None, 2)
    waiting.close()


class Task:
    """As a loop's is: it can be awaited, and runs whether or not that happens."""

    def add_done_callback(self, told):
        pass

    def __await__(self):
        yield


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (concurrent.futures.Future(), "returned a Future, whose work nobody waited for"),
        (Task(), "returned a Task, whose work nobody waited for"),
        (map(len, []), "returned a map, whose body never ran"),
        (itertools.starmap(len, []), "returned a starmap, whose body never ran"),
        (zip([1], [2], strict=True), "returned a zip, whose body never ran"),
        (async_generator(1), "returned a async_generator, whose body never ran"),
    ],
)
def test_what_has_not_been_done_when_a_task_returns_proves_nothing(returned, said):
    workload = functions.workload_of("m:f", [lambda: returned], ["blocking"])()
    with pytest.raises(TypeError, match=said):
        workload.task(None, 0)


def test_what_dispatches_on_its_first_argument_is_given_it_by_position():
    called = functools.singledispatch(cooperative)
    called.register(int, lambda index: index)
    assert functions.workload_of("m:f", [called], ["blocking"])().task(None, 5) == 5


def by_position(index, /, first=1, second=2, third=3):
    return first * 100 + second * 10 + third


def test_a_default_between_values_that_are_given_keeps_its_place():
    given = Call({"first": "4", "third": "5"})
    assert functions.workload_of("m:f", [by_position], ["blocking"])(given).task(None, 0) == 425


def test_a_pair_may_be_made_of_what_only_a_call_tells():
    found = [Blocking().method, lambda index, add=1: cooperative(index, add)]
    settled, call = functions.settle(functions.workload_of("m:f|m:g", found), Call())
    assert call.kinds == list(BOTH)
    assert forms(settled) == set(BOTH)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Blocking.method", "is a method without its object; bind it in"),
        ("Blocking.kept", "is a method without its object; bind it in"),
        ("ALIAS", "is a class, whose calls only make objects"),
        ("Blocking", "is a class, whose calls only make objects"),
        ("Blocking.metod", "has no 'Blocking.metod' (did you mean 'method'?)"),
    ],
)
def test_what_cannot_be_called_by_its_name_is_told(name, message):
    with pytest.raises(UsageError) as told:
        references.function(f"{__name__}:{name}")
    assert message in str(told.value)


@pytest.mark.parametrize("name", ["Blocking.static", "Blocking.of_class", "plain"])
def test_what_has_a_dotted_name_is_found_again_in_another_process(name):
    workload = functions.load(f"{__name__}:{name}")(Call({"add": "2"}))
    assert pickle.loads(pickle.dumps(workload)).task(None, 1) == 3


def passes_no_names_on(called):
    @functools.wraps(called)
    def wrapper(*args):
        return called(*args)

    return wrapper


@passes_no_names_on
def decorated(first: int = 1, second: int = 2):
    return first, second


@functools.singledispatch
def dispatched(first):
    return first


@pytest.mark.parametrize(
    ("called", "named", "returned"),
    [
        (decorated, {"second": 5}, (1, 5)),
        (decorated, {"first": 4}, (4, 2)),
        (dispatched, {"first": 3}, 3),
    ],
)
def test_what_a_decorator_takes_by_position_alone_is_given_so(called, named, returned):
    do = tasks.caller(called, named, (), signatures.takes(called))
    assert do(0) == returned
