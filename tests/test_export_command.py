"""Exports as a user types them: files and stdout, right and wrong."""

import contextlib
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_cli import QUICK, command

FORMATS = ("csv", "samples-csv", "json", "markdown", "latex", "pyperf", "pytest-benchmark")
REFERENCE = Path(__file__).parent.parent / "results" / "reference-default.jsonl"


@pytest.fixture
def bare(tmp_path):
    """Give the journal of a run that ended before its first sample, its names obeyed by screens."""
    header = json.loads(REFERENCE.read_text().partition("\n")[0])
    header["plan"]["works"][0]["workload"] = "=\x1b[31mred\ud800"
    path = tmp_path / "bare.jsonl"
    path.write_text(json.dumps(header) + "\n")
    return path


def test_a_run_writes_every_format_as_export_does(tmp_path):
    files = {name: f"out.{name}" for name in FORMATS}
    asked = [word for name, file in files.items() for word in (f"--{name}", file)]
    ran = command("run", "cpu", "-e", "sequential,threads", *asked, *QUICK, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "Where cooperative multitasking wins or loses" in ran.stdout
    [journal] = (tmp_path / "results").iterdir()
    for name, file in files.items():
        reference = journal.relative_to(tmp_path)
        exported = command("export", reference, "--format", name, "-o", "again", cwd=tmp_path)
        assert exported.returncode == 0, exported.stderr
        assert (tmp_path / "again").read_bytes() == (tmp_path / file).read_bytes(), name


def test_a_format_that_takes_stdout_stands_there_instead_of_the_tables(tmp_path):
    ran = command("run", "cpu", "-e", "sequential", "--json", "-", *QUICK, cwd=tmp_path)
    assert json.loads(ran.stdout)["works"][0]["workload"] == "cpu"


def test_export_writes_to_stdout_unless_told(tmp_path):
    ran = command("export", REFERENCE, "--format", "csv", cwd=tmp_path)
    assert ran.stdout.startswith("workload,params")
    assert list(tmp_path.iterdir()) == []


def test_the_file_tells_the_format(tmp_path):
    assert command("export", REFERENCE, "-o", "out.json", cwd=tmp_path).returncode == 0
    assert json.loads((tmp_path / "out.json").read_text())["is"] == "asyncbench run"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["export", REFERENCE], "say what to write: --format csv|"),
        (["export", REFERENCE, "-o", "out.xls"], "'out.xls' does not tell its format"),
        (["export", REFERENCE, "--format", "xml"], "'xml' is not one of"),
        (["export", REFERENCE, "-o", "missing/out.csv"], "there is no folder"),
        (["export", "missing.jsonl", "--format", "csv"], "cannot read missing.jsonl"),
        (["export", "bare.jsonl", "--format", "csv", "-o", "bare.jsonl"], "the journal itself"),
        (["run", "--json", "a", "--pyperf", "./a"], "--json and --pyperf name the same file"),
        (["run", "--json", "-", "--latex", "-"], "only one of --json and --latex can go to stdout"),
        (["run", "--markdown", "missing/out.md"], "there is no folder"),
    ],
)
def test_what_cannot_be_written_is_one_line_before_anything_is_measured(
    bare, tmp_path, arguments, line
):
    ran = command(*arguments, cwd=tmp_path)
    assert ran.returncode == 2
    assert line in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bare.jsonl"]


@pytest.mark.parametrize("name", ["pyperf", "pytest-benchmark"])
def test_nothing_measured_has_its_own_exit_status(bare, tmp_path, name):
    ran = command("export", bare, "--format", name, "-o", "out", cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (4, "")
    assert "no cell of the run was measured" in ran.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["csv", "json", "markdown", "latex"])
def test_a_terminal_is_told_nothing_that_it_would_obey(bare, name):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "asyncbench", "export", bare, "--format", name],
        stdout=theirs, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    # A terminal whose last writer has gone is an input error on Linux.
    with os.fdopen(ours, "rb", 0) as screen, contextlib.suppress(OSError):
        while part := screen.read(4096):
            seen += part
    assert process.wait(60) == 0
    assert b"red" in seen
    assert b"\x1b" not in seen


def test_a_name_that_utf8_cannot_hold_is_written_as_an_escape(bare, tmp_path):
    ran = command("export", bare, "--format", "csv", "-o", "out.csv", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "red\\ud800" in (tmp_path / "out.csv").read_text()
