"""Starting our own Python programs, in whichever interpreter, and telling how a process ended."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

from asyncbench.core.system import signal_name
from asyncbench.errors import AsyncbenchError
from asyncbench.targets.folder import Folder

# What in the environment changes what Python does while it is measured.
SETTINGS = (
    "PYTHONASYNCIODEBUG",
    "PYTHONDEVMODE",
    "PYTHONDUMPREFS",
    "PYTHONINSPECT",
    "PYTHONMALLOC",
    "PYTHONMALLOCSTATS",
    "PYTHONOPTIMIZE",
    "PYTHONPERFSUPPORT",
    "PYTHONPROFILEIMPORTTIME",
    "PYTHONTRACEMALLOC",
    "PYTHONVERBOSE",
    "PYTHONWARNINGS",
)
# Tools that have Python watched begin their variables with these.
WATCHERS = ("COVERAGE_", "COV_CORE_", "PYTHON_PERF_", "PYDEVD_", "DEBUGPY_")
GOODBYE_S = 4.0  # how long a process that was told to end may take


def python(module: str, interpreter: str | None = None) -> list[str]:
    """Return the command that runs a module of ours; None is the interpreter that this runs in."""
    # -P: the folder one stands in does not shadow what a worker imports.
    return [interpreter or sys.executable, "-P", "-m", module]


def environment(
    interpreter: str | None = None, temporary: Path | None = None, *, clean: bool = False
) -> dict[str, str] | None:
    """Return the environment for that command; None is our own.

    A clean one is without what has Python debug, warn, trace or optimise.

    Another interpreter has its own packages, and ours must not mix with them: it finds asyncbench,
    which it need not have, alone in a folder. Temporary files go to `temporary`, if it is given.
    """
    if interpreter is None and temporary is None and not clean:
        return None
    own = dict(os.environ)
    if clean:
        own = {name: text for name, text in own.items() if not _is_setting(name)}
    if temporary is not None:
        own["TMPDIR"] = str(temporary)
    if interpreter is not None:
        path = [str(library()), os.environ.get("PYTHONPATH", "")]
        own["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    return own


def _is_setting(name: str) -> bool:
    return name in SETTINGS or name.startswith(WATCHERS)


@cache
def library() -> Path:
    """Return a folder with a copy of asyncbench alone, which goes when this process ends."""
    folder = Folder()
    atexit.register(folder.remove)
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("asyncbench", "asyncbench.workloads"):
        source = import_module(name).__path__[0]
        target = folder.path.joinpath(*name.split("."))
        try:
            shutil.copytree(source, target, ignore=ignore, dirs_exist_ok=True)
        except OSError as error:  # of many files at once, too
            raise AsyncbenchError(
                "no copy of asyncbench for other interpreters can be made in "
                f"{folder.path.parent}: {_reason(error)}; TMPDIR names another folder"
            ) from error
    # Its temporary folder is private to its user; a worker may run as another.
    folder.path.chmod(0o755)
    return folder.path


def _reason(error: OSError) -> str:
    """Return the reason of an error, or of the first one that `shutil` has gathered."""
    if isinstance(error, shutil.Error):
        _, _, reason = error.args[0][0]
        return str(reason).partition(": '")[0]
    return error.strerror or str(error)


def ending(status: int | None, who: str = "its worker") -> str:
    """Return how a process ended, in words, by its exit code (negative: the signal)."""
    if status is None:
        return f"{who} is gone"
    if status < 0:
        return f"{who} was killed by {signal_name(-status)}"
    return f"{who} exited with status {status}"


def answer(command: Sequence[str], timeout_s: float) -> tuple[int, str]:
    """Return the exit status of a program and what it wrote to stdout, whatever that is.

    Raises TimeoutExpired where it takes too long: it is killed then, with all that it started,
    which could hold its stdout open for ever.
    """
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            told, _ = process.communicate(timeout=timeout_s)
        except BaseException:
            if sys.platform == "win32":
                process.kill()
            else:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, told
