"""Writes what lives in a cell or a script as source that other processes can run."""

from __future__ import annotations
import __future__

import ast
import itertools
import linecache
import pickle
import symtable
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType, FunctionType, ModuleType
from typing import Any

from asyncbench.errors import UsageError

MAIN = "__main__"
# A larger value is read from a file by who needs it.
LARGEST = 1_000_000
_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or a class as it was written: `first` is its line in the file."""

    name: str
    text: str
    file: str
    first: int
    flags: int


@dataclass(slots=True)
class Carried:
    """What a function of `__main__` needs elsewhere: imports, values and definitions, in order."""

    imports: dict[str, str] = field(default_factory=dict)
    values: dict[str, bytes] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)

    def text(self) -> str:
        """Return the source of a module that has all of it."""
        lines = [
            '"""What asyncbench was given, as other processes can have it."""',
            "import linecache, pickle",
            "def _define(name, file, first, flags, text):",
            "    lines = ['\\n'] * (first - 1) + text.splitlines(True)",
            "    linecache.cache.setdefault(file, (len(text), None, lines, file))",
            "    padded = '\\n' * (first - 1) + text",
            "    exec(compile(padded, file, 'exec', flags, dont_inherit=True), globals())",
            *self.imports.values(),
            *(f"{name} = pickle.loads({data!r})" for name, data in self.values.items()),
            *(
                f"_define({each.name!r}, {each.file!r}, {each.first}, {each.flags}, {each.text!r})"
                for each in self.definitions.values()
            ),
        ]
        return "\n".join(lines) + "\n"


def is_of_main(found: Any) -> bool:
    """Return whether a function or class was defined in a cell or in the script that runs."""
    return bool(getattr(found, "__module__", None) == MAIN)


def carry(found: Any, carried: Carried) -> None:
    """Add a function or class of `__main__`, and all that it uses, to what is carried.

    Raises UsageError where its source cannot be seen, or it uses what no other process can have.
    """
    name = found.__name__
    if name in carried.definitions:
        return
    definition = _definition(found)
    # Before what it uses: two functions may use each other.
    carried.definitions[name] = definition
    namespace = vars(sys.modules[MAIN]) if isinstance(found, type) else _globals(found)
    for used in _names(definition):
        if used != name and used in namespace and not used.startswith("__"):
            _value(used, namespace[used], carried, name)
    # What it uses when it is defined, such as a decorator or a base, must come first.
    carried.definitions[name] = carried.definitions.pop(name)


def _value(name: str, value: Any, carried: Carried, user: str) -> None:
    if name in carried.imports or name in carried.values or name in carried.definitions:
        return
    if isinstance(value, ModuleType):
        if value.__name__ == MAIN:
            raise UsageError(f"{user} uses the module {MAIN}, which is another in its worker")
        carried.imports[name] = f"import {value.__name__}; {_bound(value.__name__, name)}"
        return
    if is_of_main(value) and callable(value) and hasattr(value, "__qualname__"):
        if "<" in value.__qualname__:
            raise UsageError(
                f"{user} uses {name}, which is defined inside another function; define it at the "
                "top of a cell or file"
            )
        carry(value, carried)
        if value.__name__ != name:
            raise UsageError(f"{user} uses {value.__name__} as {name}; use it by its own name")
        return
    place = _importable(value)
    if place:
        module, attribute = place
        carried.imports[name] = f"from {module} import {attribute} as {name}"
        return
    carried.values[name] = _pickled(name, value, user)


def _bound(module: str, name: str) -> str:
    return f"import sys; {name} = sys.modules[{module!r}]"


def _importable(value: Any) -> tuple[str, str] | None:
    """Return the module and the name that a function or class is imported by, if any."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or not name.isidentifier():
        return None
    if module == MAIN or getattr(sys.modules.get(module), name, None) is not value:
        return None
    return module, name


def _pickled(name: str, value: Any, user: str) -> bytes:
    what = f"{user} uses {name}, a {type(value).__name__}"
    try:
        data = pickle.dumps(value)
    except Exception as error:  # whatever an object raises when it is asked to be copied
        raise UsageError(
            f"{what} of this process, which no other can have; make it inside {user}, or "
            f"put both into a file and name that: 'FILE.py:{user}'"
        ) from error
    if MAIN.encode() in data:
        raise UsageError(
            f"{what} whose class is defined here; make it inside {user}, or put both into a file "
            f"and name that: 'FILE.py:{user}'"
        )
    if len(data) > LARGEST:
        raise UsageError(
            f"{what} of {len(data) / 1e6:,.0f} MB, which is too much to hand over; let {user} read "
            "it from a file"
        )
    return data


def _definition(found: Any) -> Definition:
    for file in _files(found):
        text = "".join(linecache.getlines(file))
        node = _node(found, text)
        if node is not None:
            first = min(each.lineno for each in [node, *node.decorator_list])
            lines = text.splitlines(keepends=True)[first - 1 : node.end_lineno]
            dedented = textwrap.dedent("".join(lines))
            code = _code(found)
            flags = (code.co_flags & _FUTURE) if code else 0
            return Definition(found.__name__, dedented, _shown(file), first, flags)
    raise UsageError(
        f"the source of {found.__name__} cannot be seen from here; put it into a file and name "
        f"that: 'FILE.py:{found.__name__}'"
    )


def _node(found: Any, text: str) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None:
    """Return where a text defines a function or class: the last time, if more than once."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    kinds = ast.ClassDef if isinstance(found, type) else (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [
        node
        for node in _outside_functions(tree)
        if isinstance(node, kinds) and node.name == found.__name__
    ]
    code = _code(found)
    if code and not isinstance(found, type):
        nodes = [
            each
            for each in nodes
            if code.co_firstlineno in {each.lineno, *(one.lineno for one in each.decorator_list)}
        ]
    return nodes[-1] if nodes else None


def _outside_functions(tree: ast.AST) -> Iterator[Any]:
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _outside_functions(node)


def _files(found: Any) -> Iterator[str]:
    """Yield the files that may define something: its own, or of a class any of this process."""
    code = _code(found)
    if code:
        yield code.co_filename
    if isinstance(found, type):
        script = getattr(sys.modules[MAIN], "__file__", None)
        yield from [script] if script else []
        # The newest cell that defines a class of this name is the one that made it.
        yield from itertools.islice(reversed([*linecache.cache]), 1000)


def _code(found: Any) -> CodeType | None:
    if isinstance(found, type):
        members = (vars(found).get(name) for name in vars(found))
        codes = (each.__code__ for each in members if isinstance(each, FunctionType))
        # Methods that a decorator made, as dataclasses have them, come from no file.
        return next((code for code in codes if not code.co_filename.startswith("<string")), None)
    code = getattr(_unwrapped(found), "__code__", None)
    return code if isinstance(code, CodeType) else None


def _unwrapped(found: Any) -> Any:
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    return found


def _globals(found: Any) -> dict[str, Any]:
    inner = getattr(_unwrapped(found), "__globals__", None)
    return inner if isinstance(inner, dict) else vars(sys.modules[MAIN])


def _names(definition: Definition) -> list[str]:
    """Return the global names that a definition uses, in it and while it is being made."""
    found: dict[str, None] = {}

    def look(table: symtable.SymbolTable) -> None:
        for symbol in table.get_symbols():
            top = table.get_type() == "module"
            used = symbol.is_referenced() if top else symbol.is_global()
            if used:
                found[symbol.get_name()] = None
        for child in table.get_children():
            look(child)

    look(symtable.symtable(definition.text, definition.file, "exec"))
    return [*found]


def _shown(file: str) -> str:
    """Return what a traceback is to call a file: a notebook's cell by its number."""
    shell = sys.modules.get("IPython")
    current = shell.get_ipython() if shell else None
    numbers = getattr(getattr(current, "compile", None), "_filename_map", {})
    number = numbers.get(file)
    return f"<cell {number}>" if number is not None else file
