"""Values beyond use are refused in one line, and what hangs is not waited for."""

import time

import pytest

from asyncbench.errors import UsageError
from asyncbench.runner.planning import variants
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.planning.plan import build
from tests.cli.test_trace import trace
from tests.support.typed import typed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-p", "seconds=1e9"], "what a task waits is a number of seconds, 0 or more and at most"),
        (["-n", 10_000_000_000], "tasks is 10,000,000,000; more than 10,000,000 are not measured"),
    ],
)
def test_what_is_beyond_use_is_refused(tmp_path, arguments, said):
    ran = typed("run", "sleep", *arguments, cwd=tmp_path)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_parameter_that_no_journal_can_hold_is_refused(tmp_path, monkeypatch):
    (tmp_path / "huge_app.py").write_text("def much(text: str = ''):\n    return len(text)\n")
    options = RunOptions([f"{tmp_path / 'huge_app.py'}:much"], params={"text": "x" * 17_000_000})
    with pytest.raises(UsageError, match="parameter text of workload much is too large") as told:
        build(options)
    assert len(str(told.value)) < 200


def test_an_interpreter_that_hangs_is_given_up_with_all_that_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr(variants, "VERSION_S", 1.0)
    program = tmp_path / "hang"
    program.write_text("#!/bin/sh\nsleep 1000\n")
    program.chmod(0o755)
    began = time.monotonic()
    ran = typed("run", "sleep", "--python", program, "--python", "python3", cwd=tmp_path)
    assert time.monotonic() - began < 30
    assert ran.returncode == 2
    assert "is not a Python interpreter: asked for its version, it told none" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_a_program_is_traced_once_under_its_own_name(tmp_path):
    (tmp_path / "prog.py").write_text(
        "import asyncio\n\nasync def main():\n    await asyncio.sleep(0.01)\n"
    )
    ran = trace("prog.py:main", "-e", "asyncio", "-q", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "main: 1 task" in ran.stdout
    assert "\nmain  " in ran.stdout
    ran = trace("prog.py:main", "-e", "asyncio", "-n", "3", "-q", cwd=tmp_path)
    assert "main: 3 tasks" in ran.stdout
