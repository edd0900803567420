"""What Python callers use: silent, typed by name, and the same as on the command line."""

import asyncio
import json
import subprocess
import sys
import time

import pytest

import asyncbench
from asyncbench import AsyncbenchError
from asyncbench.python.traces import Traces


def test_a_run_is_measured_judged_saved_and_silent(capfd, tmp_path):
    result = asyncbench.run(
        "sleep", executors="sequential, asyncio", tasks=4, params={"seconds": 0.001},
        budget=0.3, save=tmp_path, name="mine",
    )  # fmt: skip
    assert capfd.readouterr() == ("", "")
    assert result.cells["executor"] == ["sequential", "asyncio"]
    assert result.cells["param_seconds"] == [0.001, 0.001]
    again = asyncbench.load("mine", folder=tmp_path)
    assert again.samples == result.samples
    compared = asyncbench.compare(result, result.run.path)
    assert len(compared.rows) == 2
    assert "first: mine" in repr(compared)


def test_a_trace_is_seen_work_by_work_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    told = []
    traces = asyncbench.trace("sleep", executors=["asyncio", "threads"], tasks=3,
                              progress=lambda work, executor: told.append(executor))  # fmt: skip
    [traced] = traces
    assert told == ["asyncio", "threads"]
    assert [each.trace.cell.executor for each in traced.summaries] == told
    assert "asyncio: " in repr(traces)
    assert "hand-overs" in traces._repr_html_()
    assert not list(tmp_path.iterdir())


async def child(seconds):
    await asyncio.sleep(0.001)
    time.sleep(seconds)


async def parent():
    await asyncio.gather(child(0), child(0.02))


async def stranger():
    for _ in range(10_000):
        await asyncio.sleep(0.001)


def test_a_coroutine_is_traced_on_the_loop_that_runs_with_what_it_starts_alone():
    async def cell():
        beside = asyncio.create_task(stranger())
        traces = await asyncbench.trace(parent())
        beside.cancel()
        return traces, vars(asyncio.get_running_loop()).keys() & {"create_task", "call_soon"}

    traces, left = asyncio.run(cell())
    assert not left
    said = repr(traces)
    assert said.startswith("parent: in this process, with all that it started")
    assert "time.sleep(seconds)" in said
    assert "stranger" not in said


def test_a_coroutine_that_is_traced_raises_what_it_raises():
    async def broken():
        raise ValueError("as planned")

    async def cell():
        await asyncbench.trace(broken())

    with pytest.raises(ValueError, match="as planned"):
        asyncio.run(cell())
    with pytest.raises(AsyncbenchError, match="takes threshold= in seconds alone"):
        asyncbench.trace(broken(), executors="asyncio")


def test_what_is_no_coroutine_is_traced_without_await():
    async def cell():
        await Traces([])

    with pytest.raises(AsyncbenchError, match=r"await asyncbench.trace\(work\(\)\)"):
        asyncio.run(cell())


def test_one_thing_varied_is_a_sweep_and_two_are_a_map():
    how = {"executors": "asyncio", "budget": 0.2, "tasks": 2}
    swept = asyncbench.sweep("sleep", vary={"seconds": [0.001, 0.002]}, **how)
    assert swept.cells["param_seconds"] == [0.001, 0.002]
    assert "0.002" in repr(swept)
    mapped = asyncbench.map(
        "sleep", x={"seconds": "0.001..0.002/2"}, y={"concurrency": [1, 2]}, **how
    )
    assert [axis.name for axis in mapped.run.plan.axes] == ["seconds", "concurrency"]
    assert mapped._repr_html_()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: asyncbench.run("slep"), "no workload 'slep' (did you mean 'sleep'?)"),
        (lambda: asyncbench.run("sleep", executor="uvloop"), "did you mean 'executors'?"),
        (lambda: asyncbench.run("sleep", executors="uvlop"), "did you mean 'uvloop'?"),
        (lambda: asyncbench.run("sleep", params={"seconds": object()}), "is of type object, which"),
        (lambda: asyncbench.run("sleep", budget=0), "the budget is a number of seconds above 0"),
        (lambda: asyncbench.run("sleep", budget="3"), "a number of seconds above 0, not '3'"),
        (lambda: asyncbench.run("sleep", margin="5"), "the margin is a share, 0 or more, not '5'"),
        (
            lambda: asyncbench.run(fetch, executors="threads"),
            "a blocking function of the same work beside it, or leave them out with "
            "executors='asyncio,uvloop'",
        ),
        (lambda: asyncbench.run(Live()), "a live Live can be called in this process alone; write"),
        (lambda: asyncbench.run(7), "int is nothing to measure"),
        (lambda: asyncbench.sweep(vary={"tasks": [1, 2]}), "name one work"),
        (lambda: asyncbench.sweep("sleep", vary={"tasks": [1]}), "takes two or more"),
        (lambda: asyncbench.map("sleep", x={}, y={"tasks": [1, 2]}), "vary one thing each"),
        (lambda: asyncbench.trace(), "trace takes something to watch"),
        (lambda: asyncbench.run("sleep", executors="threading"), "here: executors='threads'"),
        (lambda: asyncbench.run("json:loads"), "needs params={'s': VALUE}"),
        (lambda: asyncbench.load("@-3", folder="nowhere"), "no journal in nowhere/"),
    ],
)
def test_what_cannot_be_asked_for_is_one_line(call, told):
    with pytest.raises(AsyncbenchError) as caught:
        call()
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


SCRIPT = '''
import asyncio
import json
import time

import asyncbench

PAUSE = {"s": 0.001}


def pause(of=PAUSE):
    return of["s"]


def fetch():
    time.sleep(pause())
    return 1


async def afetch():
    await asyncio.sleep(pause())
    return 1


def broken():
    raise ValueError("as planned")


async def main():
    """As in a notebook, whose loop runs."""
    how = {"tasks": 4, "budget": 0.2}
    both = asyncbench.run(fetch, afetch, executors="threads,asyncio", **how)
    failed = asyncbench.run(broken, executors="sequential", **how)
    print(json.dumps([both.cells["status"], failed["sequential"].status, repr(failed)]))


asyncio.run(main())
'''


def test_functions_of_a_script_run_in_workers_that_do_not_run_the_script(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    both, failed, told = json.loads(ran.stdout)
    assert both == ["ok", "ok"]
    assert failed == "failed"
    line = SCRIPT.splitlines().index('    raise ValueError("as planned")') + 1
    assert f'File "{script}", line {line}, in broken' in told
    assert "ValueError: as planned" in told


def test_importing_costs_nothing_that_is_not_used():
    code = "import asyncbench, sys; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ran.stdout.split()
    assert not {"asyncio", "rich", "click", "msgspec", "IPython"} & {*loaded}
    assert [name for name in loaded if name.startswith("asyncbench.")] == []


def takes(number, text, quoted, data: bytes, wide, flag):
    found = (number, text, quoted, data, wide, flag)
    assert found == ("3", "b", "'c'", b"d", "1,2", True), found


def test_a_value_arrives_as_it_was_given():
    given = {"number": "3", "text": "b", "quoted": "'c'", "data": b"d", "wide": "1,2", "flag": True}
    [traced] = asyncbench.trace(takes, params=given, executors="sequential", tasks=1)
    assert [str(each.status) for each in traced.traces] == ["complete"]


async def fetch():
    return 1


class Live:
    def __call__(self):
        return 1
