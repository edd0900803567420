"""What tasks return shows that each batch did the same work, unless nobody asks for that."""

import pytest

from asyncbench import Proof
from asyncbench.errors import NotAProofError
from asyncbench.executors import registry
from asyncbench.worker import protocol
from asyncbench.worker.session import Session

CHANGES = """
import itertools

numbers = itertools.count()


def number():
    return next(numbers)


async def anumber():
    return next(numbers)
"""


def batches(tmp_path, executor, name, *, proof):
    path = tmp_path / "changes.py"
    path.write_text(CHANGES)
    kind = "cooperative" if name.startswith("a") else "blocking"
    call = {"params": {}, "args": [], "kinds": [kind]}
    reference, run_under = f"{path}:{name}", registry.choose(executor)[1]
    load = protocol.Load([], reference, {}, 2, 2, run_under, None, 2, True, call, proof)
    session = Session()
    try:
        session.answer(load)
        session.answer(protocol.Start())
        return session.answer(protocol.Run(3, warmup=False, cpu=None))
    finally:
        session.answer(protocol.Stop())


@pytest.mark.parametrize(("executor", "name"), [("threads", "number"), ("asyncio", "anumber")])
def test_what_returns_something_else_each_time_is_measured_where_that_is_no_proof(
    tmp_path, executor, name
):
    told = batches(tmp_path, executor, name, proof=True)
    assert isinstance(told, protocol.Failed)
    assert "(added up 1, then 9)" in told.reason
    assert "--proof none" in told.reason
    done = batches(tmp_path, executor, name, proof=False)
    assert (done.count, done.checksum) == (2, 0)


class Odd:
    """A number as numpy's are, which can be added up and masked and is no int."""

    def __add__(self, other):
        return self

    __radd__ = __and__ = __add__


def test_a_number_that_is_no_int_is_no_proof():
    with pytest.raises(NotAProofError, match="returned Odd,"):
        Proof.total([Odd(), Odd()])
