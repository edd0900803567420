"""The pytest plugin, tried by running pytest on small projects."""

import json
import subprocess
import sys

import pytest

from tests.support.plugin import KNOWN

pytestmark = pytest.mark.filterwarnings(KNOWN)

APP = """
import asyncio, time

def fetch():
    time.sleep(0.001)
    return 1

async def afetch():
    await asyncio.sleep(0.001)
    return 1

def broken():
    raise ValueError("as planned")
"""
QUICK = "executors='sequential,asyncio', tasks=4, budget=0.2"


@pytest.fixture
def project(pytester, monkeypatch):
    """A project with a module to measure, where no other plugin but those named is loaded."""

    def run(test, *options, plugins=(), how=pytester.runpytest_inprocess):
        pytester.makepyfile(app=APP, test_it="import pytest\nfrom app import *\n" + test)
        scope = "asyncio_default_fixture_loop_scope = function\n" if "asyncio" in plugins else ""
        pytester.makeini(f"[pytest]\nfilterwarnings =\n  error\n  {KNOWN}\n{scope}")
        loaded = ["asyncbench.pytest_plugin", *plugins]
        return how(*(f"-p{name}" for name in loaded), *options)

    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return run


def test_without_its_option_the_work_runs_once_as_a_test(project):
    test = f"""
calls = []
def once():
    calls.append(1)
async def aonce():
    calls.append(2)

def test_pair(asyncbench):
    result = asyncbench(once, aonce, {QUICK})
    result.assert_faster("asyncio", than="sequential")
    assert calls == [1, 2]

def test_failing(asyncbench):
    asyncbench(broken)

def test_of_numbers(asyncbench):
    assert asyncbench(fetch)["asyncio"].ratio.high < 1

def test_by_name(asyncbench):
    asyncbench("sleep", executors="asyncio", params={{"seconds": 0.001}})
"""
    ran = project(test)
    ran.assert_outcomes(passed=2, failed=1, skipped=1)
    ran.stdout.fnmatch_lines(["*ValueError: as planned", "4 works ran once each, as a test;*"])


def test_it_measures_in_workers_and_shows_one_table(project, pytester):
    test = f"""
def test_fetch(asyncbench):
    result = asyncbench(fetch, afetch, {QUICK})
    assert result.cells["executor"] == ["sequential", "asyncio"]
    assert result["asyncio"].status == "ok"

@pytest.mark.asyncbench({QUICK}, group="broken ones")
def test_broken(asyncbench):
    asyncbench(broken)
"""
    options = ["--asyncbench-json=out.json", "--asyncbench-save=mine"]
    ran = project(test, "--asyncbench", *options)
    ran.assert_outcomes(passed=1, failed=1)
    ran.stdout.fnmatch_lines([
        '  File "*app.py", line *, in broken',
        "=* asyncbench =*",
        "test_it.py::test_fetch",
        "fetch: *4 at once*",
        "*the baseline",
        "broken ones",
    ])  # fmt: skip
    told = json.loads((pytester.path / "out.json").read_text())
    names = [each["fullname"] for each in told["benchmarks"]]
    assert [name.split(" ")[0] for name in names] == ["test_it.py::test_fetch"] * 2
    assert "asyncio" in names[1]
    compared = subprocess.run(
        [sys.executable, "-m", "pytest_benchmark", "compare", "out.json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "test_fetch" in compared.stdout
    [kept] = (pytester.path / "results").glob("*mine-test_fetch.jsonl")
    assert kept.stat().st_size


def test_tests_that_can_wait_are_measured_as_one_run_and_then_assert(project):
    test = """
came = []
pytestmark = pytest.mark.asyncbench(executors="threads", budget=0.1)

@pytest.mark.asyncbench(group="waiting")
@pytest.mark.parametrize("tasks", [2, 3])
def test_waits(asyncbench, tasks):
    came.append(tasks)
    result = asyncbench(fetch, tasks=tasks)
    assert result["threads"].status == "ok"
    assert (result.run.plan.works[0].tasks, came.count(tasks)) == (tasks, 2)

@pytest.mark.asyncbench(alone=True)
def test_alone(asyncbench):
    came.append("alone")
    asyncbench(fetch, tasks=2)
    assert came == [2, 3, "alone"]

def test_of_a_folder(asyncbench, tmp_path):
    came.append(tmp_path)
    asyncbench(fetch, tasks=2)
    assert came.count(tmp_path) == 1

def test_other():
    came.append("other")

def test_fails_before(asyncbench):
    assert False, "before it calls"
    asyncbench(fetch)

def test_changes_its_mind(asyncbench):
    came.append("mind")
    result = asyncbench(fetch, tasks=came.count("mind"))
    assert result.run.plan.works[0].tasks == 2
"""
    ran = project(test, "--asyncbench", "-v")
    ran.assert_outcomes(passed=6, failed=1)
    ran.stdout.fnmatch_lines([
        "test_it.py::test_alone PASSED*",
        "test_it.py::test_of_a_folder PASSED*",
        "test_it.py::test_other PASSED*",
        "test_it.py::test_fails_before FAILED*",
        "asyncbench: measures 3 tests in turn, for about 300 ms",
        "test_it.py::test_waits?2? PASSED*",
        "E * before it calls",
        "waiting",
        "test_it.py::test_waits?3?",
        "3 tests were measured in turn, as one run; 1 test was measured alone, since * tmp_path",
    ])  # fmt: skip


def test_an_interrupt_of_the_one_run_leaves_what_each_test_has(project, pytester):
    test = """
@pytest.mark.asyncbench(executors="threads", budget=0.3)
@pytest.mark.parametrize("tasks", [2, 3])
def test_waits(asyncbench, tasks):
    asyncbench(fetch, tasks=tasks)

def test_last():
    from asyncbench.runner import in_turn
    steps = iter(range(4))
    class Watch(in_turn.StopWatch):
        def __exit__(self, *_):
            super().__exit__()
            if next(steps, None) is None:
                raise KeyboardInterrupt
    in_turn.StopWatch = Watch
"""
    ran = project(test, "--asyncbench", how=pytester.runpytest_subprocess)
    assert ran.ret == pytest.ExitCode.INTERRUPTED
    ran.stdout.fnmatch_lines_random(["test_it.py::test_waits?2?", "test_it.py::test_waits?3?"])


HERE = """
import asyncio

async def little():
    await asyncio.sleep(0)

async def much():
    for _ in range(20):
        await asyncio.sleep(0)
"""


def test_what_runs_in_a_loop_is_measured_there_and_said_to_be(project):
    """What users of pytest-benchmark (66), pytest-codspeed (100) and asv (1235) ask for."""
    test = (
        HERE
        + """
class Client:
    async def read(self, number=3):
        return number

@pytest.fixture
async def client():
    return Client()

async def test_client(asyncbench, client):
    result = await asyncbench(client.read, budget=0.1)
    assert result.time("read").estimate < 0.01

async def test_one_await_of_many(asyncbench):
    async def handler():
        await asyncio.sleep(0)
        async with asyncbench.timed("inside"):
            await asyncio.sleep(0)
    for _ in range(10):
        await handler()

async def test_two(asyncbench):
    result = await asyncbench(little, much, budget=0.3)
    result.assert_faster("little", than="much", by="1.1x")

async def test_the_wrong_way_round(asyncbench):
    result = await asyncbench(little, much, budget=0.3)
    result.assert_faster("much", than="little")

@pytest.mark.asyncbench(fail_on="slower:50%", budget=0.3)
async def test_gate(asyncbench):
    await asyncbench(little, much)
"""
    )
    ran = project(test, "--asyncbench", "-o", "asyncio_mode=auto", plugins=["asyncio"])
    ran.assert_outcomes(passed=3, failed=2)
    ran.stdout.fnmatch_lines([
        "not much faster than little: little takes 0.*x (*) as long as much",
        "slower than 50 % allow: much beside little,*",
        "in process on asyncio, one call after the other",
        "  read  *calls",
        "  inside  *10 calls",
        "  much  *takes *x (*) as long as little*",
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("plugin", "mark", "backend", "loop"),
    [
        ("asyncio", "asyncio(loop_factories=['fast'])", None, "uvloop"),
        ("anyio", "anyio", ("asyncio", {"use_uvloop": True}), "uvloop"),
        ("anyio", "anyio", "trio", "trio"),
    ],
)
def test_the_loop_is_that_of_the_plugin_beside(project, pytester, plugin, mark, backend, loop):
    pytest.importorskip(loop)
    pytester.makeconftest(f"""
import asyncio, pytest, uvloop

@pytest.hookimpl(optionalhook=True)
def pytest_asyncio_loop_factories(config, item):
    return {{"usual": asyncio.new_event_loop, "fast": uvloop.new_event_loop}}

@pytest.fixture
def anyio_backend():
    return {backend!r}
""")
    test = f"""
import anyio

@pytest.mark.{mark}
async def test_here(asyncbench):
    await asyncbench(anyio.sleep, args=[0], budget=0.1)
"""
    ran = project(test, "--asyncbench", plugins=[plugin])
    ran.assert_outcomes(passed=1)
    ran.stdout.fnmatch_lines([f"in process on {loop}, one call after the other"])


def test_it_stands_beside_other_fixtures_of_its_kind(project):
    test = """
def test_ours(asyncbench):
    asyncbench(fetch)

def test_theirs(benchmark):
    assert benchmark(lambda: 1) == 1
"""
    ran = project(
        test, "--benchmark-disable", plugins=["pytest_benchmark.plugin", "pytest_codspeed.plugin"]
    )
    ran.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--asyncbench", "-n2"], "--asyncbench measures alone"),
        (["--asyncbench-json=x.json"], "--asyncbench-json is about what is measured"),
        (["--asyncbench", "--asyncbench-json=no/x.json"], "there is no folder"),
        (["--asyncbench", "--asyncbench-budget=0"], "is a number of seconds above 0"),
        (["--asyncbench", "--asyncbench-save=@"], "begins with @"),
    ],
)
def test_options_that_do_not_go_together_are_one_line(project, options, told):
    ran = project("def test_it(): pass\n", *options, plugins=["xdist"])
    assert ran.ret == pytest.ExitCode.USAGE_ERROR
    ran.stderr.fnmatch_lines([f"ERROR: *{told}*"])


SLIPS = {
    "pass": "* takes the fixture asyncbench and gives it no work: asyncbench(fetch)",
    "asyncbench()": "asyncbench() has nothing to measure: asyncbench(fetch)",
    "asyncbench(lambda: 1)": "a lambda has no name that a worker could*await asyncbench(...)*",
    "asyncbench(afetch())": "afetch() was called already, and runs only once;*",
    "asyncbench(fetch, task=3)": "asyncbench takes no 'task' (did you mean 'tasks'*{'task': 3}",
    "asyncbench('app:fetc')": "app has no 'fetc' (did you mean 'fetch'*",
    "asyncbench(fetch).assert_faster('a', than='b', by=0.5)": "by is a factor of 1 or more,*",
}


@pytest.mark.parametrize(("measures", "count"), [(["--asyncbench"], 6), ([], 7)])
def test_a_slip_in_a_test_is_one_line_that_says_what_to_do(project, measures, count):
    slips = [*SLIPS][:count]
    tests = [f"def test_{number}(asyncbench):\n    {slip}\n" for number, slip in enumerate(slips)]
    ran = project("\n".join(tests), *measures)
    ran.assert_outcomes(failed=count)
    for slip in slips:
        ran.stdout.fnmatch_lines([SLIPS[slip]])
    ran.stdout.no_fnmatch_line("Traceback*")
    ran.stdout.no_fnmatch_line("*During handling*")


def test_a_slip_in_a_loop_or_a_marker_is_one_line(project):
    test = (
        HERE
        + """
async def test_unawaited(asyncbench):
    asyncbench(little)

async def test_at_once(asyncbench):
    await asyncbench(little, concurrency=3)

async def test_named(asyncbench):
    await asyncbench("sleep")

@pytest.mark.asyncbench(budgte=3)
def test_marker(asyncbench):
    asyncbench(fetch)
"""
    )
    ran = project(test, "-o", "asyncio_mode=auto", plugins=["asyncio"])
    ran.assert_outcomes(failed=4)
    ran.stdout.fnmatch_lines([
        "test_unawaited does not await what runs in its loop: await asyncbench(fetch)",
        "in a running loop calls come one after the other, so concurrency= means nothing there;*",
        "str cannot be called in the running loop; *",
        "the marker asyncbench takes no 'budgte' (did you mean 'budget'?)",
    ])  # fmt: skip


DECIDED = """
from asyncbench.testing.results import Tested
from tests.support.fakes import measured, plan, steady

def result(config, budget_s=40.0):
    times = {"threads": 0.05, "asyncio": 0.02}
    return Tested(measured(plan(*times, budget_s=budget_s), steady(**times)), config)

def test_shown(asyncbench, request):
    asyncbench(fetch)
    result(request.config).assert_faster("asyncio", than="threads", by=2)

def test_refuted(asyncbench, request):
    asyncbench(fetch)
    result(request.config).assert_faster("asyncio", than="threads", by=3)

def test_too_short(asyncbench, request):
    asyncbench(fetch)
    result(request.config, 1.0).assert_faster("asyncio", than="threads")

def test_unknown(asyncbench, request):
    asyncbench(fetch)
    result(request.config).assert_faster("asyncio", than="thread")
"""


@pytest.mark.parametrize("undecided", [True, False])
def test_an_assertion_passes_fails_or_is_undecided_and_never_in_silence(project, undecided):
    ran = project(DECIDED, f"--asyncbench-undecided={'xfail' if undecided else 'fail'}", "-v")
    came = {"failed": 2, "undecided": 1} if undecided else {"failed": 3}
    assert ran.parseoutcomes() == {"passed": 1, **came}
    ran.stdout.fnmatch_lines_random([
        "not asyncio faster than threads by 3.00x: threads takes 2.50x (2.50-2.50) as long as *",
        "the run has no 'thread' (did you mean 'threads'?)",
        "*ndecided*" if not undecided else "UNDECIDED test_it.py::test_too_short: is asyncio *",
    ])  # fmt: skip


def test_what_a_test_says_of_its_budget_is_what_could_tell_more(project):
    test = f"""
def test_own(asyncbench):
    asyncbench(fetch, afetch, {QUICK}).assert_faster("asyncio", than="sequential")
"""
    ran = project(test, "--asyncbench", "--asyncbench-budget=30")
    assert ran.parseoutcomes() == {"undecided": 1}
    ran.stdout.fnmatch_lines_random(["*a longer budget= in the call or the marker may tell*"])


def test_tests_that_use_it_can_be_skipped(project):
    ran = project("def test_it(asyncbench): pass\ndef test_other(): pass\n", "--asyncbench-skip")
    ran.assert_outcomes(passed=1, skipped=1)


def test_the_plugin_imports_nothing_but_pytest_until_it_is_used():
    code = (
        "import pytest, sys; known = {*sys.modules}; import asyncbench.pytest_plugin; "
        "print(sorted({*sys.modules} - known))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "['asyncbench', 'asyncbench.pytest_plugin']"
