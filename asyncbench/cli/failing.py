"""Errors of our own: a status that means nothing else, a file to report, and one cause less."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

OWN_ERROR = 70  # EX_SOFTWARE of sysexits.h
# Packages that the command itself imports, early or late.
NEEDED = frozenset(
    {
        "click",
        "jinja2",
        "markdown_it",
        "markupsafe",
        "mdurl",
        "msgspec",
        "packaging",
        "psutil",
        "pygments",
        "resvg_py",
        "rich",
        "tabulate",
        "wcwidth",
    }
)


def report(error: BaseException) -> str:
    """Write the traceback to a file and return the line that says what to do with it."""
    # Every command imports this module, few of them fail.
    import tempfile
    import traceback

    told = f"an error of asyncbench's own: {type(error).__name__}: {error}"[:200]
    text = "".join(traceback.format_exception(error))
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            prefix="asyncbench-error-",
            suffix=".txt",
            delete=False,
            encoding="utf-8",
            errors="backslashreplace",
        ) as file:
            file.write(f"asyncbench on Python {sys.version}, {sys.platform}\n\n{text}")
    except OSError:
        return f"{told}. Please report it where you got asyncbench from, with this: {text}"
    return f"{told}. Please report it where you got asyncbench from, with {file.name}"


class _Own:
    """Finds the packages that we need where they were when the command began.

    A user's folder goes first on the path once a workload is loaded from it, and may have a file
    of such a name.
    """

    def __init__(self) -> None:
        self._path = list(sys.path)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find one of our packages; None for anything else."""
        if path is not None or name not in NEEDED:
            return None
        return PathFinder.find_spec(name, self._path, target)


def keep_apart(arguments: Iterable[str]) -> None:
    """See to it that no file of the user's is taken for a package that we need."""
    if not any(isinstance(each, _Own) for each in sys.meta_path):
        sys.meta_path.insert(0, _Own())
    # A workload's file of such a name is refused, if the package is there already.
    for argument in arguments:
        found = re.search(r"(\w+)\.py(?::|$)", os.path.basename(argument))  # noqa: PTH119
        if found and found[1] in NEEDED:
            try:
                importlib.import_module(found[1])
            except ImportError:
                continue  # an extra that is not installed is not needed either
