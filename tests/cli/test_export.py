"""Exports as a user types them: files and stdout, right and wrong."""

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from asyncbench.analysis import result
from asyncbench.analysis.result import Result
from asyncbench.analysis.verdict import judge
from asyncbench.record import journal
from asyncbench.report import formats
from tests.support.typed import QUICK, typed

FORMATS = ("csv", "samples-csv", "json", "markdown", "latex", "pyperf", "pytest-benchmark")
REFERENCE = Path(__file__).parents[2] / "results" / "reference-default.jsonl"


@pytest.fixture
def bare(tmp_path):
    """Give the journal of a run that ended before its first sample, its names obeyed by screens."""
    header = json.loads(REFERENCE.read_text().partition("\n")[0])
    header["plan"]["works"][0]["workload"] = "=\x1b[31mred\ud800"
    path = tmp_path / "bare.jsonl"
    path.write_text(json.dumps(header) + "\n")
    return path


def test_a_run_writes_every_format_as_its_journal_gives_it(tmp_path, monkeypatch):
    files = {name: f"out.{name}" for name in FORMATS}
    asked = [word for name, file in files.items() for word in (f"--{name}", file)]
    ran = typed("run", "cpu", "-e", "sequential,threads", *asked, *QUICK, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "cpu: " in ran.stdout
    monkeypatch.chdir(tmp_path)
    [saved] = Path("results").iterdir()
    for name, file in files.items():
        made = formats.FORMATS[name].make(Result(journal.read(saved)))
        assert (tmp_path / file).read_bytes() == made.encode(), name


def test_export_writes_to_stdout_unless_told(told, tmp_path):
    status, out, _ = told("export", REFERENCE, "--format", "csv")
    assert (status, out.partition(",")[0]) == (0, "workload")
    assert list(tmp_path.iterdir()) == []


def test_the_file_tells_the_format(told):
    assert told("export", REFERENCE, "-o", "out.json") == (0, "", "")
    assert json.loads(Path("out.json").read_text())["is"] == "asyncbench run"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["export", REFERENCE], "say what to write: --format csv|"),
        (["export", REFERENCE, "-o", "out.xls"], "'out.xls' does not tell its format"),
        (["export", REFERENCE, "--format", "xml"], "'xml' is not one of"),
        (["export", REFERENCE, "-o", "missing/out.csv"], "there is no folder"),
        (["export", "missing.jsonl", "--format", "csv"], "no file and no run 'missing.jsonl'"),
        (["export", REFERENCE, "--format", "csv", "-o", ""], "an output has no name"),
        (["run", "--csv", ""], "an output has no name"),
        (["export", "bare.jsonl", "--format", "csv", "-o", "bare.jsonl"], "the journal itself"),
        (["run", "--json", "a", "--pyperf", "./a"], "--json and --pyperf name the same file"),
        (["run", "--json", "-", "--latex", "-"], "only one of --json and --latex can go to stdout"),
        (["run", "--markdown", "missing/out.md"], "there is no folder"),
    ],
)
def test_what_cannot_be_written_is_one_line_before_anything_is_measured(
    told, bare, tmp_path, arguments, line
):
    status, _, said = told(*arguments)
    assert status == 2
    assert line in said
    assert said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bare.jsonl"]


@pytest.mark.parametrize("name", ["pyperf", "pytest-benchmark"])
def test_nothing_measured_has_its_own_exit_status(told, bare, name):
    status, out, said = told("export", bare, "--format", name, "-o", "out")
    assert (status, out) == (4, "")
    assert "no cell of the run was measured" in said
    assert not Path("out").exists()


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


def test_a_name_that_utf8_cannot_hold_is_written_as_an_escape(told, bare):
    assert told("export", bare, "--format", "csv", "-o", "out.csv") == (0, "", "")
    assert "red\\ud800" in Path("out.csv").read_text()


def shell(script, cwd):
    """Run a script in bash, `it` standing for the command."""
    it = f"it() {{ '{sys.executable}' -m asyncbench \"$@\"; }}; "
    return subprocess.run(
        ["bash", "-c", it + script],
        cwd=cwd, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_a_device_without_a_name_of_its_own_is_written_to(tmp_path):
    ran = shell(f"it export '{REFERENCE}' --format csv -o /dev/stdout | cat", tmp_path)
    assert (ran.stdout.partition(",")[0], ran.stderr) == ("workload", "")


@pytest.mark.parametrize(
    "arguments",
    [
        f"runs '{REFERENCE.parent}'",
        f"show '{REFERENCE}'",
        f"export '{REFERENCE}' --format json",
        "list",
        "--help",
    ],
)
def test_a_reader_that_is_gone_is_no_fault(tmp_path, arguments):
    # `sleep` gives the reader time to leave before anything is written.
    ran = shell(f"{{ sleep 0.1; it {arguments}; }} | true; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_reader_that_is_gone_keeps_nothing_else_from_being_done(tmp_path):
    gated = f"it compare '{REFERENCE}' '{REFERENCE}' --csv out.csv --fail-on slower:5%"
    ran = shell(f"{{ sleep 0.1; {gated}; }} | true; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert (ran.returncode, "gate: passed" in ran.stderr) == (0, True)
    assert (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    "arguments",
    [f"show '{REFERENCE}'", f"show --chart '{REFERENCE}'", f"export '{REFERENCE}' -o out.csv",
     "run cpu -e sequential,threads --budget 0.5 --no-save"],
)  # fmt: skip
def test_closed_streams_are_no_fault(tmp_path, arguments):
    assert shell(f"it {arguments} <&- >&- 2>&-", tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "status"),
    [("show missing", 2), ("run cpu -e sequential,threads --budget 0.5", 0)],
)
@pytest.mark.parametrize("setting", ["", "PYTHONUNBUFFERED=1"])
def test_a_full_stderr_does_not_change_the_status(tmp_path, arguments, status, setting):
    assert shell(f"export {setting}; it {arguments} 2>/dev/full", tmp_path).returncode == status


def test_a_stderr_whose_reader_is_gone_does_not_change_the_status(tmp_path):
    script = "{ sleep 0.1; it show missing 2>&1 >/dev/null; } | true; exit ${PIPESTATUS[0]}"
    assert shell(script, tmp_path).returncode == 2


@pytest.mark.parametrize("arguments", ["--help", "list", f"show '{REFERENCE}'"])
def test_a_full_stdout_is_told_in_one_line(tmp_path, arguments):
    ran = shell(f"it {arguments} >/dev/full", tmp_path)
    assert ran.returncode == 2
    assert re.fullmatch(
        r"asyncbench: (cannot write to stdout: )?No space left on device\n", ran.stderr
    )


def test_a_run_is_judged_once_whatever_comes_out_of_it(told, monkeypatch):
    judged = []

    def counting(summary):
        judged.append(summary)
        return judge(summary)

    monkeypatch.setattr(result, "judge", counting)
    formats = [f"--{name}" for name in ("csv", "json", "html", "markdown")]
    files = [part for name in formats for part in (name, f"out.{name[2:]}")]
    variants = ["--variant", "base=.", "--variant", "head=."]
    status, _, _ = told(
        "run", "sleep", "-e", "asyncio", "-n", "2", "--fail-on", "slower:500%", *QUICK,
        *variants, *files,
    )  # fmt: skip
    assert status in (0, 4)
    assert len(judged) == 1
