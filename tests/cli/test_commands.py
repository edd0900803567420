"""Commands beside each other: what is planned, run, compared and exported, right and wrong."""

import json
import resource
import sys
import time
from pathlib import Path

import pytest

from asyncbench import load
from asyncbench.core.commands import Command, needs_shell
from asyncbench.core.workload import Proof
from asyncbench.errors import CommandError, UsageError
from asyncbench.executors.commands import Commands
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.planning.plan import build
from tests.support.typed import typed

ECHO = f"{sys.executable} -S -c 'print(1)'"


def planned(*commands, **more):
    return build(RunOptions(workloads=(), commands=commands, **more))


def started(text, concurrency=1, **more):
    executor = Commands()
    executor.start(Command(text, **more), concurrency)
    return executor


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Two commands of which one sleeps ten times as long as the other, beside each other."""
    folder = tmp_path_factory.mktemp("commands")
    done = typed(
        "run", "--command", "base=sleep 0.005", "--command", "head=sleep 0.05",
        "--budget", "2", "-q", "--full", "--fail-on", "slower:20%", "--hyperfine", "h.json",
        cwd=folder,
    )  # fmt: skip
    return done, folder


def test_a_slower_command_trips_the_gate(ran):
    done, _ = ran
    assert done.returncode in (1, 4), done.stderr  # 4: this machine was too slow for six rounds
    assert "head beside base" in done.stderr
    assert "▶ base" in done.stdout


def test_the_start_of_a_process_is_named_beside_them(ran):
    done, _ = ran
    assert "a process that does nothing" in done.stdout
    assert "to start and end" in done.stdout


def test_commands_are_sampled_in_turn(ran):
    _, folder = ran
    run = load(next(folder.glob("results/*.jsonl"))).run
    own = {cell.id for cell in run.plan.cells}
    blocks = {}
    for sample in run.samples:
        if sample.block == 1 and sample.cell in own:
            blocks.setdefault(sample.round, set()).add(sample.cell)
    assert all(cells == own for cells in blocks.values())


def test_its_hyperfine_file_has_a_time_a_sample(ran):
    _, folder = ran
    base, head = json.loads((folder / "h.json").read_text())["results"]
    assert (base["command"], head["command"]) == ("sleep 0.005", "sleep 0.05")
    assert min(head["times"]) >= 0.05
    assert head["median"] > base["median"]
    assert head["exit_codes"] == [0] * len(head["times"])


def test_what_commands_print_is_their_proof_and_is_kept_apart(tmp_path):
    done = typed(
        "run", "--command", "a=echo 1", "--command", "b=echo 2", "--budget", "0.3", "-q",
        "--no-save",
        cwd=tmp_path,
    )  # fmt: skip
    assert "outputs differ: not compared (--proof exit does)" in done.stdout
    assert done.returncode == 3


def test_a_command_that_fails_is_told_in_one_line_beside_the_others(tmp_path):
    done = typed(
        "run", "--command", "a=false", "--command", "b=true", "--budget", "0.3", "-q",
        "--no-save",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 3
    assert "command a failed: it ended with status 1; --proof none" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_output_that_changes_is_no_proof():
    executor = started("date +%N")
    executor.run(1)
    with pytest.raises(CommandError, match="--proof exit"):
        executor.run(1)
    executor.stop()


@pytest.mark.parametrize(
    ("text", "proof"), [("date +%N", "exit"), ("false", "none"), (ECHO, "stdout")]
)
def test_each_proof_lets_pass_what_it_says(text, proof):
    executor = started(text, proof=proof)
    assert executor.run(1) == executor.run(1)
    executor.stop()


def test_a_killed_command_is_told_by_its_signal():
    executor = started("kill -9 $$", shell=True)
    with pytest.raises(CommandError, match="SIGKILL"):
        executor.run(1)
    executor.stop()


def test_several_processes_run_at_once():
    executor = started("sleep 0.2", concurrency=4)
    began = time.perf_counter()
    assert executor.run(4) == Proof.of(4, 4 * executor.run(1).checksum)
    assert time.perf_counter() - began < 4 * 0.2 + 0.2  # in a row they take 1.0 s
    executor.stop()


def test_the_memory_told_is_that_of_the_command():
    # More than this process ever held, as the system knows no less of a child.
    size = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + 100_000_000
    executor = started(f"{sys.executable} -c 'bytearray({size})'", proof="exit")
    executor.run(1)
    known = executor.peak_bytes()
    executor.stop()
    assert known > size


@pytest.mark.parametrize(
    ("text", "shell"),
    [
        ("./old --level 3", False),
        ("grep -c '|' file", False),
        (r"echo a\ b \$HOME", False),
        ('echo "a b"', False),
        ("ls | wc", True),
        ("A=1 ./old", True),
        ("echo $HOME", True),
        ('echo "$HOME"', True),
        ("ls *.py", True),
        ("./old > /dev/null", True),
    ],
)
def test_a_shell_is_taken_where_one_is_needed(text, shell):
    assert needs_shell(text) is shell


def test_where_one_command_needs_a_shell_all_have_one():
    [work] = planned("a=echo 1", "b=echo 1 | cat").works
    assert work.params == {"shell": True}


@pytest.mark.parametrize(
    ("commands", "more", "told"),
    [
        (["sleep 1"], {}, "takes NAME=COMMAND"),
        (["a="], {}, "is empty"),
        (["a=nosuchprogram"], {}, "no program 'nosuchprogram'"),
        (["a=./nosuchfile"], {}, "no file ./nosuchfile"),
        (["a=ls 'x"], {}, "no closing quotation"),
        (["a=/tmp"], {}, "is a folder"),
        (["a=true", "a=false"], {}, "named 'a'"),
        (["a=true"], {"executors": ["asyncio"]}, "-e does not go with --command"),
        (["a=true"], {"variants": ["a=."]}, "--variant does not go with"),
        (["a=true"], {"concurrency": 3}, "write -n 3"),
    ],
)
def test_what_is_no_command_is_refused_in_one_line(commands, more, told):
    with pytest.raises(UsageError, match=told):
        planned(*commands, **more)


def test_a_file_that_is_not_executable_is_told_how_to_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.py").write_text("")
    with pytest.raises(UsageError, match=r"not executable; write a='python ./a.py'"):
        planned("a=./a.py")
    with pytest.raises(UsageError, match=r"did you mean 'a.py'"):
        planned("a=./b.py")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sleep", "--command", "a=true"], "sleep is a workload"),
        (["--command", "a=true", "--proof", "result"], "a command returns nothing"),
        (["sleep", "--proof", "exit"], "is for commands"),
    ],
)
def test_what_does_not_go_together_ends_with_2(arguments, told, tmp_path):
    done = typed("run", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
