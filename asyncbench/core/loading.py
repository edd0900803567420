"""Loads the objects that a reference names: `module:Name`, `path/to/file.py:Name`, or whole."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from asyncbench.core import layout
from asyncbench.errors import ImportFailedError, Stopped, UsageError, told

# The package of the built-in workloads, and the entry points of packages that bring others.
BUILT_IN = "asyncbench.workloads"
# A command as a workload, and a whole program.
COMMAND = "asyncbench.core.commands:Command"
PROGRAM = "asyncbench.core.commands:Program"
PAIR = "|"  # stands between the references of a blocking and a cooperative function

# How many entries of the import path stand before the folders that references name.
_preferred = 0
# The folders that were put on the import path, as they stand there.
_folders: list[str] = []
# The paths of the files that were loaded by reference, in order.
_files: list[str] = []
# What a process that a pool starts anew calls before it loads them.
_beginnings: list[Callable[[], None]] = []
# The folder that relative paths start from, where imported code may have left it.
_home: list[str] = []


def start_from(folder: str) -> None:
    """Have relative paths start from a folder, wherever imported code goes."""
    _home[:] = [folder]


def begin_others_with(call: Callable[[], None]) -> None:
    """Have each process that is started anew for an executor make a call, of an importable name."""
    if call not in _beginnings:
        _beginnings.append(call)


def found_at(place: str) -> Path:
    """Return the path of a file or folder, wherever imported code has gone meanwhile."""
    return Path(*_home, place).resolve()


def prefer(folders: Sequence[str]) -> None:
    """Put folders first on the import path, before those of the files that references name."""
    global _preferred
    sys.path[:0] = folders
    _folders[:0] = folders
    _preferred += len(folders)


def _put_on_path(folder: str) -> None:
    if folder not in sys.path:
        sys.path.insert(_preferred, folder)
        _folders.insert(_preferred, folder)


@contextlib.contextmanager
def installed_alone() -> Iterator[None]:
    """Have the import path without the user's folders, for a process that takes it over.

    Such a one imports what starts it from there, and a file that is named like a module of the
    standard library would be found first. Unpickling `Files` in it puts them back.
    """
    whole = list(sys.path)
    sys.path[:] = [place for place in whole if place not in _folders]
    try:
        yield
    finally:
        sys.path[:] = whole


class Files:
    """The files loaded so far: unpickling this loads them again from the same paths.

    A spawned process would look for their modules by name, and could find others of that name in
    a folder that comes first. So it is pickled before what needs those modules. The folders on
    the import path come with it.
    """

    def __reduce__(self) -> tuple[Callable[..., Files], tuple[Any, ...]]:
        """Return what loads the files again."""
        return _again, (os.getpid(), _beginnings, _folders, *_files)


def _again(
    sender: int, beginnings: list[Callable[[], None]], folders: list[str], *paths: str
) -> Files:
    # A subinterpreter is in a process that has begun already.
    for call in beginnings if os.getpid() != sender else ():
        call()
    prefer([folder for folder in folders if folder not in sys.path])
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


def parts(reference: str) -> tuple[str, ...]:
    """Return the folders and the file, or the packages and the module, of a reference."""
    place, _ = split(reference.partition(PAIR)[0])
    return found_at(place).with_suffix("").parts if is_file(place) else tuple(place.split("."))


def absolute(reference: str, between: str) -> str:
    """Return references, with `between` them, whose files are found from any folder."""
    parts = []
    for each in reference.split(between):
        place, name = split(each)
        parts.append(f"{found_at(place)}:{name}" if is_file(place) and name else each)
    return between.join(parts)


def is_file(place: str) -> bool:
    """Return whether a reference's first part names a file and not a module."""
    return place.endswith(".py")


def entry_points(group: str) -> dict[str, str]:
    """Return what installed packages offer under a group's name: references by name."""
    from importlib import metadata  # no worker gets here, and it is slow to import

    return {point.name: point.value for point in metadata.entry_points(group=group)}


def module(place: str) -> ModuleType:
    """Import a module by its name, or a file by its path, and return it.

    What it prints meanwhile goes to stderr: stdout belongs to the result. Raises UsageError where
    there is no such module, and ImportFailedError with the file and line where one fails.
    """
    with contextlib.redirect_stdout(sys.stderr):
        try:
            return _from_file(found_at(place)) if is_file(place) else _from_path(place)
        except (UsageError, Stopped):
            raise
        except SyntaxError as error:
            where = f"{error.filename}, line {error.lineno}"
            raise ImportFailedError(f"cannot import {place}: {error.msg} ({where})") from error
        except BaseException as error:  # a module may raise SystemExit, or anything else
            file = found_at(place) if is_file(place) else None
            instead = layout.hint(error, file, found_at(""))
            if isinstance(error, SystemExit):
                instead = (
                    "; it ends the program where it is imported: what it does as a program goes "
                    "below: if __name__ == '__main__':"
                )
            missing = (
                file is None
                and isinstance(error, ModuleNotFoundError)
                and f"{place}.".startswith(f"{error.name}.")
            )
            raise (UsageError if missing else ImportFailedError)(
                f"cannot import {place}: {told(error)}{_line(error, file)}{instead}"
            ) from error


def _from_path(name: str) -> ModuleType:
    if name.partition(".")[0] == "asyncbench":
        # Ours needs no folder of the user's, which would be found first by all that comes later.
        return importlib.import_module(name)
    # The folder one stands in holds the code one means, as with `python -m`.
    _put_on_path(str(found_at("")))
    file = found_at(f"{name}.py")
    if file.is_file():
        _check_beside(file)
    module = importlib.import_module(name)
    if file.is_file() and layout.is_standard(name) and module.__file__ != str(file):
        raise UsageError(
            f"{name} is {file.name} here, and asyncbench has imported the standard module of that "
            f"name before; name the file: {file.name}:NAME"
        )
    return module


def _check_beside(file: Path) -> None:
    """Raise UsageError where a file beside one is not what an import in it gets here."""
    other = layout.taken(file)
    if other:
        raise UsageError(
            f"{file.name} imports {Path(other).stem}, and does not get {other} here: asyncbench "
            "has imported the standard module of that name before; rename that file"
        )


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"no file {path}")
    name = _free_name(path)
    known = sys.modules.get(name)
    if known is not None:
        return known
    # Its own folder goes first on the path, as with `python file.py`: it may import its
    # neighbours, and a spawned process can find it again by its name.
    _put_on_path(str(path.parent))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is no Python file")
    _check_beside(path)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    try:
        spec.loader.exec_module(loaded)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    _files.append(str(path))
    return loaded


def _free_name(path: Path) -> str:
    """Return what a file's module is called: as the file, unless that means another already."""
    known = sys.modules.get(path.stem)
    if known is None or getattr(known, "__file__", None) == str(path):
        return path.stem
    return f"{path.stem}_{zlib.crc32(str(path).encode(errors='surrogateescape')):08x}"


def _line(error: BaseException, file: Path | None) -> str:
    """Name the deepest line of the user's own code that an import failed at.

    What ends the program is a line of the file itself, and not of what it calls for that.
    """
    place = ""
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        ours = name.startswith("<") or name in (__file__, importlib.__file__)
        called = isinstance(error, SystemExit) and file is not None and name != str(file)
        if not ours and not called:
            place = f" ({name}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return place
