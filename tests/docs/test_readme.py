"""The pages' commands do what they say, and what README shows is what they print."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from asyncbench import load as asyncbench_load
from asyncbench.report.formats import FORMATS
from tests.support.journals import sealed

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "results" / "reference-default.jsonl"
MAP = ROOT / "results" / "where-it-pays.jsonl"


PAGES = {
    page: (ROOT / page).read_text()
    for page in ("README.md", "docs/functions.md", "docs/workloads.md")
}


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", PAGES[page], re.DOTALL)


LATER = "2100-01-01T00:00:00+00:00"
COMMANDS = [
    (page, line.partition("  #")[0].strip())
    for page in PAGES
    for block in blocks(page, "sh")
    for line in block.splitlines()
    if line.startswith("asyncbench")
]


def asyncbench(arguments, folder):
    return subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m asyncbench {arguments}"],
        cwd=folder,
        env={**os.environ, "ASYNCBENCH_BUDGET": "0.2", "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder where a reader has written the files that the pages show, and run something."""
    path = tmp_path_factory.mktemp("reader")
    for page in PAGES:
        for block in blocks(page, "python"):
            name = block.partition("\n")[0].removeprefix("# ")
            (path / name).write_text(block)
    assert asyncbench("run sleep -q --name main", path).returncode == 0
    [journal] = path.glob("results/*.jsonl")
    # Commands come in any order, and "the newest" is to be this run for each of them.
    header, *lines, end = map(json.loads, journal.read_text().splitlines())
    changed = [header | {"started": LATER}, *lines, end]
    journal.write_text(sealed("\n".join(map(json.dumps, changed))))
    return path


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_each_command_works_as_written(folder, page, command):
    # As written but for the time it takes.
    quick = re.sub(r"--budget \d+", "", command).replace("--precision 2", "--precision 90")
    ran = asyncbench(quick.removeprefix("asyncbench "), folder)
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    written = re.search(r" -o (\S+)", command)
    assert (folder / written[1]).stat().st_size if written else ran.stdout


def test_both_pages_have_commands_to_check():
    assert {page for page, _ in COMMANDS} == set(PAGES)


def test_the_picture_shown_is_that_of_the_reference_run():
    made = FORMATS["svg"].make(asyncbench_load(REFERENCE))
    assert (ROOT / "docs" / "verdicts.svg").read_text() == made


def test_the_outputs_shown_are_those_of_the_runs_that_are_kept():
    environment = {**os.environ, "COLUMNS": "80", "PYTHONSAFEPATH": "1"}
    for block, kept in zip(blocks("README.md", "text"), (REFERENCE, MAP), strict=True):
        shown = subprocess.run(
            [sys.executable, "-m", "asyncbench", "show", str(kept.relative_to(ROOT))],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        # A run that has just been saved is shown again without its name.
        assert re.sub(r"Saved: .*\n", "", block) in shown


def test_the_trace_shown_is_what_its_command_draws():
    [shown] = blocks("README.md", "console")
    command, *lines = shown.splitlines()
    ran = subprocess.run(
        [sys.executable, "-m", *command.removeprefix("$ ").split(), "-q"],
        cwd=ROOT, env={**os.environ, "COLUMNS": "100", "PYTHONSAFEPATH": "1"}, text=True,
        capture_output=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    drawn = set(map(shape, unwrapped(ran.splitlines())))
    assert [line for line in unwrapped(lines) if shape(line) not in drawn] == []


def unwrapped(lines):
    """Give sentences whole: where a line ends depends on how long the times in it are."""
    whole = []
    for line in lines:
        if line.startswith("  ") and line[2:3].strip() and whole:
            whole[-1] += line[1:]
        else:
            whole.append(line)
    return whole


def shape(line):
    """Give a line without what differs from run to run: its numbers, and where bars end."""
    if line.startswith("hand-overs"):
        return "hand-overs"
    bare = re.sub(r"[\d.,]+", "0", line).replace("us", "ms").replace("0 s", "0 ms")
    return re.sub(r"(.)\1+", r"\1", bare.replace("\u258c", "").replace("\u2502", ""))
