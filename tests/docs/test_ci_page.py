"""The pipeline file that docs/ci.md shows does what it says, in a repository with two versions."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "ci.md").read_text()
BENCH = """\
import library

def fetch():
    library.work()
"""
LIBRARY = """\
import time

def work():
    time.sleep({seconds})
"""
SETTINGS = "[tool.asyncbench]\nexecutor = 'threads'\ntasks = 5\n"


@pytest.fixture
def pipeline():
    """Give the lines of the step that compares."""
    [file] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    [step] = re.findall(r"run: \|\n((?: {10}.*\n)+)", file)
    return step


@pytest.fixture
def repository(tmp_path):
    """Make a checkout of which the last commit is slower than the one before."""
    folder = tmp_path / "checkout"
    folder.mkdir()

    def git(*arguments):
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        return subprocess.run(
            ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "-q")
    (folder / "bench.py").write_text(BENCH)
    (folder / "pyproject.toml").write_text(SETTINGS)
    for seconds in (0.001, 0.005):
        (folder / "library.py").write_text(LIBRARY.format(seconds=seconds))
        git("add", ".")
        git("commit", "-qm", f"{seconds} seconds")
    return folder, git("rev-parse", "HEAD~1")


def test_the_pipeline_fails_on_a_commit_that_is_slower(pipeline, repository, tmp_path):
    folder, base = repository
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "asyncbench").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m asyncbench "$@"\n')
    (programs / "asyncbench").chmod(0o755)
    pipeline = pipeline.replace("bench.py ", "bench.py:fetch ")
    ran = subprocess.run(
        ["bash", "-e", "-c", pipeline],
        cwd=folder,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "BASE": base,
             "ASYNCBENCH_BUDGET": "5", "PYTHONSAFEPATH": "1"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "slower than 5 % allow: fetch under threads, head beside base" in ran.stderr
    assert "| head |" in (folder / "benchmark.md").read_text()
