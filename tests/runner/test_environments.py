"""Packages beside interpreters: made once and kept, said before it is done, whole or not at all."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile

import pytest

from asyncbench.errors import UsageError
from asyncbench.runner.planning import environments
from tests.support.typed import typed


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """Make a package, and let nothing else be found or kept elsewhere."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    path = tmp_path / "brought-1.5-py3-none-any.whl"
    told = "brought-1.5.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("brought.py", "VALUE = 7\n")
        file.writestr(f"{told}/METADATA", "Metadata-Version: 2.1\nName: brought\nVersion: 1.5\n")
        file.writestr(
            f"{told}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{told}/RECORD", "")
    return str(path)


@pytest.mark.skipif(
    not shutil.which("uv") and not importlib.util.find_spec("pip"),
    reason="neither uv nor pip is here",
)
def test_an_environment_is_made_once_and_told_before(wheel):
    told = []
    asked = [f"one={sys.executable}", f"two={sys.executable}"]
    one, two = environments.with_packages(asked, [wheel], told.append)
    assert environments.with_packages(asked, [wheel], told.append) == [one, two]
    [sentence] = told
    assert sentence.startswith(f"Installing {wheel} for one, kept in ")
    name, _, python = one.partition("=")
    assert (name, two) == ("one", f"two={python}")
    code = "import brought, importlib.metadata as m; print(brought.VALUE, m.version('brought'))"
    ran = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "7 1.5\n"


def test_what_cannot_be_installed_is_one_line_and_leaves_nothing(wheel, tmp_path):
    told = typed(
        "run", "--python", f"one={sys.executable}", "--python", f"two={sys.executable}",
        "--with", str(tmp_path / "nothing-here.whl"), cwd=tmp_path,
    )  # fmt: skip
    assert told.returncode == 2
    saying, error = told.stderr.splitlines()
    assert saying.startswith("Installing ")
    assert "nothing-here.whl cannot be installed for one: " in error
    assert not [*(tmp_path / "cache").rglob("python*")]


def test_an_interpreter_without_pip_is_told_what_to_install(wheel, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))  # where there is no uv
    venv.create(tmp_path / "bare", symlinks=True)
    python = tmp_path / "bare" / ("Scripts" if os.name == "nt" else "bin") / "python"
    with pytest.raises(
        UsageError, match=rf"install uv, or pip by {re.escape(str(python))} -m ensurepip$"
    ):
        environments.with_packages([f"one={python}"], [wheel], print)


def test_packages_need_interpreters_that_are_named():
    with pytest.raises(UsageError, match=r"--with installs packages for the interpreters that"):
        environments.with_packages([], ["rich"], print)


def test_what_has_a_name_is_noted_by_it(tmp_path):
    asked = ["rich", "toolz>=1", "uvicorn[standard]==0.3", "git+https://somewhere/x", str(tmp_path)]
    assert environments.names(asked) == ["rich", "toolz", "uvicorn"]


def test_a_package_that_an_interpreter_lacks_is_brought_by_with(tmp_path):
    empty = tmp_path / "empty"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", empty], check=True)
    told = typed(
        "run", "yield", "-e", "asyncio,uvloop,trio", "--budget", "0.3", "--no-save",
        "--python", f"one={empty / 'bin' / 'python'}", "--python", f"two={sys.executable}",
        cwd=tmp_path,
    )  # fmt: skip
    shown = " ".join(told.stdout.split())
    assert "uvloop is not installed for that interpreter; --with uvloop installs it" in shown
    assert "--with trio --with anyio installs it" in shown
