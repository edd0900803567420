"""An error of our own has a status of its own, and 1 means that a gate tripped."""

import re
import sys
import tempfile
from pathlib import Path

import pytest

from asyncbench.cli import failing, main
from tests.faults import commands

NAMES = ["tabulate", "click", "msgspec", "psutil", "rich", "wcwidth", "jinja2"]


@pytest.mark.parametrize("how", ["module", "script"])
def test_files_named_like_what_we_need_change_nothing(how, tmp_path):
    folder = commands.folder(tmp_path)
    for name in NAMES:
        (folder / f"{name}.py").write_text("raise SystemExit(1)\n")
    start = {"module": [sys.executable, "-m", "asyncbench"],
             "script": [str(Path(sys.executable).with_name("asyncbench"))]}[how]  # fmt: skip
    ran = commands.shell(f'unset PYTHONSAFEPATH; shift 3; exec {" ".join(start)} "$@"', folder,
                         *commands.RUN, "--table", "--html", "out.html")  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert (folder / "out.html").stat().st_size > 10_000


@pytest.mark.parametrize("name", ["tabulate", "rich"])
def test_a_workload_in_such_a_file_is_measured(name, tmp_path):
    folder = commands.folder(tmp_path)
    (folder / f"{name}.py").write_text(commands.WORK)
    ran = commands.shell('"$@"', folder, "run", f"{name}.py", "-e", "threads", "--budget", "0.5")
    assert ran.returncode == 0, ran.stderr
    assert "small" in ran.stdout


@pytest.mark.parametrize(
    "error", [TypeError("no"), RecursionError("deep"), MemoryError(), AssertionError(), KeyError(1)]
)
def test_an_error_of_our_own_ends_with_70_and_a_file(error, tmp_path, monkeypatch, capfd):
    from asyncbench import api

    def fails(*_):
        raise error

    monkeypatch.setattr(api, "measure", fails)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.chdir(commands.folder(tmp_path / "here"))
    with pytest.raises(SystemExit) as ended:
        main.main(commands.RUN)
    assert ended.value.code == 70
    [line] = capfd.readouterr().err.splitlines()
    [file] = tmp_path.glob("asyncbench-error-*.txt")
    assert str(file) in line
    assert "Please report it" in line
    assert re.search(r'File ".*api?.*|test_own_errors', file.read_text())
    assert type(error).__name__ in file.read_text()


def test_what_cannot_be_written_down_is_printed(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    assert "ZeroDivisionError" in failing.report(ZeroDivisionError("x"))


def test_a_broken_installation_is_no_tripped_gate(tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "click.py").write_text("raise ImportError('half of it is missing')\n")
    ran = commands.shell('"$@"', tmp_path, "run", "sleep", PYTHONPATH=str(broken))
    assert ran.returncode == 70
    assert ran.stderr.splitlines()[-1] == (
        "asyncbench: cannot start: ImportError: half of it is missing"
    )
