"""Finds interpreters by version, such as 3.12 or 3.13t: on PATH, in pyenv's folder and in uv's."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asyncbench.errors import UsageError, near_matches

# What is meant by version: two or three numbers, and a t for a build without the GIL.
VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(t?)")
_ON_PATH = re.compile(r"python(\d+\.\d+t?)")
_IN_PYENV = re.compile(r"(\d+\.\d+\.\d+t?)")
_IN_UV = re.compile(r"cpython-(\d+\.\d+\.\d+)(\+freethreaded)?-.*")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One that was found: its version as far as its name tells, where it is, and who keeps it."""

    version: str
    path: str
    keeper: str

    @property
    def numbers(self) -> tuple[int, ...]:
        """Its version in numbers, to sort by."""
        return tuple(map(int, self.version.rstrip("t").split(".")))

    def is_meant(self, version: str) -> bool:
        """Return whether it is one of a version with two or three numbers."""
        own, free = self.version.rstrip("t"), self.version.endswith("t")
        asked = version.rstrip("t")
        return free == version.endswith("t") and (own == asked or own.startswith(f"{asked}."))


def find(version: str) -> str:
    """Return the path of an interpreter of a version, the newest of whoever is asked first.

    Raises UsageError where there is none, with the versions that are near.
    """
    there = known()
    meant = [each for each in there if each.is_meant(version)]
    if not meant:
        near = near_matches(version, {each.version for each in there})
        raise UsageError(
            f"there is no Python {version} on PATH, in pyenv's folder or in uv's{near}; "
            "give its path, or install it (uv python install, pyenv install)"
        )
    first = [each for each in meant if each.keeper == meant[0].keeper]
    return max(first, key=lambda each: each.numbers).path


def known() -> list[Interpreter]:
    """Return the interpreters that are there, those on PATH first, then pyenv's, then uv's."""
    found = [*_on_path(), *_in_pyenv(), *_in_uv()]
    by_path = {os.path.realpath(each.path): each for each in reversed(found)}
    return [each for each in found if by_path[os.path.realpath(each.path)] is each]


def _on_path() -> Iterator[Interpreter]:
    shims = _pyenv() / "shims"  # which run nothing but what pyenv was told to
    for folder in dict.fromkeys(filter(None, os.environ.get("PATH", "").split(os.pathsep))):
        if Path(folder) == shims:
            continue
        for name in _names(Path(folder)):
            version = _ON_PATH.fullmatch(name.removesuffix(".exe"))
            program = shutil.which(name, path=folder)
            if version and program:
                yield Interpreter(version[1], program, "PATH")


def _in_pyenv() -> Iterator[Interpreter]:
    folder = _pyenv() / "versions"
    for name in _names(folder):
        version = _IN_PYENV.fullmatch(name)
        if version:
            yield from _kept(version[1], folder / name, "pyenv")


def _in_uv() -> Iterator[Interpreter]:
    given = os.environ.get("UV_PYTHON_INSTALL_DIR")
    data = os.environ.get("XDG_DATA_HOME") or _home() / ".local" / "share"
    if sys.platform == "win32":
        data = os.environ.get("APPDATA") or data
    folder = Path(given) if given else Path(data) / "uv" / "python"
    for name in _names(folder):
        version = _IN_UV.fullmatch(name)
        # A link of two numbers stands beside what it leads to.
        if version and not (folder / name).is_symlink():
            yield from _kept(version[1] + ("t" if version[2] else ""), folder / name, "uv")


def _kept(version: str, folder: Path, keeper: str) -> Iterator[Interpreter]:
    for program in (folder / "bin" / "python", folder / "bin" / "python3", folder / "python.exe"):
        if program.exists():
            yield Interpreter(version, str(program), keeper)
            return


def _pyenv() -> Path:
    return Path(os.environ.get("PYENV_ROOT") or _home() / ".pyenv")


def _home() -> Path:
    """Return the user's folder, or where nothing is for a user of whom none is known."""
    return Path(os.path.expanduser("~"))  # noqa: PTH111 - `Path.home` raises RuntimeError then


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder), reverse=True)  # noqa: PTH208 - names are all it needs
    except OSError:
        return []
