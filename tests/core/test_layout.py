"""What fails to import is told with how to name it, where a package or a folder nearby has it."""

import re

import pytest

from asyncbench.core import layout, references
from tests.support.typed import typed


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("src/pkg/sub", "bench", "bare/deep"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("src/pkg/__init__.py", "src/pkg/sub/__init__.py", "src/pkg/sub/mod.py"):
        (tmp_path / name).touch()
    for name in ("bench/run.py", "bare/deep/mod.py", "own.py", "bench.py"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("src/pkg/sub/mod.py", "PYTHONPATH=src asyncbench run pkg.sub.mod:NAME"),
        ("src/pkg/__init__.py", "PYTHONPATH=src asyncbench run pkg:NAME"),
        ("bench/run.py", "asyncbench run bench.run:NAME"),
    ],
)
def test_a_file_with_relative_imports_is_named_as_a_part_of_its_package(home, file, named):
    error = ImportError("attempted relative import with no known parent package")
    told = layout.hint(error, home / file, home)
    assert told.endswith(f"named like this: {named}")


@pytest.mark.parametrize(
    ("module", "file", "folder"),
    [("pkg.sub", None, "src"), ("run", None, "bench"), ("own", "bench/run.py", ".")],
)
def test_the_folder_that_has_a_missing_module_is_told(home, module, file, folder):
    error = ModuleNotFoundError(name=module)
    told = layout.hint(error, home / file if file else None, home)
    assert f"PYTHONPATH={folder} before the command finds it" in told


def test_nothing_is_told_of_what_is_nowhere(home):
    assert layout.hint(ModuleNotFoundError(name="nowhere"), home / "own.py", home) == ""
    assert layout.hint(ValueError("else"), home / "own.py", home) == ""


@pytest.mark.parametrize("name", ["bare.deep.mod", "bare.deep", "bench"])
def test_folders_alone_make_packages_too(home, name):
    assert references.is_module(name)
    references.check_place(name)


def test_a_file_comes_before_a_folder_of_its_name(home):
    references.check_place("bench")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import json.decoder", "json.py"),
        ("def f():\n    from json import dumps", "json.py"),
        ("from . import json", ""),
        ("import os, sys", ""),
        ("import csv", ""),
    ],
)
def test_a_file_that_an_import_beside_it_would_not_get_is_told(tmp_path, text, told):
    for name in ("json", "os", "sys", "mine"):
        (tmp_path / f"{name}.py").touch()
    file = tmp_path / "work.py"
    file.write_text(text)
    assert layout.taken(file) == (str(tmp_path / told) if told else "")


def test_what_it_would_be_measured_with_instead_is_refused(tmp_path):
    (tmp_path / "json.py").write_text("def dumps(x): return 5\n")
    (tmp_path / "work.py").write_text("import json\ndef w(): return json.dumps(1)\n")
    # In processes of its own: what other tests spawn is to find no such file.
    told = typed("run", "work.py:w", cwd=tmp_path).stderr
    assert re.search(r"work\.py imports json, and does not get .*json\.py", told)
    assert "json is json.py here" in typed("run", "json:dumps", cwd=tmp_path).stderr
