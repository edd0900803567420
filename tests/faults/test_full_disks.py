"""A journal that has no room: it is told, by the status too, and kept elsewhere where it can be."""

import asyncbench
from asyncbench import api
from asyncbench.record import journal, keeping
from tests.faults import commands


def test_a_journal_without_room_is_told_at_the_end_and_by_the_status(tmp_path):
    ran = commands.shell(
        'ulimit -f 3; "$@"', commands.folder(tmp_path), *commands.RUN, "--name", "mine"
    )
    assert ran.returncode == 2, ran
    assert "threads" in ran.stdout
    assert "File too large" in ran.stderr.splitlines()[-1]
    assert "no other place had room" in ran.stderr.splitlines()[-1]
    assert commands.shell('"$@"', tmp_path, "show", "mine").returncode == 0  # as far as it goes


def test_a_journal_that_is_cut_is_written_whole_elsewhere(tmp_path, monkeypatch):
    full, there = tmp_path / "full", tmp_path / "there"
    there.mkdir()
    monkeypatch.chdir(commands.folder(tmp_path))
    monkeypatch.setattr(keeping.tempfile, "gettempdir", lambda: str(there))
    write, count = journal.JournalWriter._write, 0

    def limited(self, line):
        nonlocal count
        count += 1
        if count > 5 and self.path.parent == full:
            raise journal.JournalError(f"cannot write {self.path}: no room")
        write(self, line)

    monkeypatch.setattr(journal.JournalWriter, "_write", limited)
    run = asyncbench.run("work.py", executors=["threads", "asyncio"], budget=0.5, save=full).run
    assert run.path.parent == there
    assert str(run.path) in run.unsaved
    assert run.unsaved in run.warnings
    kept = api.load(run.path).run
    assert list(kept.samples) == list(run.samples)
    assert (kept.lives, kept.visits, kept.end) == (run.lives, run.visits, run.end)
    assert len(list(full.iterdir())) == 1  # what could be written stays
