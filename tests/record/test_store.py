"""Saved runs: found by file, name and age, from the journals alone."""

import dataclasses
import os
import re

import pytest

from asyncbench.errors import JournalError, UsageError
from asyncbench.record import journal, store
from asyncbench.record.lines import End
from asyncbench.record.run import Run
from asyncbench.report.terminal import runs
from tests.support.fakes import ENVIRONMENT, plan


def kept(path, started="2026-11-24", name="", end="complete"):
    writer = journal.JournalWriter(path)
    writer.begin(Run(plan("sequential", "asyncio"), dict(ENVIRONMENT), started, name))
    if end:
        writer.add(End(end, 5))
    writer.close()
    return path


@pytest.fixture
def folder(tmp_path):
    """A folder with three runs, two of them of one name."""
    (tmp_path / "results").mkdir()
    kept(tmp_path / "results" / "a.jsonl", "2026-01-01", "main")
    kept(tmp_path / "results" / "b.jsonl", "2026-03-01")
    kept(tmp_path / "results" / "c.jsonl", "2026-02-01", "main")
    return tmp_path / "results"


@pytest.mark.parametrize(
    ("reference", "stem"),
    [(None, "b"), ("@", "b"), ("@-0", "b"), ("@-1", "c"), ("@-2", "a"), ("main", "c"), ("a", "a")],
)
def test_a_reference_means_one_journal(folder, reference, stem):
    assert store.find(reference, folder).stem == stem


def test_a_file_wins_over_a_name(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    (folder.parent / "main").write_text("")
    assert str(store.find("main", folder)) == "main"


def test_a_files_name_is_found_in_the_folder_too(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    (folder / "broken.jsonl").write_text("")
    for name in ("c.jsonl", "broken.jsonl"):
        assert store.find(name, folder) == folder / name


def test_a_folder_does_not_win_over_a_name(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    (folder.parent / "main").mkdir()
    assert store.find("main", folder).stem == "c"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("mian", "no file and no run 'mian' in .*did you mean 'main'"),
        ("@-3", "there is @ to @-2"),
        ("@1", "'@1' is not a run: @ is the newest"),
        ("@-" + "9" * 5000, "is not a run"),
        ("@main", "is not a run"),
        ("mian.jsonl", "no file and no run 'mian.jsonl' in .*did you mean 'main'"),
        ("x" * 5000, "no file and no run"),
        ("a\0", "no file and no run"),
        (".", "'.' is not a saved run; `asyncbench runs FOLDER` lists"),
        ("", "'' is not a saved run"),
    ],
)
def test_a_reference_to_nothing_is_told(folder, reference, message):
    with pytest.raises(UsageError, match=message):
        store.find(reference, folder)


@pytest.mark.parametrize("reference", ["missing/x", "/missing", "x" * 5000 + "/x", "a\0/b"])
def test_what_looks_like_a_path_is_left_to_the_reader(folder, reference):
    with pytest.raises(JournalError, match="cannot read"):
        journal.read(store.find(reference, folder))


def test_an_empty_or_missing_folder_is_told(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(UsageError, match="no journal in"):
            store.find(None, folder)


def test_a_folder_that_is_none_is_told(folder):
    with pytest.raises(JournalError, match=r"cannot read the folder .*: Not a directory"):
        store.find("@", folder / "a.jsonl")


def test_files_can_be_deleted_renamed_and_copied(folder):
    (folder / "b.jsonl").unlink()
    (folder / "c.jsonl").rename(folder / "golden.jsonl")
    (folder / "copy.jsonl").write_bytes((folder / "a.jsonl").read_bytes())
    assert store.find("@", folder).stem == "golden"
    assert store.find("golden", folder) == store.find("main", folder)
    assert len(store.heads(folder).runs) == 3


def test_of_two_runs_in_one_second_the_later_file_is_the_newer(tmp_path):
    later, earlier = kept(tmp_path / "x-2.jsonl"), kept(tmp_path / "x.jsonl")
    os.utime(earlier, (5, 5))
    os.utime(later, (6, 6))
    assert [run.path for run in store.heads(tmp_path).runs] == [later, earlier]


def test_of_times_in_different_zones_the_later_is_the_newer(tmp_path):
    later = kept(tmp_path / "a.jsonl", "2026-01-01T23:00:00-02:00")
    earlier = kept(tmp_path / "b.jsonl", "2026-01-02T00:30:00+00:00")
    assert [run.path for run in store.heads(tmp_path).runs] == [later, earlier]


@pytest.mark.parametrize("end", ["complete", "interrupted"])
def test_a_head_tells_how_the_run_ended(tmp_path, end):
    assert journal.read_head(kept(tmp_path / "x.jsonl", end=end)).status == end


def test_a_run_without_its_end_line_is_unfinished(tmp_path):
    assert journal.read_head(kept(tmp_path / "x.jsonl", end=None)).status == "unfinished"


def test_a_head_never_contradicts_the_whole_wherever_the_file_is_cut(tmp_path):
    whole = kept(tmp_path / "x.jsonl").read_bytes()
    begun = whole.index(b"\n") + 1
    for cut in range(begun, len(whole) + 1):
        (tmp_path / "x.jsonl").write_bytes(whole[:cut])
        head, run = journal.read_head(tmp_path / "x.jsonl"), journal.read(tmp_path / "x.jsonl")
        assert head == dataclasses.replace(run, warnings=[])


def test_a_long_journal_is_not_read_whole(tmp_path):
    path = kept(tmp_path / "x.jsonl", end=None)
    with path.open("ab") as file:
        # What no reader of the whole would take, and more than memory holds.
        file.truncate(2**33)
        file.seek(0, os.SEEK_END)
        file.write(b'\n{"is": "end", "status": "complete", "wall_ns": 5}\n')
    assert journal.read_head(path).status == "complete"


def test_what_is_no_journal_is_refused_and_the_rest_read(folder):
    (folder / "notes.jsonl").write_text("[1]\n")
    (folder / "latin.jsonl").write_bytes(b"\xff\xfe\n")
    (folder / "dir.jsonl").mkdir()
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "dangling.jsonl").symlink_to("nowhere")
    newer = (folder / "a.jsonl").read_text().replace('"schema": 1', '"schema": 99')
    (folder / "newer.jsonl").write_text(newer)
    found = store.heads(folder)
    assert len(found.runs) == 3
    assert len(found.refused) == 6
    assert all(
        re.search(r"not an asyncbench journal|cannot read|schema 99", each)
        for each in found.refused
    )


@pytest.mark.parametrize("name", ["main", "pr-12", "v1.2", "über-uns", "a@b"])
def test_a_name_can_be_much(tmp_path, name):
    store.check_name(name)
    path = journal.new_path(tmp_path, "2026-11-24T02:00:00+00:00", name)
    kept(path, name=name)
    assert path.name == f"20261124T020000-{name}.jsonl"
    assert store.find(name, tmp_path) == path


@pytest.mark.parametrize(
    "name",
    ["", " ", "a b", "a\n", "a/b", "a\\b", "..", ".hidden", "@", "@-1", "-v", "a\x1b[1m",
     "a\u202eb", "a:b", "*", "a;b", "$(id)", "a'b", "a=b", "feature/x",
     "\udcff", "x" * 101, "ü" * 51],
)  # fmt: skip
def test_a_name_that_no_file_should_have_is_refused(name):
    with pytest.raises(UsageError, match="the run's name"):
        store.check_name(name)


@pytest.mark.parametrize("width", [40, 60, 80, 140])
def test_runs_are_listed_in_the_width(folder, width):
    kept(folder / "long.jsonl", "2026-11-24T02:00:00+02:00", "x" * 90, end=None)
    lines = runs.text(store.heads(folder).runs, width).splitlines()
    assert max(map(len, lines)) <= width
    assert [line.split()[0] for line in lines[2:6]] == ["@", "@-1", "@-2", "@-3"]
    assert lines[2].endswith("unfinished")
    assert ("2026-11-24 00:00:00" in lines[2]) == (width >= 80)


def test_what_a_header_says_of_the_machine_is_data(tmp_path):
    head = journal.read_head(kept(tmp_path / "x.jsonl", "2026-11-22T12:00:00+00:00", "\x1b]0;x"))
    head.environment |= {"cpu_model": "Intel(R) Xeon(R) CPU @ 2.80GHz\x1b", "python": ["\x1b"]}
    assert "\x1b" not in runs.text([head], 200)
    assert runs.data([head])[0]["cpu_model"].endswith("\x1b")


def test_a_processor_is_named_without_what_its_maker_adds(folder):
    [head, *_] = store.heads(folder).runs
    head.environment["cpu_model"] = "Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz"
    assert "2 x Intel Xeon Platinum 8370C  " in runs.text([head], 200)
