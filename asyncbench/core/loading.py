"""Loads the objects that a reference names: `module:Name`, `path/to/file.py:Name`, or whole."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

from asyncbench.errors import UsageError

# How many entries of the import path stand before the folders that references name.
_preferred = 0
# The paths of the files that were loaded by reference, in order.
_files: list[str] = []


def prefer(folders: Sequence[str]) -> None:
    """Put folders first on the import path, before those of the files that references name."""
    global _preferred
    sys.path[:0] = folders
    _preferred += len(folders)


class Files:
    """The files loaded so far: unpickling this loads them again from the same paths.

    A spawned process would look for their modules by name, and could find others of that name in
    a folder that comes first. So it is pickled before what needs those modules.
    """

    def __reduce__(self) -> tuple[Callable[..., Files], tuple[str, ...]]:
        """Return what loads the files again."""
        return _again, tuple(_files)


def _again(*paths: str) -> Files:
    for path in paths:
        module(path)
    return Files()


def has_used(folder: str) -> bool:
    """Return whether anything was imported from a folder of the import path.

    A file that a reference names does not count: it is found without the import path.
    """
    return any(
        isinstance(place, str) and place not in _files and str(Path(place).parent) == folder
        for name, loaded in list(sys.modules.items())
        if "." not in name and isinstance(loaded, ModuleType)
        for place in vars(loaded).get("__path__") or [vars(loaded).get("__file__")]
    )


def split(reference: str) -> tuple[str, str]:
    """Split a reference into its module or file and the name in it ('' where it has none)."""
    place, colon, name = reference.rpartition(":")
    # "C:\work\mine.py" has a colon that names no class.
    if not colon or "/" in name or "\\" in name:
        return reference, ""
    return place, name


def is_file(place: str) -> bool:
    """Return whether a reference's first part names a file and not a module."""
    return place.endswith(".py")


def entry_points(group: str) -> dict[str, str]:
    """Return what installed packages offer under a group's name: references by name."""
    from importlib import metadata  # no worker gets here, and it is slow to import

    return {point.name: point.value for point in metadata.entry_points(group=group)}


def module(place: str) -> ModuleType:
    """Import a module by its name, or a file by its path, and return it.

    What it prints meanwhile goes to stderr: stdout belongs to the result. Raises UsageError with
    the file and line where it fails to import.
    """
    with contextlib.redirect_stdout(sys.stderr):
        try:
            return _from_file(Path(place)) if is_file(place) else _from_path(place)
        except UsageError:
            raise
        except SyntaxError as error:
            where = f"{error.filename}, line {error.lineno}"
            raise UsageError(f"cannot import {place}: {error.msg} ({where})") from error
        except (Exception, SystemExit) as error:
            raise UsageError(f"cannot import {place}: {_told(error)}{_line(error)}") from error


def _from_path(name: str) -> ModuleType:
    # The folder one stands in holds the code one means, as with `python -m`.
    # Not for our own: a process that is spawned below would look for all of them there, and find
    # those of a checkout.
    here = str(Path.cwd())
    if here not in sys.path and not name.startswith("asyncbench."):
        sys.path.insert(_preferred, here)
    return importlib.import_module(name)


def _from_file(path: Path) -> ModuleType:
    path = path.resolve()
    if not path.is_file():
        raise UsageError(f"no file {path}")
    known = sys.modules.get(path.stem)
    if known is not None:
        if getattr(known, "__file__", None) == str(path):
            return known
        raise UsageError(
            f"{path.name} has the name of a module that is loaded already; rename the file"
        )
    # Its own folder goes first on the path, as with `python file.py`: it may import its
    # neighbours, and a spawned process can find it again by its name.
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.insert(_preferred, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is no Python file")
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = loaded
    try:
        spec.loader.exec_module(loaded)
    except BaseException:
        del sys.modules[path.stem]
        raise
    _files.append(str(path))
    return loaded


def _told(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def _line(error: BaseException) -> str:
    """Name the deepest line of the user's own code that an import failed at."""
    place = ""
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not name.startswith("<") and name != __file__ and "importlib" not in name:
            place = f" ({name}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return place
