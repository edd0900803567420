"""Plain functions as workloads: one form or a pair, with parameters, from files and modules."""

import asyncio
import csv
import io
import pickle
import re
import sys

import pytest

from asyncbench.core import catalogue, functions, parameters
from asyncbench.core.functions import Call
from asyncbench.core.workload import forms
from asyncbench.errors import UsageError
from asyncbench.executors.sequential import Sequential
from asyncbench.worker import demand
from tests.support.typed import QUICK, command, typed

APP = '''
import asyncio, time

def get(size=10, pause: float = 0.001):
    """Get some bytes."""
    time.sleep(pause)
    return b"x" * size

async def aget(size=10, pause: float = 0.001):
    await asyncio.sleep(pause)
    return b"x" * size

def numbered(index, start=5):
    return start + index

async def nothing(): pass

async def never_awaits(index):
    return sum(range(20_000))

def needs(url): return url

def other(size=11): return size

def also(size=10, pause: float = 0.001): return size

def returns_none_in_a_class(): pass
'''


@pytest.fixture
def app(tmp_path, monkeypatch):
    (tmp_path / "an_app.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    sys.modules.pop("an_app", None)


def one(reference):
    [(full, workload)] = catalogue.find(reference)
    return full, workload


@pytest.mark.parametrize("place", ["an_app", "an_app.py"])
def test_a_function_is_a_workload(app, place):
    full, get = one(f"{place}:get")
    assert get.name == "get"
    assert get.__doc__ == "Get some bytes."
    assert forms(get) == {"blocking"}
    assert parameters.typed(get, {"size": "3", "pause": "0"}) == {"size": 3, "pause": 0.0}
    assert catalogue.build(full, {}, {"params": {"size": "3", "pause": "0"}}).task(None, 7) == 3


def test_a_parameter_index_is_given_the_number_of_the_task(app):
    _, numbered = one("an_app:numbered")
    assert parameters.parameters(numbered) == {"start": 5}
    assert numbered().task(None, 7) == 12


def test_a_pair_is_one_workload_in_two_forms(app):
    _, pair = one("an_app:get|an_app:aget")
    assert forms(pair) == {"blocking", "cooperative"}
    made = pair(Call({"size": "4"}))
    assert made.task(None, 0) == asyncio.run(made.atask(None, 0)) == 4


def test_what_returns_nothing_proves_that_it_returned(app):
    _, nothing = one("an_app:nothing")
    assert asyncio.run(nothing().atask(None, 3)) == 0


def test_a_spawned_process_can_make_its_own(app):
    _, pair = one("an_app:get|an_app:aget")
    again = pickle.loads(pickle.dumps(pair(Call({"size": "6"}))))
    assert again.named == {"size": 6}
    assert again.task(None, 0) == 6


def test_one_of_a_pair_may_say_the_types_that_the_other_leaves_out():
    def get(size=6, folder=None):
        return size

    async def aget(size: int = 6, folder: str | None = None):
        return size

    assert functions.workload_of("get|aget", [get, aget])

    async def more(size: int = 7, folder: str | None = None):
        return size

    with pytest.raises(UsageError, match="take different parameters: size;"):
        functions.workload_of("get|more", [get, more])


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("an_app:get|an_app:also", "--sync takes a blocking function, --async an async one"),
        ("an_app:other|an_app:aget", "take different parameters: "),
        ("an_app:gte|an_app:aget", "an_app has no 'gte' (did you mean 'get'"),
        ("an_app|an_app:aget", "'an_app' names no function"),
        ("an_app:time|an_app:aget", "an_app has 'time', which is not a function"),
    ],
)
def test_what_is_no_pair_is_told(app, reference, message):
    with pytest.raises(UsageError) as told:
        functions.settle(functions.load(reference), Call())
    assert message in str(told.value)


def run(app, *arguments):
    ran = typed(*arguments, cwd=app)
    return ran, rows_of(ran)


def rows_of(ran):
    return list(csv.DictReader(io.StringIO(ran.stdout, newline="")))


SHORT = (*QUICK, "--no-save", "--csv", "-")


def test_a_pair_is_measured_under_all(app):
    ran, rows = run(app, "run", "--sync", "an_app:get", "--async", "an_app:aget", *SHORT)
    assert ran.returncode == 0, ran.stderr
    assert {row["status"] for row in rows} == {"ok"}
    assert {row["workload"] for row in rows} == {"get"}
    # Blank where a busy machine does not let it be told.
    assert all(float(row["ideal_s"] or 1) >= 0.001 for row in rows)


def test_a_function_of_one_form_says_who_cannot_run_it(app):
    ran, rows = run(app, "run", "an_app:get", *SHORT)
    assert ran.returncode == 0, ran.stderr
    status = {row["executor"]: row["status"] for row in rows}
    assert status == dict.fromkeys(["sequential", "threads", "processes"], "ok")
    ran, rows = run(app, "run", "an_app:get", "-e", "threads,asyncio", *SHORT)
    assert ran.returncode == 0, ran.stderr
    assert rows[1]["status"] == "unavailable"
    assert rows[1]["reason"] == (
        "get is blocking only: these need --async an_app:F, or leave them out with -e threads"
    )


def test_an_async_form_that_never_awaits_is_flagged(app):
    _, rows = run(app, "run", "an_app:never_awaits", "-e", "asyncio,uvloop", *SHORT)
    told = " ".join(row["reason"] for row in rows)
    assert re.search(r"never_awaits \(an_app.py:1[89]\), which never awaits", told)


def test_a_parameter_without_default_has_to_be_given(app):
    ran, _ = run(app, "run", "an_app:needs", *SHORT)
    assert ran.returncode == 2
    assert "needs --param url=VALUE" in ran.stderr
    ran, rows = run(app, "run", "an_app:needs", "-p", "url=abc", "-e", "sequential", *SHORT)
    assert rows[0]["params"] == "url=abc"


def test_a_class_whose_task_returns_none_is_told(app):
    (app / "none.py").write_text(
        "from asyncbench import Workload\n\n\nclass Nothing(Workload):\n"
        "    async def atask(self, lane, index):\n        return None\n"
    )
    ran, rows = run(app, "run", "none.py", "-e", "asyncio", *SHORT)
    assert ran.returncode == 4
    assert "returned NoneType, not an int as its proof of work" in rows[0]["reason"]


def test_installed_packages_bring_their_own(app):
    info = app / "brings-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brings\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[asyncbench.workloads]\nbrought-get = an_app:get\n"
        "[asyncbench.executors]\nbackwards = mine:Backwards\n"
    )
    (app / "mine.py").write_text(
        "from asyncbench.executors.sequential import Sequential\n\n\n"
        "class Backwards(Sequential):\n    name = 'backwards'\n"
    )
    path = {"PYTHONPATH": str(app)}
    given = ["brought-get", "-e", "sequential,backwards", *SHORT]
    ran = command("run", *given, cwd=app, env=path)
    assert ran.returncode == 0, ran.stderr
    assert [row["executor"] for row in rows_of(ran)] == ["sequential", "backwards"]
    listed = command("list", cwd=app, env=path)
    assert "  installed" in listed.stdout
    assert "backwards" in listed.stdout


def test_new_writes_a_starter_that_runs_as_it_is(app):
    ran, _ = run(app, "new", "starter.py")
    assert ran.returncode == 0
    ran, rows = run(app, "run", "starter.py", *SHORT)
    assert ran.returncode == 0, ran.stderr
    assert {row["status"] for row in rows} == {"ok"}
    again, _ = run(app, "new", "starter.py")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    wrong, _ = run(app, "new", "starter.txt")
    assert wrong.returncode == 2


def test_two_functions_of_one_name_are_told_apart_by_their_files(app):
    for name in ("one", "two"):
        (app / f"{name}.py").write_text("def fetch(index): return 1\n")
    given = ["one.py:fetch", "two.py:fetch", "-e", "sequential", "--against", "executors"]
    ran, rows = run(app, "run", *given, *SHORT)
    assert ran.returncode == 0, ran.stderr
    assert [row["workload"] for row in rows] == ["one.py:fetch", "two.py:fetch"]


def test_two_files_of_one_name_are_two_modules(app):
    for name, value in (("here", 1), ("there", 2)):
        (app / name).mkdir()
        (app / name / "same_name.py").write_text(f"def f(index): return {value}\n")
    made = [one(f"{name}/same_name.py:f")[1]() for name in ("here", "there")]
    assert [each.task(None, 0) for each in made] == [1, 2]


def test_what_a_call_is_given_and_that_it_is_kept_are_part_of_the_work(app):
    (app / "zoo.py").write_text(
        "import time\nnap = time.sleep\ndef count(index):\n    yield from range(3)\n"
    )
    ran, _ = run(app, "run", "zoo.py:nap", "-e", "sequential", *SHORT)
    assert ran.returncode == 2
    # Some versions of Python tell what a builtin takes, others do not.
    told = ("nap cannot be called like this", "nap needs --param object=VALUE")
    assert any(each in ran.stderr for each in told)
    ran, rows = run(app, "run", "zoo.py:nap", "-a", "0.001", "-e", "sequential", *SHORT)
    assert ran.returncode == 0, ran.stderr
    ran, _ = run(app, "run", "zoo.py:count", "-e", "sequential", *SHORT)
    assert ran.returncode == 2
    assert "its body would never run" in ran.stderr
    ran, rows = run(app, "run", "zoo.py:count", "--consume", "-e", "sequential", *SHORT)
    assert rows[0]["status"] == "ok"


def test_what_goes_back_of_a_task_is_measured(app):
    (app / "big.py").write_text(
        "def rows(index):\n    return list(range(100_000, 150_000))\n\n\n"
        "def own(index):\n    return lambda: None\n"
    )
    demanded = demand.measure(one("big.py:rows")[1](), Sequential())
    assert demanded.result_bytes > 100_000
    assert demanded.result_s > 0
    assert demand.measure(one("big.py:own")[1](), Sequential()).result_bytes == 0
