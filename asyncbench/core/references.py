"""How a reference that somebody typed is read: which part of it is a place, which a name in it."""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import inspect
import os
import re
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asyncbench.core import layout, loading
from asyncbench.errors import UsageError, near_matches


def normal(reference: str) -> str:
    """Return a reference as `place:Name` or a place alone, whichever way it was written.

    `svc.get_user`, `svc:get_user()`, `svc.py::get_user`, as pytest has it, and other marks between
    a file and a name in it are read, too. No
    code is imported for it.
    """
    text = reference.removesuffix("()")
    text = re.sub(r"(?<=[\w.])::(?=\w)", ":", text)
    text = re.sub(r"^(.+\.py)[./#@](\w+)$", r"\1:\2", text)
    if ":" in text or loading.is_file(text) or "." not in text or "/" in text:
        return text
    parts = text.split(".")
    for end in range(len(parts), 0, -1):
        place = ".".join(parts[:end])
        if is_module(place):
            return ":".join(filter(None, [place, ".".join(parts[end:])]))
    return text


def is_module(name: str) -> bool:
    """Return whether there is a module of this name to import; nothing is imported for it."""
    if not all(part.isidentifier() for part in name.split(".")):
        return False
    first, *others = name.split(".")
    try:
        # The folder that one stands in comes first, as when the module is imported.
        spec = importlib.machinery.PathFinder.find_spec(first, [str(loading.found_at(""))])
        if spec is None or spec.origin is None:
            spec = importlib.util.find_spec(first) or spec
        folders = _folders(spec)
        full = first
        for part in others:
            full = f"{full}.{part}"
            try:
                spec = importlib.machinery.PathFinder.find_spec(full, folders) if folders else None
                folders = _folders(spec)
            except KeyError:  # a folder without __init__.py asks for its parent's, unimported
                folders = [each for old in folders if os.path.isdir(each := f"{old}/{part}")]  # noqa: PTH112
    except (ImportError, ValueError):
        return False
    return spec is not None


def _folders(spec: importlib.machinery.ModuleSpec | None) -> list[str]:
    """Return the folders that a package's modules lie in, none for what is no package."""
    return [*((spec and spec.submodule_search_locations) or ())]


def is_here(name: str) -> bool:
    """Return whether a file, a package or a folder of this name is in the folder one stands in."""
    here = loading.found_at("")
    return name.isidentifier() and ((here / f"{name}.py").is_file() or (here / name).is_dir())


def look_up(reference: str, meant: Callable[[Any], bool] = lambda each: True) -> tuple[Any, Any]:
    """Return what `place:name` is in (a module or a class), and what it means.

    Raises UsageError where there is none, with near matches among what could be `meant`.
    """
    place, name = loading.split(reference)
    if not name:
        raise UsageError(f"{reference!r} names nothing in a module; write MODULE:NAME")
    held: Any = loading.module(place)
    holder: Any = None
    for part in name.split("."):
        holder, held = held, getattr(held, part, None)
        if held is None:
            known = [each for each in dir(holder) if meant(getattr(holder, each, None))]
            public = [each for each in known if not each.startswith("_")]
            raise UsageError(f"{place} has no {name!r}{near_matches(part, public)}")
    return holder, held


def function(reference: str) -> Callable[..., Any]:
    """Return what `module:name`, `file.py:name` or `module:Class.name` means, which can be called.

    Raises UsageError where there is none, and for a method that lacks its object.
    """
    place, name = loading.split(reference)
    if not name:
        raise UsageError(f"{reference!r} names no function; write MODULE:FUNCTION")
    holder, found = look_up(reference, callable)
    if not callable(found):
        raise UsageError(f"{place} has {name!r}, which is not a function")
    if isinstance(found, (type, types.GenericAlias)):
        raise UsageError(
            f"{place}:{name} is a class, whose calls only make objects; name a function, or a "
            "method of an object"
        )
    own = name.rpartition(".")[2]
    if isinstance(holder, type) and _wants_self(holder, own):
        raise UsageError(
            f"{place}:{name} is a method without its object; bind it in {place}, as in "
            f"{own} = {holder.__name__}().{own}, and name that"
        )
    called: Callable[..., Any] = found
    return called


def _wants_self(holder: type, name: str) -> bool:
    held = inspect.getattr_static(holder, name, None)
    kinds = (types.FunctionType, functools.partialmethod, functools._lru_cache_wrapper)
    return isinstance(held, kinds)


def check_place(place: str) -> None:
    """Raise UsageError where there is no such file or module, with near matches beside it."""
    path = loading.found_at(place)
    if loading.is_file(place):
        if not path.exists():
            names = _files(path.parent)
            raise UsageError(f"no file {place}{near_matches(path.name, names, most=5)}")
        return
    if not place:
        raise UsageError("name a file or a module before the colon: FILE.py:NAME")
    written = path.with_name(f"{path.name}.py") if path.name else path
    if ("/" in place or not place.isidentifier()) and written.is_file():
        raise UsageError(f"{place} is no module; the file is named {Path(f'{place}.py')}")
    if path.is_dir() and "/" in place and (path / "__init__.py").is_file():
        instead = layout.of_package(path / "__init__.py", loading.found_at(""))
        raise UsageError(f"{place} is a folder{instead}")
    if path.is_dir() and not (path / "__init__.py").is_file() and not written.is_file():
        inside = [str(Path(place, name)) for name in _files(path) or _below(path)]
        raise UsageError(
            f"{place} is a folder; name a file in it{near_matches(place, inside, most=5)}"
        )
    if path.is_file():
        raise UsageError(f"{place} is no Python file; those end in .py")
    if "/" in place or not is_module(place.split(".")[0]):
        home = loading.found_at("")
        known = [Path(name).stem for name in _files(home)]
        near = layout.elsewhere(place, home) or near_matches(place, known, most=5)
        raise UsageError(f"no module {place!r}{near}")


def _below(folder: Path) -> list[str]:
    """Return the Python files of the folders in a folder."""
    return [f"{each.parent.name}/{each.name}" for each in sorted(folder.glob("*/*.py"))]


def _files(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if path.suffix == ".py")
    except OSError:
        return []
