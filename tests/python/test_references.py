"""Functions are given to other processes by name, or refused in one line that says what to do."""

import functools
import importlib.util
import subprocess
import sys

import pytest

from asyncbench import AsyncbenchError
from asyncbench.core import functions
from asyncbench.python.references import named


class Client:
    def read(self):
        return 1


def blocking():
    return 1


async def cooperative():
    return 1


def made(factor):
    def inner():
        return factor

    return inner


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (made(2), "inner is defined inside made, where no other process can find it"),
        (lambda: 1, "a lambda has no name"),
        (functools.partial(blocking), "a partial has no name"),
        (functools.partial(blocking, 3, n=4), r"measure blocking itself, with args=\[3\], params="),
        (Client().read, "read is a method of a live Client"),
        ([].append, "append is a method of a live list"),
        (Client, "Client is a class, whose calls only make objects"),
        (object(), "object is nothing to measure"),
    ],
)
def test_what_no_other_process_can_have_is_refused(given, told):
    with pytest.raises(AsyncbenchError, match=told) as caught, named([given]):
        pass
    assert "\n" not in str(caught.value)


def test_a_coroutine_that_was_called_already_is_refused():
    told = r"cooperative\(\) was called already"
    with pytest.raises(AsyncbenchError, match=told), named([cooperative()]):
        pass


def test_what_was_replaced_since_is_refused(monkeypatch):
    replaced = blocking
    monkeypatch.setattr(sys.modules[__name__], "blocking", cooperative)
    told = "has another blocking than this one"
    with pytest.raises(AsyncbenchError, match=told), named([replaced]):
        pass


def test_a_blocking_and_an_async_function_are_one_work():
    with named([blocking, cooperative]) as references:
        [pair] = references
        assert functions.is_pair(pair)
    with named([blocking, cooperative], paired=False) as references:
        assert len(references) == 2
    with named([blocking, "sleep"]) as references:
        assert references[1] == "sleep"


def test_a_module_is_found_where_this_process_found_it(tmp_path, monkeypatch):
    """It imports a neighbour that only this process's import path leads to."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "inside.py").write_text("from neighbour import N\ndef work():\n    return N\n")
    (tmp_path / "neighbour.py").write_text("N = 7\n")
    monkeypatch.syspath_prepend(tmp_path)
    work = importlib.import_module("package.inside").work
    with named([work]) as references:
        assert run_elsewhere(references[0]) == "7"


def test_a_file_that_was_loaded_without_a_name_is_loaded_again(tmp_path):
    file = tmp_path / "odd-name.py"
    file.write_text("def work():\n    return 8\n")
    spec = importlib.util.spec_from_file_location("tests_of_odd_name", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules["tests_of_odd_name"] = module
    spec.loader.exec_module(module)
    with named([module.work]) as references:
        assert run_elsewhere(references[0]) == "8"


def run_elsewhere(reference):
    code = f"from asyncbench.core import references; print(references.function({reference!r})())"
    ran = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True,
                         check=False)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


REFUSED = """
import socket
from dataclasses import dataclass
from asyncbench import AsyncbenchError, Workload
from asyncbench.core.catalogue import find
from asyncbench.python.references import named

LINE = socket.socket()
PAUSE = 0.001
class Own: pass
@dataclass
class Nap(Workload):
    seconds: float = PAUSE
    def task(self, lane, index): return index
MINE = Own()
BIG = bytes(2_000_000)

def live(): return LINE
def mine(): return MINE
def big(): return len(BIG)
exec("def unseen(): return 1")
def even(n): return n == 0 or odd(n - 1)
def odd(n): return n > 0 and even(n - 1)
def shadow():
    LINE = 3
    return LINE

for each in (live, mine, big, unseen, even, shadow, Nap):
    try:
        with named([each]) as references:
            print("fine", len(find(references[0])))
    except AsyncbenchError as error:
        print(error)
"""


def test_what_lives_in_a_script_alone_is_refused_and_the_rest_is_carried(tmp_path):
    (tmp_path / "script.py").write_text(REFUSED)
    ran = subprocess.run([sys.executable, tmp_path / "script.py"], capture_output=True, text=True,
                         check=True)  # fmt: skip
    live, mine, big, unseen, *carried = ran.stdout.splitlines()
    assert live.startswith("live uses LINE, a socket of this process, which no other can")
    assert mine.startswith("mine uses MINE, a Own whose class is defined here")
    assert big.startswith("big uses BIG, a bytes of 2 MB")
    assert unseen.startswith("the source of unseen cannot be seen")
    assert carried == ["fine 1"] * 3
