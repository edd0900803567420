"""What surrounds a command changes under it: folders go, signals are ignored, names are odd."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

import asyncbench
from asyncbench.core import loading
from asyncbench.errors import Stopped
from asyncbench.record import ring
from tests.faults import commands
from tests.faults.census import Command

SLEEPS = "import time\n\nprint('runs', flush=True)\ntime.sleep(100)\n"


def test_a_folder_that_is_gone_is_told_in_one_line(tmp_path):
    ran = commands.shell('mkdir gone; cd gone; rmdir ../gone; "$@"', tmp_path, "list")
    assert (ran.returncode, len(ran.stderr.splitlines())) == (2, 1)
    assert "the folder you are in cannot be used" in ran.stderr


def test_a_journal_that_is_removed_under_way_is_written_anew_and_told(tmp_path, monkeypatch):
    monkeypatch.chdir(commands.folder(tmp_path))

    def remove(moment):
        if moment.round == 1:
            shutil.rmtree("results", ignore_errors=True)

    run = asyncbench.run(
        "work.py", executors=["threads"], budget=0.5, save="results", progress=remove
    ).run
    assert "was removed while it was written; all of the run is in" in run.unsaved
    assert len(asyncbench.load(run.path).run.samples) == len(run.samples)


def test_a_run_that_cannot_begin_its_journal_leaves_none(tmp_path):
    ran = commands.shell('ulimit -f 1; "$@"', commands.folder(tmp_path), *commands.RUN)
    assert ran.returncode == 2
    assert "File too large" in ran.stderr
    assert list((tmp_path / "results").iterdir()) == []


@pytest.mark.parametrize("columns", ["1000000000000", "²", "-5", "0"])
def test_a_width_that_is_none_is_no_width(columns, monkeypatch):
    from asyncbench.cli import terminal

    monkeypatch.setenv("COLUMNS", columns)
    assert 40 <= terminal.width() <= terminal.UNBOUNDED


def test_children_are_heard_of_though_whoever_started_us_ignores_that(tmp_path):
    (tmp_path / "ends.py").write_text("raise SystemExit(7)\n")
    ran = commands.shell('trap "" CHLD; "$@"', tmp_path, "trace", "--", "ends.py")
    assert ran.returncode == 7


def test_a_signal_during_an_import_of_ours_is_no_fault_of_the_module(monkeypatch):
    def interrupted(name):
        raise Stopped

    monkeypatch.setattr(loading.importlib, "import_module", interrupted)
    with pytest.raises(Stopped):
        loading.module("asyncbench.workloads.waiting")


@pytest.mark.skipif(sys.platform != "linux", reason="a system that tells of a parent's death")
def test_a_traced_program_goes_with_a_trace_that_is_killed(tmp_path):
    (tmp_path / "sleeps.py").write_text(SLEEPS)
    traced = Command(tmp_path, "trace", "--", "sleeps.py")
    assert traced.wait_for("program")
    traced.send(traced.process.pid, signal.SIGKILL)
    assert traced.ended(5) == -signal.SIGKILL
    assert traced.left() == []
    traced.texts()


@pytest.mark.parametrize("last", [[], ["--last", "5"]])
def test_a_trace_without_room_for_events_does_not_start_the_program(last, tmp_path):
    (tmp_path / "says.py").write_text("print('it ran')\n")
    ran = commands.shell('ulimit -f 8; "$@"', tmp_path, "trace", *last, "--", "says.py")
    assert ran.returncode == 2
    assert "it ran" not in ran.stdout
    assert "the program was not started" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_ring_is_smaller_on_a_disk_that_is_nearly_full(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    room = ring.REGION_BYTES * 4 * 12
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=room))
    log = ring.RingLog(str(tmp_path))
    log.batch(1)
    note = log.steps_of(1)
    for moment in range(3 * ring.REGION_BYTES // ring.RECORD.size):
        note(moment, moment, moment + 1, 0)
        log.settle()
    log.close()
    ring.straighten(tmp_path, os.getpid(), 10**12)
    assert (tmp_path / f"{os.getpid()}.events").stat().st_size > 2 * ring.REGION_BYTES


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_pools_find_the_standard_library_and_not_files_named_like_it(method, tmp_path):
    folder = commands.folder(tmp_path, "import neighbour\n" + commands.WORK)
    (folder / "neighbour.py").write_text("")
    for name in ("json", "queue", "concurrent"):
        (folder / f"{name}.py").write_text("raise RuntimeError('the wrong one')\n")
    pool = f"processes:start_method={method}"
    ran = commands.shell('"$@"', folder, "run", "work:Small", "-e", pool, "--budget", "0.3", "-q")
    assert ran.returncode == 0, ran.stderr
    assert "the wrong one" not in ran.stderr


def test_what_a_task_raises_and_cannot_be_sent_is_told_without_our_frames(tmp_path):
    raises = "        class Mine(Exception): pass\n        raise Mine\n"
    text = commands.WORK.replace("        time.sleep(0.001)\n", raises)
    ran = commands.shell('"$@"', commands.folder(tmp_path, text),
                         "run", "work.py", "-e", "processes", "--budget", "0.3", "-q")  # fmt: skip
    assert ran.returncode == 4
    assert "raises cannot be sent back" in ran.stderr
    assert "asyncbench/executors" not in ran.stderr


def test_advice_on_what_hangs_does_not_wait_at_every_point(tmp_path):
    (tmp_path / "hangs.py").write_text("import time\n\n\ndef f():\n    time.sleep(1000)\n")
    ran = commands.shell('"$@"', tmp_path, "advise", "hangs.py:f", "-e", "threads,sequential",
                         "--budget", "1", "--timeout", "0.5", "-q")  # fmt: skip
    assert ran.returncode == 4
    assert "of f timed out after 0.5 s" in ran.stderr


def test_a_copy_for_other_interpreters_without_room_is_one_line(tmp_path):
    python = f"={sys.executable}"
    ran = commands.shell('ulimit -f 4; "$@"', commands.folder(tmp_path), *commands.RUN,
                         "--python", f"a{python}", "--python", f"b{python}")  # fmt: skip
    assert ran.returncode == 2
    assert ran.stderr.startswith("asyncbench: no copy of asyncbench for other interpreters")
    assert len(ran.stderr) < 400


def test_completion_that_is_asked_nonsense_has_a_status_of_its_own(tmp_path):
    asked = {"_ASYNCBENCH_COMPLETE": "bash_complete", "COMP_WORDS": "asyncbench", "COMP_CWORD": "x"}
    ran = commands.shell('"$@"', tmp_path, TMPDIR=str(tmp_path), **asked)
    assert (ran.returncode, ran.stderr) == (2, "")
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_a_session_is_replaced_whole_or_not_at_all(tmp_path):
    from asyncbench.record import files

    place = tmp_path / "kept.json"
    place.write_text("the old one")

    def half():
        yield b"the n"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        files.replace(place, half())
    assert place.read_text() == "the old one"
    assert [each.name for each in tmp_path.iterdir()] == ["kept.json"]


def test_a_watch_that_is_killed_ends_in_the_process_that_it_watched(tmp_path):
    from asyncbench.worker.instrument import attached

    script = (
        "import shutil, sys, threading, time\n"
        "from asyncbench.worker.instrument import attached\n"
        "folder = sys.argv[1]\n"
        "watch = threading.Thread(target=attached.watch, args=(folder, 10**7, 60))\n"
        "watch.start()\n"
        "time.sleep(0.3)\n"
        "shutil.rmtree(folder)\n"
        "watch.join(20)\n"
        "sys.exit(watch.is_alive())\n"
    )
    assert attached.ASK_S < 1
    place = tmp_path / "watched"
    place.mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", script, str(place)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
