"""Names what is to be measured so that other processes find it: functions become references."""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import re
import reprlib
import sys
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from asyncbench.core import callables
from asyncbench.core.functions import FORM_OF
from asyncbench.core.loading import PAIR
from asyncbench.core.workload import Workload
from asyncbench.errors import UsageError
from asyncbench.python.sources import Carried, carry, is_of_main
from asyncbench.targets.folder import Folder

# A name or reference, a function, or a class of the user's.
Work = str | Callable[..., Any] | type[Workload]
# What a module is called that carries functions; no file of a user's is named so.
CARRIER = "asyncbench_carries"


class UnnamedError(UsageError):
    """It can be called here, and other processes cannot find it."""


@contextlib.contextmanager
def named(works: Sequence[Work], *, paired: bool = True) -> Iterator[list[str]]:
    """Return references of works, valid as long as the context lasts.

    A blocking and an async function make a pair where `paired`. Raises UsageError for what cannot
    be had by other processes: a closure, a method of an object, what is made of live objects.
    """
    if all(isinstance(each, str) for each in works):
        yield [str(each) for each in works]
        return
    with Folder() as folder:
        found = _References(folder)
        references = [each if isinstance(each, str) else found.of(each) for each in works]
        found.write()
        if paired and is_pair(works):
            references = [PAIR.join(references)]
        yield references


def is_pair(works: Sequence[Work]) -> bool:
    """Return whether two functions are the blocking and the cooperative form of one work."""
    functions = [each for each in works if not isinstance(each, str | type)]
    if len(functions) != 2 or len(works) != 2:
        return False
    kinds = [FORM_OF.get(callables.kind(each) or callables.BLOCKING) for each in functions]
    return kinds[0] != kinds[1]


class _References:
    """Makes references, and the modules that they need in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._carried = Carried()
        self._imported: dict[str, str] = {}

    def of(self, found: Any) -> str:
        """Return the reference of a function or class."""
        check(found)
        name = found.__qualname__
        if is_of_main(found):
            carry(found, self._carried)
            return f"{self._folder / CARRIER}.py:{name}"
        module = sys.modules.get(found.__module__)
        if module is None or _at(module, name) is not found:
            raise UsageError(
                f"{found.__module__} has another {name} than this one; measure what it has, or "
                "give this one a name of its own there"
            )
        place = _place(module)
        if place:
            return f"{place}:{name}"
        carrier = f"{CARRIER}_{re.sub(r'[^0-9a-zA-Z]', '_', module.__name__)}"
        self._imported[carrier] = _importing(module)
        return f"{self._folder / carrier}.py:{name}"

    def write(self) -> None:
        """Write the modules that references name."""
        path = f"import sys\nsys.path += [each for each in {_path()!r} if each not in sys.path]\n"
        for name, text in self._imported.items():
            (self._folder / f"{name}.py").write_text(path + text, encoding="utf-8")
        if self._carried.definitions:
            text = path + self._carried.text()
            (self._folder / f"{CARRIER}.py").write_text(text, encoding="utf-8")


def _values(found: functools.partial[Any]) -> str:
    """Return how a call is given what a partial has bound."""
    given = []
    if found.args:
        given.append(f"args={reprlib.repr([*found.args])}")
    if found.keywords:
        given.append(f"params={reprlib.repr(found.keywords)}")
    return f", with {', '.join(given)}" if given else ""


def check(found: Any) -> None:
    """Raise UsageError for what is no function or class that other processes can look up."""
    if isinstance(found, functools.partial):
        raise UnnamedError(
            "a partial has no name that a worker could find it by; measure "
            f"{getattr(found.func, '__name__', 'its function')} itself{_values(found)}"
        )
    if (inspect.ismethod(found) or _is_live(found)) and not isinstance(found.__self__, type):
        owner = type(found.__self__).__name__
        raise UnnamedError(
            f"{found.__name__} is a method of a live {owner}, which no other process can have; "
            f"write a function that makes its own {owner}, or name one that a module has: "
            f"'app:{owner.lower()}.{found.__name__}'"
        )
    if inspect.iscoroutine(found):
        found.close()
        raise UsageError(
            f"{found.__name__}() was called already, and runs only once; give the function itself: "
            f"{found.__name__}, without the brackets"
        )
    name = getattr(found, "__qualname__", None)
    if callable(found) and not isinstance(name, str):
        owner = type(found).__name__
        raise UnnamedError(
            f"a live {owner} can be called in this process alone; write a function that makes one "
            f"and calls it, or name one that a module has: 'app:{owner.lower()}'"
        )
    if not callable(found) or not isinstance(name, str):
        raise UsageError(
            f"{type(found).__name__} is nothing to measure; give a name, such as 'sleep' or "
            "'app.py:fetch', or a function"
        )
    if isinstance(found, type) and not issubclass(found, Workload):
        raise UsageError(
            f"{name} is a class, whose calls only make objects; give a function, or a subclass of "
            "asyncbench.Workload"
        )
    if "<lambda>" in name:
        raise UnnamedError("a lambda has no name that a worker could find it by; write it with def")
    if "<locals>" in name:
        outer, inner = name.split(".<locals>.")[0], name.rpartition(".")[2]
        raise UnnamedError(
            f"{inner} is defined inside {outer}, where no other process can find it; define it at "
            "the top of its file or cell, and give it its values by params={...}"
        )


def _is_live(found: Any) -> bool:
    """Return whether it is a method of an object, written in C; those of modules are functions."""
    owner = getattr(found, "__self__", None) if inspect.isbuiltin(found) else None
    return owner is not None and not isinstance(owner, ModuleType)


def _at(module: ModuleType, name: str) -> Any:
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _place(module: ModuleType) -> str:
    """Return a place that finds a module without a carrier, '' where there is none."""
    file = getattr(module, "__file__", None)
    missing = _path()
    if not file or not file.endswith(".py") or getattr(module, "__package__", None):
        return "" if missing else module.__name__
    # What stands alone in a folder is found by its file, with that folder on the path.
    path = Path(file).resolve()
    if [each for each in missing if each != str(path.parent)]:
        return ""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _path() -> list[str]:
    """Return where this process finds modules and a worker by itself would not."""
    here = Path.cwd()
    usual = _installed()
    places = dict.fromkeys(Path(each or here).resolve() for each in sys.path)
    return [
        str(place)
        for place in places
        if place != here and place.is_dir() and not any(map(place.is_relative_to, usual))
    ]


def _installed() -> set[Path]:
    """Return where any Python process of this environment finds modules."""
    paths = sysconfig.get_paths()
    found = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found |= {*filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))}
    # Folders of packages that are being developed stand in files of this kind.
    for file in Path(paths["purelib"]).glob("*.pth"):
        with contextlib.suppress(OSError, UnicodeError):
            lines = file.read_text(encoding="utf-8").splitlines()
            found |= {line for line in lines if line.startswith("/")}
    return {Path(each).resolve() for each in found}


def _importing(module: ModuleType) -> str:
    """Return source that imports all of a module, by its name or else from its file."""
    name, file = module.__name__, getattr(module, "__file__", None)
    if file and file.endswith(".py"):
        return (
            "import importlib, importlib.util\n"
            "try:\n"
            f"    found = importlib.import_module({name!r})\n"
            f"    same = getattr(found, '__file__', None) == {file!r}\n"
            "except ModuleNotFoundError:\n"
            "    same = False\n"
            "if not same:\n"
            f"    spec = importlib.util.spec_from_file_location({name!r}, {file!r})\n"
            "    found = importlib.util.module_from_spec(spec)\n"
            f"    sys.modules[{name!r}] = found\n"
            "    spec.loader.exec_module(found)\n"
            "globals().update({key: value for key, value in vars(found).items() "
            "if not key.startswith('__')})\n"
        )
    return f"from {name} import *\n"
