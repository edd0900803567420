"""Journals that were damaged: what changes an answer is refused, whatever it was."""

import json

import pytest
from hypothesis import given

from asyncbench.errors import JournalError, UsageError
from asyncbench.record import journal, keeping
from asyncbench.record.lines import Sample
from asyncbench.record.run import Run
from tests.faults import commands, mutations
from tests.support.fakes import ENVIRONMENT, FakeLauncher, measured, plan


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Give a real run and its journal's bytes."""
    launcher = FakeLauncher({"sequential": lambda *_: 0.3, "asyncio": lambda *_: 0.2})
    run = measured(plan("sequential", "asyncio"), launcher)
    path = keeping.write(run, tmp_path_factory.mktemp("whole"))
    run.path = None
    return run, path.read_bytes()


def read(text, path):
    path.write_bytes(text)
    found = journal.read(path)
    found.path = None
    return found


@pytest.mark.parametrize("what", ["sample", "life", "visit", "control", "end"])
def test_a_line_that_is_there_twice_is_refused(what, whole, tmp_path):
    lines = whole[1].splitlines(keepends=True)
    unsealed = [*lines[:-1], b'{"is": "end", "status": "complete", "wall_ns": 1}\n']
    for all_lines in (lines, unsealed):
        twice = next(line for line in all_lines if f'"is": "{what}"'.encode() in line
                     and b'"warmup": true' not in line)  # fmt: skip
        for at in {all_lines.index(twice) + 1, len(all_lines)}:
            with pytest.raises(JournalError):
                read(b"".join([*all_lines[:at], twice, b"", *all_lines[at:], b"\n"]),
                     tmp_path / "twice.jsonl")  # fmt: skip


def test_what_comes_after_the_end_is_refused(whole, tmp_path):
    sample = next(iter(whole[0].samples))
    line = {"is": "sample"} | {name: getattr(sample, name) for name in Sample.__struct_fields__}
    with pytest.raises(JournalError, match="after the end"):
        read(whole[1] + json.dumps(line | {"round": 50}).encode() + b"\n{}\n", tmp_path / "a.jsonl")


@pytest.mark.parametrize("changes", [b"\xef\xbb\xbf%s", "windows"], ids=["byte order", "line ends"])
def test_what_an_editor_does_to_a_file_is_no_damage(changes, whole, tmp_path):
    text = whole[1].replace(b"\n", b"\r\n") if changes == "windows" else changes % whole[1]
    assert read(text, tmp_path / "edited.jsonl") == whole[0]


def same_answer(found: Run, run: Run) -> bool:
    """Return whether all that an answer is made of is as it was measured."""
    parts = ("plan", "samples", "lives", "visits", "failures", "controls", "observations", "end")
    return all(getattr(found, name) == getattr(run, name) for name in parts)


@mutations.tried()
@given(damage=mutations.TO_TEXT)
def test_damage_is_refused_or_told_or_changes_nothing(whole, tmp_path_factory, damage):
    run, text = whole
    path = tmp_path_factory.getbasetemp() / "mutated.jsonl"
    try:
        found = read(mutations.mutated(text, damage), path)
    except JournalError:
        return
    # What is cut off is told, be it only the checksum; what was there is as it was.
    assert same_answer(found, run) or found.end is None or "no checksum" in found.warnings[0]
    if found.end is None:
        assert found.status == "unfinished"


@pytest.mark.parametrize("change", [("complete", "interrupted"), ('wall_ns": ', 'wall_ns": 1')])
def test_the_end_is_held_to_its_own_checksum(change, whole, tmp_path):
    *lines, end = whole[1].splitlines(keepends=True)
    changed = end.decode().replace(*change).encode()
    assert changed != end
    with pytest.raises(JournalError, match="was changed after it was written"):
        read(b"".join([*lines, changed]), tmp_path / "end.jsonl")


@pytest.mark.parametrize(
    "changes",
    [{"tasks": 10**30}, {"wait_s": 1e300}, {"wait_s": float("nan")},
     {"params": {"deep": eval("[" * 40 + "]" * 40)}}],
    ids=["tasks", "demand", "not a number", "deep"],
)  # fmt: skip
def test_what_could_not_be_read_back_is_not_begun(changes, tmp_path):
    import dataclasses

    planned = plan("sequential", "asyncio")
    planned = dataclasses.replace(planned, works=[dataclasses.replace(planned.works[0], **changes)])
    run = Run(planned, dict(ENVIRONMENT), "2026-11-22T12:00:00+00:00")
    with pytest.raises(UsageError, match="a run of this could not be saved"):
        journal.head(run)


def test_a_line_that_could_not_be_read_back_is_not_written(whole, tmp_path):
    writer = journal.JournalWriter(tmp_path / "one.jsonl")
    writer.begin(whole[0])
    before = writer.path.read_bytes()
    sample = next(iter(whole[0].samples))
    values = {name: getattr(sample, name) for name in Sample.__struct_fields__}
    with pytest.raises(JournalError, match="could not be read back"):
        writer.add(Sample(**values | {"user_ns": -5}))
    assert writer.path.read_bytes() == before
    writer.close()


def test_settings_nested_without_end_are_one_line(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.asyncbench]\nx = " + "[" * 100_000)
    ran = commands.shell('"$@"', tmp_path, "run", "sleep", "--budget", "1")
    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1
    assert "pyproject.toml" in ran.stderr
