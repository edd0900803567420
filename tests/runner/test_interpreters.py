"""Interpreters by version: where they are looked for, which is taken, and what is said if none."""

import json
import os
import sys
from dataclasses import replace

import pytest
from msgspec import structs

from asyncbench.errors import UsageError
from asyncbench.report import trust
from asyncbench.runner.planning import interpreters
from tests.support.fakes import FakeLauncher, measured, plan
from tests.support.typed import typed


def program(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Make programs on PATH, in pyenv's folder and in uv's; return them by name."""
    pyenv, uv = tmp_path / "pyenv", tmp_path / "uv"
    made = {
        "on path": program(tmp_path / "bin" / "python3.12"),
        "shim": program(pyenv / "shims" / "python3.10"),
        "old": program(pyenv / "versions" / "3.13.0" / "bin" / "python"),
        "new": program(pyenv / "versions" / "3.13.11" / "bin" / "python"),
        "own 3.12": program(pyenv / "versions" / "3.12.1" / "bin" / "python"),
        "uv free": program(uv / "cpython-3.14.2+freethreaded-linux-x86_64-gnu/bin/python"),
        "uv": program(uv / "cpython-3.14.1-linux-x86_64-gnu" / "bin" / "python"),
    }
    (uv / "cpython-3.14-linux-x86_64-gnu").symlink_to(uv / "cpython-3.14.1-linux-x86_64-gnu")
    (pyenv / "versions" / "mine").mkdir()
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path / "bin"), str(pyenv / "shims")]))
    monkeypatch.setenv("PYENV_ROOT", str(pyenv))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(uv))
    return made


@pytest.mark.parametrize(
    ("version", "which"),
    [
        ("3.12", "on path"),
        ("3.12.1", "own 3.12"),
        ("3.13", "new"),
        ("3.13.0", "old"),
        ("3.14", "uv"),
        ("3.14t", "uv free"),
    ],
)
def test_a_version_means_the_newest_of_whoever_has_it_first(places, version, which):
    assert interpreters.find(version) == places[which]


@pytest.mark.parametrize("version", ["3.10", "3.15", "3.12t", "3.1"])
def test_a_version_that_is_not_there_is_one_line_with_what_is_near(places, version):
    with pytest.raises(UsageError, match=f"there is no Python {version} on PATH") as told:
        interpreters.find(version)
    assert "did you mean '3.1" in str(told.value)


def test_list_tells_what_is_there(places, tmp_path):
    found = json.loads(typed("list", "pythons", "--json", cwd=tmp_path).stdout)["pythons"]
    assert {"name": "3.14.2t", "path": places["uv free"], "in": "uv"} in found
    assert len(found) == 6


def test_a_run_takes_versions(tmp_path, monkeypatch):
    mine = f"{sys.version_info[0]}.{sys.version_info[1]}"
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable))  # noqa: PTH120
    told = typed("run", "--python", "9.9", "--python", mine, cwd=tmp_path)
    assert told.returncode == 2
    assert told.stderr.startswith("asyncbench: there is no Python 9.9 on PATH")
    assert told.stderr.count("\n") == 1


def test_a_gil_that_came_back_is_named():
    planned = plan("threads", "asyncio", variants=["gil", "free"], budget_s=5.0)
    variants = [
        replace(each, facts={"free threaded": each.name == "free"}) for each in planned.variants
    ]
    run = measured(
        replace(planned, variants=variants),
        FakeLauncher(
            {
                f"{executor} {variant}": lambda *_: 0.02
                for executor in ("threads", "asyncio")
                for variant in ("gil", "free")
            }
        ),
    )
    cells = {cell.id: cell for cell in run.plan.cells}

    def told(on):
        lives = [
            structs.replace(life, facts={"gil": on(cells[life.cell])})
            for life in run.lives
            if life.cell in cells
        ]
        return trust._gil_came_back(replace(run, lives=lives))

    assert told(lambda cell: cell.variant == "gil") == []
    [line] = told(lambda cell: cell.variant == "gil" or cell.executor == "threads")
    assert line.startswith(
        "free is a build without the GIL, and had it turned on again under threads:"
    )


def test_whose_home_is_not_known_has_no_interpreters_there(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os.path, "expanduser", lambda place: place)  # as for a user of no name
    for name in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert interpreters.known() == []
