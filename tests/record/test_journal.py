"""The journal: what is written is what is read, and what is no journal is told in one line."""

import json
from pathlib import Path

import pytest

from asyncbench.errors import JournalError
from asyncbench.record import journal, keeping
from asyncbench.record.lines import Control
from asyncbench.record.raw_lines import LONGEST
from asyncbench.record.run import Run
from tests.benchmarks import scaled
from tests.support.fakes import ENVIRONMENT, FakeLauncher, measured, plan, steady
from tests.support.journals import sealed
from tests.support.whole import measure


@pytest.fixture
def run():
    times = {
        "sequential": lambda *_: 0.3,
        "asyncio": lambda round_, n: [0.2, float("inf")][round_ > 3],
    }
    return measured(plan("sequential", "asyncio", timeout_s=1.0), FakeLauncher(times))


@pytest.fixture
def path(run, tmp_path):
    return written(run, tmp_path / "one.jsonl")


def written(run, path):
    writer = journal.JournalWriter(path)
    writer.begin(run)
    for cell in run.controls:
        writer.add(Control(cell))
    for lines in (run.lives, run.samples, run.visits, run.failures, run.targets, run.observations):
        for line in lines:
            writer.add(line)
    writer.add(run.end)
    writer.close()
    return path


def test_a_run_is_read_as_it_was_written(run, tmp_path):
    again = journal.read(written(run, tmp_path / "a.jsonl"))
    again.path = None
    assert again == run


def test_every_line_is_written_as_it_happens(tmp_path):
    from asyncbench.runner.stopping import rule_for

    planned = plan("sequential", "asyncio")
    writer = journal.JournalWriter(tmp_path / "live.jsonl")
    lengths = []

    def record(line):
        writer.add(line)
        lengths.append((tmp_path / "live.jsonl").read_text().count("\n"))

    launcher = steady(sequential=0.3, asyncio=0.2)
    run = Run(planned, dict(ENVIRONMENT), "2026-11-22T12:00:00+00:00")
    writer.begin(run)
    measure(run, launcher, rule_for(planned), record, clock=launcher.clock)
    writer.close()
    assert lengths == list(range(2, len(lengths) + 2))
    read = journal.read(tmp_path / "live.jsonl")
    assert read.samples == run.samples
    assert read.controls == run.controls
    assert read.status == "complete"


def test_a_torn_last_line_is_dropped_with_a_warning(path):
    whole = journal.read(path)
    path.write_text(path.read_text()[:-20])
    run = journal.read(path)
    assert run.status == "unfinished"
    assert "torn" in run.warnings[0]
    assert run.samples == whole.samples


def test_a_broken_line_elsewhere_is_told_with_its_number(path):
    lines = path.read_text().splitlines()
    lines[3] = lines[3][:-5]
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(JournalError, match=r"one.jsonl, line 4: broken line"):
        journal.read(path)


@pytest.fixture
def long(tmp_path):
    """Return the path of a journal of several megabytes, most of which is read many at a time."""
    path = tmp_path / "long.jsonl"
    scaled.write(9000, path)
    return path


def test_a_long_journal_reads_as_its_lines_do(long):
    run = journal.read(long)
    lines = [json.loads(line) for line in long.read_text().splitlines()[1:]]
    told = [line for line in lines if line["is"] == "sample"]
    assert [line["wall_ns"] for line in told] == [each.wall_ns for each in run.samples]
    assert len(run.visits) == sum(line["is"] == "visit" for line in lines)
    assert run.status == "complete"


@pytest.mark.parametrize(
    ("put", "said"),
    [
        (lambda line: [line[:-5]], "broken line"),
        (lambda line: [line + line], "broken line"),
        (lambda line: [line, ""], "broken line"),
        (lambda line: [line, line], "there already"),
        (lambda line: [line.replace('"batches": ', '"batches": -')], "broken line"),
        (lambda line: ['{"is": "end", "status": "complete", "wall_ns": 1}', line], "after the end"),
        (lambda line: ["x" * 2 * LONGEST], "longer than any"),
    ],
)
def test_a_broken_line_deep_in_a_long_journal_is_told_with_its_number(long, put, said):
    lines = long.read_text().splitlines()
    at = next(n for n in range(5000, len(lines)) if '"warmup": false' in lines[n])
    lines[at : at + 1] = made = put(lines[at])
    long.write_text("\n".join(lines) + "\n")
    with pytest.raises(JournalError, match=f"line {at + len(made)}: .*{said}"):
        journal.read(long)


def test_a_long_journal_that_was_changed_is_told(long):
    text = long.read_text()
    lines = sealed(text).splitlines()
    long.write_text("\n".join(lines) + "\n")
    journal.read(long)
    at = next(n for n in range(5000, len(lines)) if '"warmup": false' in lines[n])
    fields = json.loads(lines[at])
    lines[at] = json.dumps(fields | {"wall_ns": fields["wall_ns"] + 1})
    long.write_text("\n".join(lines) + "\n")
    with pytest.raises(JournalError, match="was changed after it was written"):
        journal.read(long)


def test_a_newer_schema_is_refused(path):
    header, _, rest = path.read_text().partition("\n")
    changed = json.dumps(json.loads(header) | {"schema": 99})
    path.write_text(changed + "\n" + rest)
    with pytest.raises(JournalError, match="schema 99"):
        journal.read(path)


@pytest.mark.parametrize("text", ["", "hello\n", "[]\n", '{"is": "other"}\n', "\x00\x01\n", "{}\n"])
def test_what_is_no_journal_is_refused(tmp_path, text):
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    with pytest.raises(JournalError, match="not an asyncbench journal"):
        journal.read(path)


@pytest.mark.parametrize("value", ["NaN", "-5", '"many"', "true", "0", "null"])
def test_a_time_that_is_none_is_refused(path, value):
    lines = path.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if '"is": "sample"' in line)
    wall = str(json.loads(lines[at])["wall_ns"])
    lines[at] = lines[at].replace(f'"wall_ns": {wall}', f'"wall_ns": {value}')
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(JournalError, match=f"line {at + 1}"):
        journal.read(path)


def test_files_that_cannot_be_read_are_named(tmp_path):
    for path in (tmp_path, tmp_path / "missing.jsonl"):
        with pytest.raises(JournalError, match="cannot read"):
            journal.read(path)
    (tmp_path / "latin.jsonl").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(JournalError, match="UTF-8"):
        journal.read(tmp_path / "latin.jsonl")


def test_two_runs_of_one_second_get_two_names(tmp_path):
    first = journal.new_path(tmp_path / "made", "2026-11-22T12:00:00+00:00")
    first.write_text("")
    second = journal.new_path(tmp_path / "made", "2026-11-22T12:00:00+00:00")
    assert first != second


def test_who_has_no_home_keeps_a_journal_that_was_removed_all_the_same(run, tmp_path, monkeypatch):
    keeper = keeping.Keeper(run, tmp_path)
    run.path.unlink()

    def none():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", none)
    keeper.close()
    assert "was removed while it was written; all of the run is in" in run.unsaved
    assert journal.read(run.path).end == run.end
