"""How code is to be named that lies in a package, or in a folder that is not looked through."""

from __future__ import annotations

import ast
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

# As many folders are looked through for a module that is missing.
MOST_FOLDERS = 50
RELATIVE = "attempted relative import"
# What an interpreter has imported before it runs anything of a user's.
OF_START = ("abc", "codecs", "encodings", "genericpath", "io", "ntpath", "os", "posixpath", "stat")


def hint(error: BaseException, file: Path | None, home: Path) -> str:
    """Return what to write in place of what failed to import, '' where nothing is known.

    `file` is the file that a reference named, None where it named a module; `home` is the folder
    that one stands in.
    """
    if not isinstance(error, ImportError):
        return ""
    if file is not None and str(error).startswith(RELATIVE):
        return of_package(file, home)
    if isinstance(error, ModuleNotFoundError) and error.name:
        return elsewhere(error.name, home, file)
    return ""


def taken(file: Path) -> str:
    """Return the file beside one that it means to import and cannot, '' where there is none.

    A module of the standard library that we have imported before is what an import of its name
    gives here, where a script would get the file. What Python itself has at its start, it gives
    to a script, too.
    """
    beside = {each.stem: each for each in file.parent.glob("*.py")}
    beside |= {each.parent.name: each for each in file.parent.glob("*/__init__.py")}
    names = [each for each in sorted(beside) if each != file.stem and is_standard(each)]
    names = [each for each in names if each in sys.modules]
    imported = _imported(file) if names else set()
    return next((str(beside[name]) for name in names if name in imported), "")


def is_standard(name: str) -> bool:
    """Return whether a module is a standard one that a file on the import path can stand before."""
    return name in sys.stdlib_module_names and name not in (*sys.builtin_module_names, *OF_START)


def _imported(file: Path) -> set[str]:
    """Return the first parts of what a file imports, but for what is relative."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return set()  # importing it says so
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.append(node.module)
    return {name.partition(".")[0] for name in found}


def of_package(file: Path, home: Path) -> str:
    """Return how to name a file as a part of the package that it belongs to."""
    parts, root = [file.stem], file.parent
    if not (root / "__init__.py").is_file():  # a folder alone makes a package, too
        parts, root = [root.name, file.stem], root.parent
    while (root / "__init__.py").is_file():
        parts, root = [root.name, *parts], root.parent
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    if not all(part.isidentifier() for part in parts):
        return ""
    reference = f"asyncbench run {'.'.join(parts)}:NAME"
    if root != home:
        reference = f"PYTHONPATH={_from(home, root)} {reference}"
    return f"; it is part of a package, which is named like this: {reference}"


def elsewhere(module: str, home: Path, file: Path | None = None) -> str:
    """Return which folder nearby has a module that is not found, and how it is."""
    first = module.partition(".")[0]
    for folder in itertools.islice(_nearby(home, file), MOST_FOLDERS):
        if (folder / f"{first}.py").is_file() or (folder / first / "__init__.py").is_file():
            place = _from(home, folder)
            return f"; {place} has {first}: PYTHONPATH={place} before the command finds it"
    return ""


def _nearby(home: Path, file: Path | None) -> Iterator[Path]:
    """Yield the folders that may have a module: the usual one, those above a file, those here."""
    yield home / "src"
    if file is not None:
        for folder in file.parents:
            if folder == folder.parent:
                break  # nothing of anybody's lies at the root
            yield folder
            yield folder / "src"
            if folder == home:
                break
    try:
        yield from sorted(each for each in home.iterdir() if each.is_dir())
    except OSError:
        return


def _from(home: Path, folder: Path) -> str:
    """Return a folder as it is written where one stands."""
    return str(folder.relative_to(home)) if folder.is_relative_to(home) else str(folder)
