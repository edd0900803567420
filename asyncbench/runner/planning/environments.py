"""Makes environments of interpreters with packages in them, and keeps them for the next time."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from asyncbench.errors import UsageError
from asyncbench.runner.planning import variants

# A requirement begins with a name; a path or an address does not.
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:[\[<>=!~;].*)?")
# Which line of an installer's says what is wrong.
_TELLING = re.compile(r"error|cannot|could not|not found|no solution|no module", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Environment:
    """What an interpreter and packages come to: a folder that only that can have made."""

    name: str
    base: str
    packages: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where it is kept: in the user's folder for what can be made again."""
        base = Path(self.base)
        changed = base.resolve().stat().st_mtime_ns  # an interpreter that is replaced is another
        key = "\n".join([str(base), str(changed), *self.packages])
        return _kept() / hashlib.sha256(key.encode()).hexdigest()[:20]

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return _python_in(self.folder)

    def make(self) -> None:
        """Make it, whole or not at all; raises UsageError with what the installer said last."""
        folder = self.folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="making-") as making:
            half = Path(making) / "environment"
            for command in self._commands(half):
                self._do(command)
            try:
                half.rename(folder)
            except OSError:
                if not self.python.exists():  # else another was as quick
                    raise

    def _commands(self, folder: Path) -> list[list[str]]:
        python = str(_python_in(folder))
        uv = shutil.which("uv")
        if uv:
            return [
                [uv, "venv", "--quiet", "--python", self.base, str(folder)],
                [uv, "pip", "install", "--quiet", "--python", python, *self.packages],
            ]
        # With the interpreter's own pip, which takes a second less than to put one into each.
        return [
            [self.base, "-m", "venv", "--without-pip", str(folder)],
            [self.base, "-m", "pip", "--python", python, "install", "--quiet",
             "--disable-pip-version-check", *self.packages],
        ]  # fmt: skip

    def _do(self, command: Sequence[str]) -> None:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise UsageError(f"--with: {command[0]} does not start: {error}") from error
        if done.returncode:
            said = [line.strip() for line in (done.stderr + done.stdout).splitlines()]
            told = next((line for line in said if _TELLING.search(line)), "")
            if told.endswith("No module named pip"):
                told += f"; install uv, or pip by {self.base} -m ensurepip"
            raise UsageError(
                f"--with: {', '.join(self.packages)} cannot be installed for {self.name}: "
                f"{told or next(filter(None, reversed(said)), 'the installer did not say why')}"
            )


def with_packages(
    pythons: Sequence[str], packages: Sequence[str], tell: Callable[[str], None]
) -> list[str]:
    """Return interpreters `NAME=PATH` that have these packages, made where they are not there yet.

    `tell` is given a sentence before each is made. Raises UsageError for packages without
    interpreters, and for what cannot be installed.
    """
    if not pythons:
        raise UsageError(
            "--with installs packages for the interpreters that --python names; name them, such as "
            "--python 3.12 --python 3.13"
        )
    found = []
    for name, path in map(variants.python_of, pythons):
        made = Environment(name, path, tuple(sorted(map(_absolute, packages))))
        if not made.python.exists():
            tell(f"Installing {', '.join(packages)} for {name}, kept in {made.folder}.")
            made.make()
        found.append(f"{name}={made.python}")
    return found


def names(packages: Sequence[str]) -> list[str]:
    """Return the names of the packages that have one in what is asked for."""
    found = (_NAME.fullmatch(each) for each in packages if not os.path.exists(each))  # noqa: PTH110
    return [each[1] for each in found if each]


def _absolute(package: str) -> str:
    """Return a path from here as one that means the same from anywhere."""
    return str(Path(package).resolve()) if os.sep in package and Path(package).exists() else package


def _kept() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home()) / "asyncbench" / "environments"
    cache = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(cache) if cache else Path.home() / ".cache") / "asyncbench" / "environments"
    except RuntimeError:
        raise UsageError(
            "--with keeps what it installs in your home folder, and you have none here; name a "
            "folder for it by XDG_CACHE_HOME"
        ) from None


def _python_in(folder: Path) -> Path:
    if sys.platform == "win32":
        return folder / "Scripts" / "python.exe"
    return folder / "bin" / "python"
