"""`asyncbench sweep` as a user types it: what it shows, saves and exports, and what it refuses."""

import json
import signal
import subprocess
import sys
import time

import pytest

from asyncbench import load
from tests.cli.test_cli import cells
from tests.support.typed import typed

SMALL = ["-e", "sequential,threads", "-q", "--budget", "1"]


def test_a_sweep_is_a_run_that_show_and_exports_know(tmp_path):
    ran = typed(
        "sweep", "sleep", "--vary", "concurrency=1,2,8,16", "-p", "seconds=0.001", *SMALL,
        "--csv", "out.csv", "--json", "out.json", "--markdown", "out.md", "-v", cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "S sequential  T threads" in ran.stdout
    assert "Time a batch at each point" in ran.stdout
    rows = cells((tmp_path / "out.csv").read_text())
    assert [row["concurrency"] for row in rows] == ["1", "1", "2", "2", "8", "8", "16", "16"]
    written = json.loads((tmp_path / "out.json").read_text())
    assert written["works"][2]["tasks"] == 8
    [lane] = written["sweep"]["lanes"]
    assert lane["executor"] == "threads"
    assert min(lane["memory_bytes"], lane["startup_s"]) >= 0  # on a busy machine the slope is lost
    assert "One more task at once takes, in memory and in time to start: threads " in ran.stdout
    assert "sleep (concurrency 8)" in (tmp_path / "out.md").read_text()
    shown = typed("show", "-v", cwd=tmp_path).stdout
    assert shown.split("Saved")[0] == ran.stdout.split("Saved")[0]


def test_a_parameter_of_an_executor_is_varied_and_told(tmp_path):
    ran = typed(
        "sweep", "sleep", "--vary", "threads:workers=1,4", "-n", "8", "-p", "seconds=0.002", *SMALL,
        "--csv", "out.csv", "-v", cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "by threads:workers" in ran.stdout
    rows = cells((tmp_path / "out.csv").read_text())
    assert [(row["params"].split("; ")[-1], row["lanes"]) for row in rows] == [
        ("threads:workers=1", "1"), ("threads:workers=1", "1"),
        ("threads:workers=4", "1"), ("threads:workers=4", "4"),
    ]  # fmt: skip


def test_ctrl_c_keeps_and_shows_what_there_is(tmp_path):
    process = subprocess.Popen(
        [
            sys.executable, "-m", "asyncbench", "sweep", "sleep", "--vary", "concurrency=1,8",
            "-e", "sequential,threads", "--margin", "0", "--budget", "60", "-q",
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        journals = [*tmp_path.glob("results/*.jsonl")]
        if journals and journals[0].read_text().count('"is": "visit"') >= 2:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "S sequential  T threads" in out
    assert "run is interrupted: this is what it measured" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sweep", "sleep"], "say what varies"),
        (["sweep", "sleep", "-p", "seconds=0.1,1"], "say what varies: --vary seconds=0.1,1"),
        (["sweep", "--vary", "tasks=1,2"], "name one workload"),
        (["sweep", "slep", "--vary", "tasks=1,2"], "did you mean 'sleep'?"),
        (["sweep", "sleep", "--vary", "concurency=1,2"], "did you mean 'concurrency'?"),
        (["sweep", "sleep", "--vary", "secnds=1,2"], "did you mean 'seconds'?"),
        (["sweep", "mixed", "--vary", "cpu_share=0..2/3"], "cpu_share is from 0 to 1, not 2"),
    ],
)
def test_what_is_wrong_is_one_line_and_status_2(tmp_path, arguments, told):
    ran = typed(*arguments, cwd=tmp_path)
    assert ran.returncode == 2
    assert told in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert not [*tmp_path.iterdir()]


def test_a_map_draws_a_letter_a_point(tmp_path):
    ran = typed(
        "map", "sleep", "--x", "concurrency=1,8", "--y", "seconds=0.001,0.003", "--sides",
        "-e", "threads,asyncio", "-q", "--budget", "1", "--csv", "out.csv", cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "C cooperative multitasking" in ran.stdout
    assert "Across: concurrency. Up: seconds." in ran.stdout
    assert len(cells((tmp_path / "out.csv").read_text())) == 8


def test_the_axes_of_a_map_differ(tmp_path):
    ran = typed("map", "sleep", "--x", "tasks=1,2", "--y", "tasks=1,2", cwd=tmp_path)
    assert ran.returncode == 2
    assert "tasks is varied twice" in ran.stderr


def test_a_saved_sweep_goes_on_and_says_what_it_cannot_take_up(tmp_path):
    first = typed(
        "sweep", "sleep", "--vary", "concurrency=1,4", "-p", "seconds=0.001", "--margin", "0",
        *SMALL, "--name", "mine", cwd=tmp_path,
    )  # fmt: skip
    assert first.returncode == 0, first.stderr
    ran = typed("sweep", "--resume", "mine", "--budget", "1", "-q", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "S sequential  T threads" in ran.stdout
    saved = sorted((tmp_path / "results").iterdir(), key=lambda path: path.stat().st_mtime)
    older, newer = map(load, saved)
    assert newer.run.visits[: len(older.run.visits)] == older.run.visits
    assert len(newer.run.visits) > len(older.run.visits)
    for arguments, told in (
        (["sweep", "sleep", "--resume", "mine"], "leave the workload out"),
        (["sweep", "--resume", "mine", "-n", "8"], "leave -n out"),
        (["sweep", "--resume", "mine", "--clean-env"], "leave --clean-env out"),
        (["sweep", "--resume", "mine", "--args-from", "a:b"], "leave --args-from out"),
        (["map", "--resume", "mine"], "is a sweep; asyncbench sweep --resume mine goes on"),
        (["sweep", "sleep"], "say what varies"),
        (["map", "sleep", "--x", "tasks=1,2"], "give --y NAME=VALUES"),
    ):
        refused = typed(*arguments, cwd=tmp_path)
        assert refused.returncode == 2
        assert told in refused.stderr
        assert refused.stderr.count("\n") == 1
