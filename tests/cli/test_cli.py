"""The command as a user types it, in processes of its own, right and wrong."""

import contextlib
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psutil
import pytest

from asyncbench.cli.main import COMMANDS, cli
from tests.support.journals import sealed
from tests.support.typed import QUICK, command, typed

FAULTY = Path(__file__).parents[1] / "support" / "faults" / "faulty.py"
REFERENCE = Path(__file__).parents[2] / "results" / "reference-default.jsonl"


def cells(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def result(shown):
    """Return what a screen says of a run, without how to find it again."""
    return shown.partition("Saved")[0]


def by_executor(text):
    return {row["executor"]: row for row in cells(text)}


def test_a_run_prints_tables_and_keeps_a_journal_that_shows_the_same(tmp_path, told):
    ran = command("run", "sleep", "--budget", "1", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "sleep: waits" in ran.stdout
    assert ran.stderr == ""
    [journal] = (tmp_path / "results").iterdir()
    assert command("show", cwd=tmp_path).stdout == ran.stdout
    _, shown, _ = told("show", journal)
    assert result(shown).split() == result(ran.stdout).split()


def test_every_default_workload_runs_under_every_executor(tmp_path):
    ran = command("run", "--budget", "3", "-q", "--csv", "-", "--no-save", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    rows = cells(ran.stdout)
    assert len(rows) == 15
    assert {row["status"] for row in rows} == {"ok"}
    assert ran.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_options_reach_the_work(tmp_path):
    ran = typed(
        "run", "tcp-echo", "-e", "threads,processes", "-e", "asyncio", "-n", 6, "-c", 3,
        "-p", "payload=9", "-p", "delay=0", "--processes", 1, "--gc", "off", "--seed", 5,
        "--baseline", "asyncio", "--margin", "0", "--csv", "out.csv", "--samples-csv", "s.csv",
        "--save", "kept/here", *QUICK, cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    rows = by_executor((tmp_path / "out.csv").read_text())
    assert [row["lanes"] for row in rows.values()] == ["3", "1", "3"]
    assert rows["asyncio"]["verdict"] == "baseline"
    assert rows["asyncio"]["params"] == "payload=9; delay=0.0; round_trips=1; api=streams"
    [journal] = (tmp_path / "kept/here").iterdir()
    # Other commands do not look there by themselves.
    assert f"asyncbench export {journal.relative_to(tmp_path)} " in " ".join(ran.stdout.split())
    header = json.loads(journal.read_text().splitlines()[0])
    assert header["environment"]["gc"] == "off"
    assert header["plan"]["seed"] == 5
    assert (tmp_path / "s.csv").read_text().count("\n") > 3


def test_settings_come_from_pyproject_and_the_environment(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.asyncbench]\nworkloads = ["sleep"]\nexecutor = ["asyncio"]\nbudget = 0.5\n'
        "tasks = 3\nquiet = true\nparam = {seconds = 0.002}\n"
    )
    ran = typed("run", "--csv", "-", cwd=tmp_path, env={"ASYNCBENCH_CONCURRENCY": "2"})
    [row] = cells(ran.stdout)
    assert ran.stderr == ""
    assert (row["workload"], row["executor"], row["tasks"]) == ("sleep", "asyncio", "3")
    assert (row["concurrency"], row["params"]) == ("2", "seconds=0.002")
    [row] = cells(typed("run", "-n", 4, "--csv", "-", cwd=tmp_path).stdout)
    assert row["tasks"] == "4"


def test_list_tells_workloads_and_executors(told, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, text, _ = told("list")
    assert text.count("\n") <= 24
    assert "network    tcp-echo, http-get, udp-echo\n" in text
    assert "sequential, threads, processes, asyncio" in text
    assert "-p payload=1024" in told("list", "tcp-echo")[1]
    assert "family cooperative" in told("list", "executors")[1]
    found = json.loads(told("list", "executors", "--json")[1])
    assert [each["name"] for each in found["executors"]][:2] == ["sequential", "threads"]
    assert "workloads" not in found


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_of_each_command_what_its_own_help_says(name):
    command = cli.get_command(None, name)
    assert command.name == name
    assert " ".join(command.help.split("\n\n")[0].split()) == COMMANDS[name]


BAD = [
    (["run", "slep"], "no workload 'slep' (did you mean 'sleep'?)"),
    (["run", "-e", "uvlop"], "no executor 'uvlop' (did you mean 'uvloop'?)"),
    (["run", "sleep", "-p", "secnds=1"], "no parameter 'secnds' (did you mean 'seconds'?)"),
    (["run", "sleep", "-p", "seconds=long"], "takes float, not 'long'"),
    (["run", "sleep", "-p", "seconds"], "takes NAME=VALUE"),
    (["run", "-n", "0"], "0 is not above 0"),
    (["run", "-c", "-3"], "-3 is not above 0"),
    (["run", "--budget", "0"], "0 is not above 0"),
    (["run", "--budget", "nan"], "nan is no finite number"),
    (["run", "--budget", "soon"], "'soon' is not a number"),
    (["run", "-n", "1.5"], "'1.5' is not a whole number"),
    (["run", "--csv", "missing/out.csv"], "there is no folder /"),
    (["run", "--csv", "."], "it is a folder"),
    (["run", "--csv", "-", "--samples-csv", "-"], "only one of"),
    (["run", "--csv", "a.csv", "--samples-csv", "a.csv"], "the same file"),
    (["run", "--save", "file"], "cannot make the folder file"),
    (["run", "--baseline", "trio"], "the baseline 'trio' is not among the executors"),
    (["run", "nowhere.py"], "no file"),
    (["run", "--bugdet", "3"], "No such option"),
    (["rnu"], "no command 'rnu' (did you mean 'run'?)"),
    (["show", "missing.jsonl"], "no file and no run 'missing.jsonl'"),
    (["show", "file"], "is not an asyncbench journal"),
    (["show"], "no journal in results/"),
    (["show", "@-1"], "no journal in results/"),
    (["show", "--columns", "tme"], "no column 'tme' (did you mean 'time'"),
    (["run", "--sort", "tme"], "no column 'tme' (did you mean 'time'"),
    (["run", "sleep", "--name", "a/b"], "the run's name 'a/b' has a character other than letters"),
    (["runs", "missing"], "there is no folder missing"),
]


@pytest.mark.parametrize(
    ("arguments", "message"),
    BAD,
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_clear_line_and_status_2(tmp_path, told, arguments, message):
    (tmp_path / "file").write_text("not a folder\n")
    status, out, said = told(*arguments)
    assert status == 2
    assert message in said
    assert said.count("\n") == 1
    assert out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_named_run_is_listed_and_found_by_its_name_and_age(tmp_path, told):
    ran = command(
        "run", "sleep", "-e", "sequential,threads", "--name", "main", *QUICK, cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
    [journal] = (tmp_path / "results").iterdir()
    assert journal.name.endswith("-main.jsonl")
    for reference in ("main", "@", journal.relative_to(tmp_path), journal.stem):
        status, shown, said = told("show", reference)
        assert (status, result(shown), said) == (0, result(ran.stdout), "")
    [listed] = json.loads(told("runs", "--json")[1])
    assert (listed["ref"], listed["name"], listed["status"]) == ("@", "main", "complete")
    assert (listed["workloads"], listed["executors"][0]) == (["sleep"], "sequential")


@pytest.fixture
def shelf(tmp_path):
    """A folder with the reference run under two names, and files that are no journals."""
    (tmp_path / "results").mkdir()
    when = re.compile(r'"started": "[^"]*", "name": ""')
    older, newer = (
        when.sub(
            f'"started": "2026-11-{day}T22:11:51+00:00", "name": "{name}"', REFERENCE.read_text(), 1
        )
        for day, name in ((22, ""), (23, "main"))
    )
    (tmp_path / "results" / "old.jsonl").write_text(sealed(older))
    (tmp_path / "results" / "new.jsonl").write_text(newer[:-20])
    (tmp_path / "results" / "notes.jsonl").write_text("{}\n\x1b[31m")
    (tmp_path / "results" / "\x1b[31m.jsonl").write_text("")
    return tmp_path


def test_runs_are_listed_newest_first_and_other_files_told_in_one_line(shelf, told):
    _, out, said = told("runs")
    lines = out.splitlines()
    assert lines[2].startswith("@    2026-11-23 22:11:51  main  sleep, tcp-echo, cpu  ")
    assert lines[2].endswith("unfinished")
    assert lines[3].endswith("complete")
    assert said.count("\n") == 1
    assert said.startswith("left out: ")
    assert said.count("is not an asyncbench journal") == 2
    assert "\x1b" not in said


def test_names_from_journals_are_data_in_errors_too(shelf, told):
    evil = REFERENCE.read_text().replace('"name": ""', '"name": "\\u001b[31m"', 1)
    (shelf / "results" / "old.jsonl").write_text(evil)
    status, _, said = told("show", "xyzzy")
    assert status == 2
    assert "choose from: \\x1b[31m" in said


def test_a_folder_without_runs_is_no_fault(tmp_path, told):
    assert told("runs") == (0, "", "no journal in results/; make one: asyncbench run\n")
    assert json.loads(told("runs", tmp_path, "--json")[1]) == []


def test_runs_are_looked_for_where_they_are_saved(shelf, told, monkeypatch):
    (shelf / "results").rename(shelf / "kept")
    status, shown, _ = told("show", "main", "--folder", "kept")
    assert status == 0
    assert "Saved: asyncbench show kept/new.jsonl --why" in shown
    with monkeypatch.context() as here:
        here.setenv("ASYNCBENCH_SAVE", "kept")
        assert result(told("show", "main")[1]) == result(shown)
    (shelf / "pyproject.toml").write_text('[tool.asyncbench]\nsave = "kept"\nbudget = 3\n')
    _, again, _ = told("show", "main")
    assert result(again) == result(shown)
    assert "Saved: kept/new.jsonl; asyncbench show main --why" in again
    assert "main" in told("runs")[1]


def test_a_view_is_chosen_by_options_and_settings(shelf, told):
    (shelf / "pyproject.toml").write_text('[tool.asyncbench]\ncolumns = "executor,time"\n')
    _, text, _ = told(
        "show", "--sort", "-time", "--filter", "workload=cpu", "--filter", "executor=a*,t*"
    )
    assert [line.split()[0] for line in text.splitlines()[3:5]] == ["asyncio", "threads"]
    assert text.splitlines()[1].split() == ["executor", "time", "a", "batch"]
    assert "tcp-echo:" not in text


def test_columns_are_no_matter_of_a_chart(shelf, told):
    status, _, said = told("show", "old", "--chart", "--columns", "time")
    assert status == 2
    assert "--columns is about the tables" in said
    (shelf / "pyproject.toml").write_text('[tool.asyncbench]\ncolumns = "executor,time"\n')
    assert told("show", "old", "--chart")[0] == 0


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_chart_is_drawn_in_what_the_terminal_can_write(shelf, encoding):
    ran = command("show", "old", "--chart", cwd=shelf, env={"PYTHONIOENCODING": encoding})
    assert ran.returncode == 0, ran.stderr
    assert ("█████" in ran.stdout) == (encoding == "utf-8")
    assert ("#####" in ran.stdout) == (encoding != "utf-8")
    assert encoding == "utf-8" or ran.stdout.isascii()
    assert "\x1b" not in ran.stdout


def test_a_terminal_that_lacks_a_character_costs_no_table(shelf):
    ran = command("show", "old", cwd=shelf, env={"PYTHONIOENCODING": "iso8859-2"})
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"sequential +[\d.]+ ms \?\d", ran.stdout)  # for the plus-minus sign


def test_an_unknown_setting_is_told(tmp_path, told):
    (tmp_path / "pyproject.toml").write_text("[tool.asyncbench]\nbugdet = 3\n")
    status, _, said = told("run")
    assert status == 2
    assert "has no 'bugdet' (did you mean 'budget'?)" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_found_before_measuring(tmp_path):
    tmp_path.chmod(0o500)
    ran = typed("run", "sleep", cwd=tmp_path)
    assert ran.returncode == 2
    assert "read-only" in ran.stderr or "cannot make" in ran.stderr


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Raises", "ZeroDivisionError: "),
        ("Killed", "its worker was killed by SIGKILL"),
        ("Exits", "its worker exited with status 7"),
        ("SystemExits", "SystemExit: enough"),
        ("Wavers", "is not the same in each batch"),
        ("Hangs", "timed out after 1 s"),
    ],
)
def test_one_bad_cell_fails_alone_with_its_reason(tmp_path, name, reason):
    ran = typed(
        "run", f"{FAULTY}:{name}", "-e", "sequential,asyncio,threads", "--timeout", 1, "--csv", "-",
        *QUICK, cwd=tmp_path,
    )  # fmt: skip
    rows = by_executor(ran.stdout)
    assert ran.returncode == 3
    assert rows["asyncio"]["status"] == "failed"
    assert reason in rows["asyncio"]["reason"]
    assert rows["sequential"]["status"] == rows["threads"]["status"] == "ok"
    assert "under asyncio failed: " in ran.stderr
    assert reason in ran.stderr


def test_a_failure_shows_its_traceback_and_what_was_printed(tmp_path):
    ran = typed("run", f"{FAULTY}:Raises", "-e", "sequential,asyncio", *QUICK, cwd=tmp_path)
    assert "return index // 0" in ran.stderr
    assert "about to divide" in ran.stderr
    assert "event_loop.py" not in ran.stderr
    assert "asyncio (failed: ZeroDivisionError" in ran.stdout


def test_a_lane_that_does_not_open_fails_its_cells_alone(tmp_path):
    ran = typed("run", f"{FAULTY}:RaisesInOpen", "--csv", "-", *QUICK, cwd=tmp_path)
    rows = by_executor(ran.stdout)
    assert ran.returncode == 3
    assert {name for name, row in rows.items() if row["status"] == "failed"} == {
        "sequential", "threads", "processes",
    }  # fmt: skip


def test_nothing_measured_is_status_4(tmp_path):
    ran = typed("run", f"{FAULTY}:Raises", "-e", "asyncio,uvloop", *QUICK, cwd=tmp_path)
    assert ran.returncode == 4


def test_a_task_that_forks_does_not_answer_twice(tmp_path):
    ran = command("run", f"{FAULTY}:Forks", "-e", "sequential", "--csv", "-", *QUICK, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr


def test_impatience_loses_nothing(tmp_path):
    run = Running(tmp_path, "sleep", "-e", "sequential,threads,asyncio", "--budget", 60)
    assert run.wait_for(lambda: run.samples(tmp_path) > 10)
    run.process.send_signal(signal.SIGINT)
    time.sleep(0.02)
    run.process.send_signal(signal.SIGINT)
    out, err = run.process.communicate(timeout=20)
    assert run.process.returncode == 130, err
    assert "The run is interrupted" in " ".join(out.split())
    assert "Traceback" not in err


def test_a_journal_that_cannot_grow_costs_the_journal_alone(tmp_path):
    run = f"'{sys.executable}' -m asyncbench run sleep -e asyncio,threads --budget 1 -q"
    ran = subprocess.run(
        ["bash", "-c", f"export PYTHONDONTWRITEBYTECODE=1; ulimit -f 4; {run}"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 2, ran.stderr
    assert "the journal ends there" in " ".join(ran.stderr.split())
    assert "the baseline" in ran.stdout


def test_a_pipe_or_device_is_written_to_and_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "target.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("target.csv")
    reader = subprocess.Popen(["cat", "pipe"], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    ran = typed(
        "run", "sleep", "-e", "sequential,threads", "--csv", "pipe", "--samples-csv", "link.csv",
        *QUICK, cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert reader.communicate(timeout=10)[0].startswith("workload,params")
    assert (tmp_path / "target.csv").read_text().startswith("workload,params")
    assert (tmp_path / "link.csv").is_symlink()


def test_settings_take_the_shapes_that_toml_has(tmp_path, told):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.asyncbench]\nworkloads = "sleep"\nexecutor = "asyncio,uvloop"\nbudget = 0.5\n'
        "gc = false\nno-save = true\nquiet = true\n"
    )
    _, out, _ = told("run", "--csv", "-")
    assert [row["executor"] for row in cells(out)] == ["asyncio", "uvloop"]
    assert not (tmp_path / "results").exists()
    (tmp_path / "pyproject.toml").write_text("[tool]\nasyncbench = 3\n")
    status, _, said = told("run")
    assert status == 2
    assert "[tool.asyncbench] is not a table" in said


@pytest.mark.parametrize("name", ["Prints", "ReadsStdin"])
def test_what_a_workload_prints_or_reads_disturbs_nothing(tmp_path, name):
    ran = command("run", f"{FAULTY}:{name}", "--csv", "-", *QUICK, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert {row["status"] for row in cells(ran.stdout)} == {"ok"}
    assert "to stdout" not in ran.stdout + ran.stderr


def test_a_cheat_is_not_ranked(tmp_path):
    ran = typed("run", f"{FAULTY}:Cheats", "--csv", "-", *QUICK, cwd=tmp_path)
    rows = by_executor(ran.stdout)
    assert ran.returncode == 3
    assert rows["asyncio"]["status"] == rows["uvloop"]["status"] == "unequal work"
    assert rows["asyncio"]["verdict"] == ""
    assert rows["threads"]["status"] == "ok"


def test_a_users_own_executor_is_measured(tmp_path):
    path = FAULTY.parent / "executor_of_mine.py"
    ran = typed(
        "run", "cpu", "-e", f"sequential,{path}:Backwards,{path}:Missing", "--csv", "-", *QUICK,
        cwd=tmp_path,
    )  # fmt: skip
    rows = by_executor(ran.stdout)
    assert ran.returncode == 0, ran.stderr
    assert rows["backwards"]["status"] == "ok"
    assert rows["missing"]["status"] == "unavailable"
    assert "pip install missing" in rows["missing"]["reason"]


def test_a_reader_that_has_seen_enough_gets_no_traceback(tmp_path):
    run = f"'{sys.executable}' -m asyncbench run sleep -e sequential,threads --budget 0.5 -q"
    shell = f"{run} | head -1; exit ${{PIPESTATUS[0]}}"
    ran = subprocess.run(
        ["bash", "-c", shell], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 0
    assert ran.stderr == ""
    assert ran.stdout.count("\n") == 1


def test_a_full_disk_leaves_the_old_csv_whole(tmp_path):
    (tmp_path / "out.csv").write_text("old\n")
    run = f"'{sys.executable}' -m asyncbench run sleep -e threads --budget 0.3 -q --no-save"
    small = f"export PYTHONDONTWRITEBYTECODE=1; ulimit -f 0; {run} --csv out.csv"
    ran = subprocess.run(
        ["bash", "-c", small], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 2
    assert "cannot write out.csv" in ran.stderr
    assert (tmp_path / "out.csv").read_text() == "old\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


# -- signals ---------------------------------------------------------------------------------------


class Running:
    """A run in the background whose every process can be found by a mark in its environment."""

    def __init__(self, cwd, *arguments):
        self.mark = uuid.uuid4().hex
        self.process = subprocess.Popen(
            [sys.executable, "-m", "asyncbench", "run", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, "ASYNCBENCH_TEST_MARK": self.mark, "PYTHONSAFEPATH": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A job in the background inherits SIGINT ignored; a terminal's does not.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def family(self):
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("ASYNCBENCH_TEST_MARK") == self.mark:
                    found.append(process)
        return found

    def running(self, program):
        found = []
        for process in self.family():
            with contextlib.suppress(psutil.Error):  # it has ended meanwhile
                if program in process.cmdline():
                    found.append(process)
        return found

    def wait_for(self, condition, seconds=20.0):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.05)
        return False

    def samples(self, cwd):
        return sum(
            path.read_text().count('"is": "sample"') for path in (cwd / "results").glob("*.jsonl")
        )


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_shows_and_saves_what_was_measured(tmp_path, number, status):
    run = Running(tmp_path, "tcp-echo", "--budget", 60, "--csv", "out.csv")
    assert run.wait_for(lambda: run.samples(tmp_path) > 20)
    run.process.send_signal(number)
    out, err = run.process.communicate(timeout=20)
    assert run.process.returncode == status, err
    assert "Traceback" not in err
    assert "The run is interrupted" in " ".join(out.split())
    assert len(cells((tmp_path / "out.csv").read_text())) == 5
    [journal] = (tmp_path / "results").iterdir()
    assert json.loads(journal.read_text().splitlines()[-1])["status"] == "interrupted"
    assert run.wait_for(lambda: not run.family(), 5.0), run.family()


def test_nothing_is_left_when_the_parent_is_killed_while_a_worker_hangs(tmp_path):
    run = Running(tmp_path, f"{FAULTY}:HangsWithChildren", "-e", "sequential,processes")
    assert run.wait_for(lambda: len(run.running("sleep")) >= 2)
    run.process.kill()
    run.process.communicate()
    assert run.wait_for(lambda: not run.family(), 5.0), run.family()
    [journal] = (tmp_path / "results").iterdir()
    assert "unfinished" in command("show", journal, cwd=tmp_path).stdout


def test_nothing_is_left_when_the_parent_is_killed_in_a_run_with_a_target(tmp_path):
    run = Running(tmp_path, "tcp-echo", "--budget", 60)
    assert run.wait_for(lambda: run.samples(tmp_path) > 10)
    run.process.kill()
    run.process.communicate()
    assert run.wait_for(lambda: not run.family(), 5.0), run.family()


def test_nothing_is_left_when_the_parent_is_killed_in_a_run_with_interpreters(
    tmp_path, monkeypatch
):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    own = ["--python", f"a={sys.executable}", "--python", f"b={sys.executable}"]
    run = Running(tmp_path, f"{FAULTY}:HangsWithChildren", "-e", "sequential", *own)
    assert run.wait_for(lambda: len(run.running("sleep")) >= 2)
    run.process.kill()
    run.process.communicate()
    assert run.wait_for(lambda: not run.family(), 5.0), run.family()
    assert [path.name for path in (tmp_path / "temporary").iterdir()] == []


def test_a_target_that_dies_fails_its_cells_and_the_run_goes_on(tmp_path):
    run = Running(
        tmp_path, "tcp-echo", "sleep", "-e", "sequential,threads,asyncio", "--budget", 5,
        "--csv", "out.csv",
    )  # fmt: skip
    # While there is more to come of the work that it serves, however few rounds there are.
    assert run.wait_for(lambda: run.samples(tmp_path) > 4)
    # The process above it guards it.
    max(run.running("asyncbench.worker.target_host"), key=psutil.Process.create_time).kill()
    _, err = run.process.communicate(timeout=40)
    rows = cells((tmp_path / "out.csv").read_text())
    assert run.process.returncode == 3, err
    assert {row["status"] for row in rows if row["workload"] == "sleep"} == {"ok"}
    echo = [row for row in rows if row["workload"] == "tcp-echo"]
    assert {row["status"] for row in echo} == {"failed"}
    assert all("its target died" in row["reason"] for row in echo)
