"""What runs short: disks, folders, descriptors, memory, CPUs, places, signals, the clock."""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.faults import commands

QUICK = ["run", "work.py", "-e", "sequential,processes", "--budget", "1", "-q"]
# What the shell takes away, and the exit statuses that are then true.
WAYS = {
    "no HOME": ('unset HOME; "$@"', {0}),
    "no TMPDIR": ('unset TMPDIR; "$@"', {0}),
    "a TMPDIR that is not there": ('TMPDIR=/nowhere "$@"', {0}),
    "one CPU": ('taskset -c 0 "$@"', {0}),
    "little memory": ('ulimit -v 100000; "$@"', {0, 2, 3, 4, 70}),
    "30 descriptors": ('ulimit -n 30; "$@"', {0, 2, 3, 4}),
    "12 descriptors": ('ulimit -n 12; "$@"', {0, 2, 3, 4, 70}),
    "ignored signals": ("trap '' INT TERM HUP QUIT PIPE USR1; \"$@\"", {0}),
    "files of 1 KB": ('ulimit -f 1; "$@"', {2}),
    "no core": ('ulimit -c 0; "$@"', {0}),
    "a stack of 256 KB": ('ulimit -s 256; "$@"', {0, 3}),
    "a nice of 19": ('nice -n 19 "$@"', {0}),
    "an empty environment": ('env -i PATH="$PATH" "$@"', {0}),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_works_or_says_what_is_missing(way, tmp_path):
    script, statuses = WAYS[way]
    ran = commands.shell(script, commands.folder(tmp_path), *QUICK)
    assert ran.returncode in statuses, ran
    if ran.returncode:
        assert ran.stderr.strip() or "broke off" in ran.stdout


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="root alone may mount")
@pytest.mark.parametrize("what", ["/dev/shm", "temporary files", "results"])
def test_a_full_disk_leaves_the_largest_true_result(what, tmp_path):
    place = {"/dev/shm": "/dev/shm", "temporary files": str(tmp_path / "tmp"),
             "results": str(tmp_path / "results")}[what]  # fmt: skip
    Path(place).mkdir(parents=True, exist_ok=True)
    script = (
        f'mount -t tmpfs -o size=4k tmpfs "{place}" && head -c 4096 /dev/zero >"{place}/full"; '
        'shift; exec "$@"'
    )
    if shutil.which("unshare") is None or subprocess.run(
        ["unshare", "-m", "true"], check=False, capture_output=True
    ).returncode:  # fmt: skip
        pytest.skip("no mounts of one's own here")
    ran = commands.shell(
        f"exec unshare -m bash -c '{script}' bash \"$0\" \"$@\"", commands.folder(tmp_path),
        *QUICK, TMPDIR=str(tmp_path / "tmp") if what == "temporary files" else "/tmp",
    )  # fmt: skip
    # A pool cannot be without semaphores: its cell fails, and the other is shown.
    assert ran.returncode == {"/dev/shm": 3, "temporary files": 0, "results": 2}[what], ran


def test_a_folder_that_cannot_be_written_is_told_before(tmp_path):
    commands.folder(tmp_path)
    (tmp_path / "results").write_text("a file")
    ran = commands.shell('"$@"', tmp_path, *QUICK)
    assert ran.returncode == 2
    assert "cannot make the folder results" in ran.stderr


def test_a_clock_that_steps_back_makes_no_negative_share():
    from asyncbench.runner import noise

    before, after = noise.Reading(5.0, 3.0, 2.0), noise.Reading(4.0, 1.0, 1.0)
    assert noise.shares(before, after, 0.0, 0.0, 2) == {
        "steal": 0.0, "foreign": 0.0, "pressure": 0.0
    }  # fmt: skip


def test_a_thousand_journals_in_a_folder(tmp_path):
    from asyncbench.record import store
    from tests.record.test_journal import written
    from tests.support.fakes import measured, plan, steady

    run = measured(plan("sequential", "asyncio"), steady(sequential=0.3, asyncio=0.2))
    first = written(run, tmp_path / "first.jsonl")
    text = first.read_text()
    for number in range(999):
        (tmp_path / f"{number}.jsonl").write_text(text)
    assert len(store.heads(tmp_path).runs) == 1000
    assert store.find("500", tmp_path).name == "500.jsonl"


def test_sockets_of_ours_are_for_their_user_alone(tmp_path):
    from asyncbench.targets.folder import Folder

    with Folder(tmp_path) as place:
        assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_result_follows_no_link_that_was_planted(tmp_path):
    target = tmp_path / "precious"
    target.write_text("precious")
    folder = commands.folder(tmp_path / "here")
    ran = commands.shell('"$@"', folder, *QUICK, "--name", "mine")
    assert ran.returncode == 0
    [path] = (folder / "results").iterdir()
    assert json.loads(path.read_text().splitlines()[0])["name"] == "mine"
    from asyncbench.errors import JournalError
    from asyncbench.record.journal import JournalWriter

    link = folder / "results" / "planted.jsonl"
    link.symlink_to(target)
    with pytest.raises(JournalError):
        JournalWriter(link)
    assert target.read_text() == "precious"
