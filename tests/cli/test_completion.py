"""What a shell completes: asked as the shells ask, and by a real bash."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from asyncbench.cli.main import cli
from tests.record.test_store import kept

COMMAND = Path(sys.executable).with_name("asyncbench")


def ask(instruction, cwd, **variables):
    environment = {**os.environ, "_ASYNCBENCH_COMPLETE": instruction, **variables}
    ran = subprocess.run(
        [COMMAND], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=30
    )
    assert ran.stderr == ""
    return ran.stdout.splitlines()


def offered(*words):
    """Give what is offered for the last of the words."""
    *before, last = words
    found = BashComplete(cli, {}, "asyncbench", "_").get_completions(before, last)
    return [item.value if item.type == "plain" else f"{item.type}:{item.value}" for item in found]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with saved runs in two places."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASYNCBENCH_SAVE", raising=False)
    (tmp_path / "results").mkdir()
    (tmp_path / "kept").mkdir()
    kept(tmp_path / "results" / "a.jsonl", "2026-01-01", "main")
    kept(tmp_path / "results" / "b.jsonl", "2026-02-01", "pr-12")
    kept(tmp_path / "kept" / "c.jsonl", "2026-02-01", "other")
    (tmp_path / "results" / "broken.jsonl").write_text("{")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["ru"], ["run", "runs"]),
        (["run", "tcp"], ["tcp-echo", "tcp-serve"]),
        (["run", "net"], ["network"]),
        (["run", "-e", "uv"], ["uvloop"]),
        (["run", "-e", "threads,uv"], ["threads,uvloop"]),
        (["run", "-e", "asyncio,asyncio-to"], ["asyncio,asyncio-to-thread"]),
        (["run", "--baseline", "seq"], ["sequential"]),
        (["run", "-e", "asyncio,uvloop", "--baseline", ""], ["asyncio", "uvloop"]),
        (["run", "sleep", "-p", ""], ["seconds=0.003"]),
        (["run", "sleep", "-p", "x"], []),
        (["run", "--colu"], ["--columns"]),
        (["show", ""], ["pr-12", "main", "@", "@-1"]),
        (["show", "m"], ["main"]),
        (["show", "--folder", "kept", ""], ["other", "@"]),
        (["show", "--columns", "time,ra"], ["time,ratio", "time,rate"]),
        (["show", "--sort", "ver"], ["verdict"]),
        (["show", "--filter", "verdict"], [f"verdict={each}" for each in
                                           ("wins", "ties", "loses", "inconclusive")]),
        (["completion", ""], ["bash", "zsh", "fish"]),
    ],
)  # fmt: skip
def test_names_are_offered(folder, words, names):
    assert offered(*words) == names


def test_files_are_offered_where_no_name_fits(folder):
    for words in (
        ["export", "@", "-o", "my_"],
        ["compare", "@", "@", "--csv", "my_"],
        ["run", "--json", "my_"],
        ["run", "my_"],
        ["run", "-e", "my_"],
        ["show", "my_"],
    ):
        assert offered(*words) == ["file:my_"]


def test_where_runs_are_saved_is_where_names_are_looked_for(folder, monkeypatch):
    assert offered("show", "o") == ["file:o"]
    monkeypatch.setenv("ASYNCBENCH_SAVE", "kept")
    assert offered("show", "o") == ["other"]
    monkeypatch.delenv("ASYNCBENCH_SAVE")
    (folder / "pyproject.toml").write_text('[tool.asyncbench]\nsave = "kept"\n')
    assert offered("show", "o") == ["other"]


def test_what_is_wrong_elsewhere_is_not_told_while_typing(folder):
    (folder / "pyproject.toml").write_text("[tool.asyncbench]\nbugdet = [")
    assert offered("run", "tcp") == ["tcp-echo", "tcp-serve"]
    assert offered("run", "slep", "-p", "") == []


def test_nothing_of_the_users_is_run(folder):
    (folder / "mine.py").write_text("raise SystemExit('it ran')\n")
    assert offered("run", "mine.py", "-p", "") == []
    assert offered("run", "./mine.py:Mine", "-p", "") == []


@pytest.mark.parametrize("name", ["$(id)", "a b", "a;b", "`id`", "a\n", "\x1b[31m", "a'b"])
def test_a_name_that_a_shell_would_obey_is_not_offered(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    kept(tmp_path / "results" / "a.jsonl", "2026-01-01", name)
    assert offered("show", "") == ["@"]


def test_nothing_slow_is_imported(folder):
    code = (
        "import sys; from asyncbench.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*{'rich', 'tabulate', 'psutil', 'uvloop', 'jinja2'} & {*sys.modules})"
    )
    for words in ("run sl", "show m"):
        environment = {
            **os.environ,
            "_ASYNCBENCH_COMPLETE": "bash_complete",
            "COMP_WORDS": f"asyncbench {words}",
            "COMP_CWORD": str(len(words.split())),
        }
        ran = subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=30,
        )  # fmt: skip
        assert ran.stdout.splitlines()[-1] == ""


@pytest.mark.parametrize(
    ("shell", "line"), [("bash", "plain,main"), ("zsh", "plain"), ("fish", "plain,main")]
)
def test_each_shell_is_answered_in_its_own_form(folder, shell, line):
    lines = ask(
        f"{shell}_complete",
        folder,
        COMP_WORDS="asyncbench show m",
        COMP_CWORD="m" if shell == "fish" else "2",
    )
    assert lines[0].startswith(line)
    assert any("main" in each for each in lines)


class Bash:
    """An interactive bash on a terminal of its own, with the script read."""

    def __init__(self, cwd):
        self.terminal, there = pty.openpty()
        environment = {
            **os.environ, "PATH": f"{COMMAND.parent}:{os.environ['PATH']}", "PS1": "ready> ",
            "TERM": "dumb", "INPUTRC": "/dev/null", "COLUMNS": "200",
        }  # fmt: skip
        environment.pop("_ASYNCBENCH_COMPLETE", None)
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-i"],
            stdin=there, stdout=there, stderr=there,
            cwd=cwd, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(there)
        self.said("ready> ")
        self.type('eval "$(asyncbench completion bash)"; echo "re""ad"\n')
        self.said("\nread")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def said(self, awaited, seconds=10.0):
        """Wait until the terminal has shown a text, and give all that it showed."""
        shown, deadline = "", time.monotonic() + seconds
        while awaited not in shown and time.monotonic() < deadline:
            if select.select([self.terminal], [], [], 0.1)[0]:
                shown += os.read(self.terminal, 4096).decode().replace("\r", "")
        return shown

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)


@pytest.fixture(scope="module")
def bash(tmp_path_factory):
    path = tmp_path_factory.mktemp("bash")
    (path / "results").mkdir()
    kept(path / "results" / "a.jsonl", "2026-01-01", "main")
    kept(path / "results" / "b.jsonl", "2026-02-01", "pr@2")
    (path / "bench.py").write_text("")
    shell = Bash(path)
    yield shell
    shell.close()


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("show m", "show main "),
        ("show @-", "show @-1 "),
        ("show pr", "show pr@2 "),
        ("show pr@", "show pr@2 "),
        ("run ben", "run bench.py "),
        ("run -e threads,uv", "run -e threads,uvloop "),
        ("run --executor=uv", "run --executor=uvloop "),
        ("run sleep -p sec", "run sleep -p seconds=0.003 "),
        ("show --filter verdict=w", "show --filter verdict=wins "),
        ("run --csv ben", "run --csv bench.py "),
        ("export @ -o ben", "export @ -o bench.py "),
        ("runs res", "runs results/"),
        ("show --folder res", "show --folder results/"),
        ("show --filter workl", "show --filter workload="),
    ],
)
def test_a_real_bash_completes(bash, typed, whole):
    # The completed line is made an argument of echo (ctrl-A: to its start, ctrl-E: to its end).
    bash.type(f"asyncbench {typed}\t\x01echo '\x05|'\n")
    awaited = f"\nasyncbench {whole}|\n"
    assert awaited in bash.said(awaited)


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here")
@pytest.mark.parametrize(
    ("typed", "whole"),
    [("show m", "main"), ("show --columns executor,ti", "executor,time"), ("expo", "export")],
)
def test_a_real_fish_completes(folder, typed, whole):
    environment = {**os.environ, "PATH": f"{COMMAND.parent}:{os.environ['PATH']}"}
    ran = subprocess.run(
        ["fish", "--no-config", "-c",
         f"asyncbench completion fish | source; complete --do-complete 'asyncbench {typed}'"],
        env=environment, capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert [line.partition("\t")[0] for line in ran.stdout.splitlines()] == [whole]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_reads(tmp_path, shell):
    script = subprocess.run(
        [COMMAND, "completion", shell], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    assert f"_ASYNCBENCH_COMPLETE={shell}_complete" in script
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    (tmp_path / "script").write_text(script)
    subprocess.run([shell, "-n", tmp_path / "script"], check=True, timeout=30)
