"""Tasks that return or raise anything are done, each of them, or fail their cell in one line."""

import functools
import warnings

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from asyncbench import Proof
from asyncbench.core import functions
from asyncbench.core.functions import Call
from asyncbench.errors import UsageError
from asyncbench.executors import registry
from asyncbench.worker import protocol
from asyncbench.worker.session import Session

HEAD = """
import asyncio, functools, sys

class Odd:
    def __len__(self): raise ZeroDivisionError("odd")

class Negative:
    def __len__(self): return -1

async def later(value): return value

def plain(function): return function
def wrapped(function): return functools.wraps(function)(lambda *a, **k: function(*a, **k))
def part(function): return functools.partial(function)
def thing(function): return type("Thing", (), {"__call__": lambda self, index: function(index)})()
def kept(function): return functools.lru_cache(function)
"""
# What a body returns, and the proof of task number `index` that it comes to.
RETURNS = {
    "index": lambda index: index,
    "-index": lambda index: -index,
    "index * 10**30": lambda index: index * 10**30,
    "index == 1": lambda index: int(index == 1),
    "'x' * index": lambda index: index,
    "[None] * 3": lambda index: 3,
    "{}": lambda index: 0,
    "None": lambda index: 0,
    "0.5": lambda index: 0,
    "float('nan')": lambda index: 0,
    "object()": lambda index: 0,
    "lambda: 1": lambda index: 0,
    "sys": lambda index: 0,
    "range(index)": lambda index: index,
}
# What is no proof, or an end that is not the task's own.
FAILS = [
    "return Odd()",
    "return Negative()",
    "return (each for each in 'ab')",
    "raise ValueError('two\\nlines')",
    "raise KeyError",
    "raise SystemExit(1)",
    "raise KeyboardInterrupt",
    "raise StopIteration",
    "raise StopAsyncIteration",
    "raise GeneratorExit",
    "raise asyncio.CancelledError",
    "raise BaseException('base')",
    "raise ExceptionGroup('some', [ValueError(1), KeyError(2)])",
    "raise UnicodeDecodeError('utf-8', b'\\xff', 0, 1, '\\ud800')",
    "return called(index)",
    "return 1 / 0",
    "assert False",
    "import nowhere",
    "return undefined",
]
DECORATORS = ["plain", "wrapped", "part", "thing"]
TASKS = 5


def answers(path, form, executor, concurrency):
    """Return what a worker answers when it loads, starts, runs and stops a function's tasks."""
    reference = f"{path}:called"
    session = Session()
    requests = [
        protocol.Load([], reference, {}, TASKS, concurrency, registry.BUILT_IN[executor], None,
                      1, True, {"params": {}, "args": [], "kinds": [form]}),
        protocol.Start(),
        protocol.Run(batches=1, warmup=False, cpu=None),
    ]  # fmt: skip
    told = []
    for request in requests:
        told.append(session.answer(request))
        if isinstance(told[-1], protocol.Failed):
            break
    if len(told) > 1:
        session.answer(protocol.Stop())
    return told


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("generated")


numbers = iter(range(10**9))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    body=st.one_of(st.sampled_from([*RETURNS]), st.sampled_from(FAILS)),
    decorator=st.sampled_from(DECORATORS),
    cooperative=st.booleans(),
    executor=st.integers(0, 2),
    concurrency=st.sampled_from([1, TASKS]),
)
@example(
    body="raise StopIteration", decorator="plain", cooperative=False, executor=2, concurrency=1
)
def test_any_task_is_done_or_fails_its_cell(
    place, body, decorator, cooperative, executor, concurrency
):
    does = f"return {body}" if body in RETURNS else body
    opening = "async def" if cooperative else "def"
    path = place / f"generated_{next(numbers)}.py"
    path.write_text(f"{HEAD}\n@{decorator}\n{opening} called(index):\n    {does}\n")
    form = "cooperative" if cooperative else "blocking"
    settled = functools.partial(functions.settle, functions.load(f"{path}:called"), Call())
    if "(each for" in body and not cooperative:
        with pytest.raises(UsageError, match="its body would never run"):
            settled()
        return
    settled()
    known = ["asyncio", "uvloop", "asyncio"] if cooperative else ["sequential", "threads",
                                                                 "asyncio-to-thread"]  # fmt: skip
    with warnings.catch_warnings():
        # A coroutine that calls itself is left behind by the error that ends it.
        warnings.simplefilter("ignore")
        *_, last = answers(path, form, known[executor], concurrency)
    if body in RETURNS:
        total = sum(map(RETURNS[body], range(TASKS)))
        assert isinstance(last, protocol.Ran)
        assert Proof(last.count, last.checksum) == Proof.of(TASKS, total)
    else:
        assert isinstance(last, protocol.Failed), last
        assert len(last.reason.splitlines()) == 1
        assert not last.traceback or path.name in last.traceback
