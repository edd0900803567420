"""Outputs that are closed, full or have no reader: a run goes on, and 0 means what it says."""

import json

import pytest

from tests.faults import commands

# What a shell can do to an output, and whether stdout still has a reader or a place.
WAYS = {
    "stderr full": '"$@" 2>/dev/full',
    "stderr closed": '"$@" 2>&-',
    "stderr without a reader": '"$@" 2> >(true)',
    "stderr read once": '"$@" 2> >(head -1 >/dev/null)',
    "stdout full": '"$@" >/dev/full',
    "stdout closed": '"$@" >&-',
    "stdout without a reader": '"$@" > >(true)',
    "stdout read once": '"$@" > >(head -1)',
    "both read once": '"$@" > >(head -1) 2>&1',
    "both full": '"$@" >/dev/full 2>&1',
    "both closed": '"$@" >&- 2>&-',
    "all closed": '"$@" <&- >&- 2>&-',
    "stderr a slow reader's": '"$@" 2> >(sleep 0.3; cat >/dev/null)',
    "stdout a slow reader's": '"$@" > >(sleep 0.3; cat >/dev/null)',
    "a terminal that hangs up": 'script -qec "$(printf "%q " "$@")" /dev/null > >(head -c 9)',
}
FULL = {"stdout full", "both full"}


@pytest.mark.parametrize("way", WAYS)
def test_a_run_goes_on_and_is_saved(way, tmp_path):
    ran = commands.shell(WAYS[way], commands.folder(tmp_path), *commands.RUN)
    if "terminal" not in way:  # which answers for itself
        assert ran.returncode == (2 if way in FULL else 0), ran
    [journal] = (tmp_path / "results").iterdir()
    assert json.loads(journal.read_text().splitlines()[-1])["status"] == "complete"


@pytest.mark.parametrize("way", [way for way in WAYS if "terminal" not in way])
def test_a_gate_that_could_not_compare_everything_does_not_pass(way, tmp_path):
    # So little time that one round is all, and a round tells nothing.
    ran = commands.shell(WAYS[way], commands.folder(tmp_path), *commands.GATE, "--budget", "0.3")
    assert ran.returncode == 4, ran
    [journal] = (tmp_path / "results").iterdir()
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert lines[-1]["status"] == "complete"
    assert {line["cell"] for line in lines if line["is"] == "sample"} > {0, 1}


def test_what_cannot_be_shown_does_not_keep_files_from_being_written(tmp_path):
    ran = commands.shell(
        '"$@" >/dev/full', commands.folder(tmp_path), *commands.RUN, "--csv", "out.csv"
    )
    assert ran.returncode == 2
    assert "cannot write to stdout: No space left on device" in ran.stderr
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 3


def test_a_pipe_that_breaks_where_nobody_looked_is_no_success(tmp_path, monkeypatch):
    from asyncbench import api
    from asyncbench.cli import main

    def broken(*_):
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(api, "measure", broken)
    monkeypatch.chdir(commands.folder(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main.main(commands.RUN)
    assert ended.value.code == 2
