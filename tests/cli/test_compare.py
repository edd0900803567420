"""`asyncbench compare` as a user types it, on journals whose every number is known."""

import csv
import io
import json

import pytest

from asyncbench.record.journal import JournalWriter
from tests.analysis.test_comparison import made
from tests.support.typed import typed


def save(path, run):
    writer = JournalWriter(path)
    writer.begin(run)
    for line in [*run.samples, *run.lives, *run.visits, *([run.end] if run.end else [])]:
        writer.add(line)
    writer.close()


@pytest.fixture
def folder(tmp_path):
    slower, elsewhere, torn = made({"asyncio": 0.2}), made(), made()
    elsewhere.environment["cpu_model"] = "Z80\x1b[31m"
    torn.end = None
    runs = {"a": made(), "slower": slower, "elsewhere": elsewhere, "torn": torn}
    for name, run in runs.items():
        save(tmp_path / f"{name}.jsonl", run)
    return tmp_path


def test_each_later_run_is_shown_beside_the_first(folder):
    ran = typed("compare", "a.jsonl", "slower.jsonl", "torn.jsonl", cwd=folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.count("first: a.jsonl") == 2
    assert "2.00x slower (2.00-2.00)  loses" in ran.stdout
    assert "Note: the other run is unfinished." in ran.stdout


def test_runs_are_found_by_age_in_a_folder(folder):
    old, new = made(started="2026-11-01T00:00:00+00:00"), made(started="2026-12-01T00:00:00+00:00")
    (folder / "kept").mkdir()
    for name, run in (("old", old), ("new", new)):
        save(folder / "kept" / f"{name}.jsonl", run)
    ran = typed("compare", "@-1", "@", "--folder", "kept", cwd=folder)
    assert ran.stdout.startswith("Of 5 cells that both have, in the other run: ")
    heads = "first: kept/old.jsonl, started 2026-11-01T00:00:00+00:00\nother: kept/new"
    assert heads in ran.stdout


def test_a_gate_that_trips_names_the_cell(folder):
    ran = typed("compare", "a.jsonl", "slower.jsonl", "--fail-on", "slower:5%", cwd=folder)
    assert ran.returncode == 1
    assert "slower than 5 % allow: wait under asyncio" in ran.stderr


@pytest.mark.parametrize(
    ("other", "more", "status", "told"),
    [
        ("a.jsonl", [], 0, "gate: passed"),
        ("torn.jsonl", [], 4, "incomplete: the other run is unfinished"),
        ("elsewhere.jsonl", [], 2, "differ in CPU model not stated / Z80\\x1b[31m; --across"),
        ("elsewhere.jsonl", ["--across-machines"], 0, "gate: passed"),
    ],
)
def test_a_gate_passes_on_what_can_be_held_against_each_other(folder, other, more, status, told):
    ran = typed("compare", "a.jsonl", other, "--fail-on", "slower:5%", *more, cwd=folder)
    assert ran.returncode == status
    assert told in ran.stderr
    assert "Traceback" not in ran.stderr


def test_data_go_to_files_and_to_stdout(folder):
    ran = typed("compare", "a.jsonl", "slower.jsonl", "--csv", "-", "--json", "o.json", cwd=folder)
    rows = list(csv.DictReader(io.StringIO(ran.stdout, newline="")))
    assert [row["verdict"] for row in rows if row["executor"] == "asyncio"] == ["loses"]
    [data] = json.loads((folder / "o.json").read_text())
    assert len(data["cells"]) == len(rows) == 5


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["a.jsonl"], "no journal in results/"),
        (["a.jsonl", "none.jsonl"], "no file and no run 'none.jsonl'"),
        (["a.jsonl", "slower.jsonl", "--fail-on", "5%"], "takes a bound such as slower:5%"),
        (["a.jsonl", "slower.jsonl", "--csv", "-", "--json", "-"], "only one of --csv and --json"),
        (
            ["a.jsonl", "slower.jsonl", "--csv", "x", "--json", "x"],
            "--csv and --json name the same",
        ),
        (["a.jsonl", "slower.jsonl", "--json", "no/o.json"], "cannot write no/o.json"),
        (["a.jsonl", "slower.jsonl", "--margin", "-1"], "-1 is not at least 0"),
    ],
)
def test_wrong_usage_is_one_line(folder, arguments, told):
    ran = typed("compare", *arguments, cwd=folder)
    assert ran.returncode == 2
    assert told in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert ran.stdout == ""


def test_the_margin_is_the_first_runs_unless_given(folder):
    ran = typed("compare", "a.jsonl", "slower.jsonl", "--margin", "300", "--csv", "-", cwd=folder)
    rows = list(csv.DictReader(io.StringIO(ran.stdout, newline="")))
    assert [row["verdict"] for row in rows if row["executor"] == "asyncio"] == ["ties"]
