"""Whether a file is a program, a place of functions, or both: it is read, and not imported."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import Path

from asyncbench.core import loading
from asyncbench.errors import UsageError

# What starts a program's loop where it stands at the top level of a file.
_STARTS = re.compile(r"(asyncio|uvloop|anyio|trio|\w*loop)\.(run|run_until_complete|run_forever)\(")
# Methods whose call at the top level is work and sets nothing up.
_WORKS = ("run", "start", "join", "serve_forever", "main", "result")
_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BLOCKS = (ast.For, ast.While, ast.With, ast.Try, ast.If)


def is_program(file: str, command: str, after: Sequence[str] = ()) -> bool:
    """Return whether a word is a file that can be nothing but a program.

    Raises UsageError where it could be a function, too; `command` says that the program is meant,
    and `after` are its arguments.
    """
    named = _also(file)
    if named and not any(map(_is_workload, named)):
        verb, program = command.split()[1], shlex.join([file, *after])
        if not command.endswith("-- "):  # an option takes one word
            program = shlex.quote(program)
        raise UsageError(
            f"{file} is a program and has a function, too: say which is meant, {command}"
            f"{program} or asyncbench {verb} {file}:{named[0].name}"
        )
    return named == []


def beside(file: str, after: Sequence[str]) -> str:
    """Return what was meant by a program with other words beside it, '' where it is none."""
    files = [each for each in (file, *after) if _also(each) == []]
    if file not in files:
        return ""
    if len(files) > 1:
        each = " ".join(
            f"--command {Path(one).stem}={shlex.quote(f'python {one}')}" for one in files
        )
        return f"{' and '.join(files)} are programs; beside each other: asyncbench run {each}"
    program = shlex.quote(shlex.join([file, *after]))
    return f"{file} is a program; its arguments go with it: asyncbench run --program {program}"


def as_argument(word: str, file: str) -> str:
    """Return how a word is given to a file as its argument, '' where that is no program."""
    if _also(file) is None:
        return ""
    words = shlex.join([file, word])
    return (
        f"; as an argument of {file}: asyncbench trace -- {words}, or "
        f"asyncbench run --program {shlex.quote(words)}"
    )


def arguments(after: Sequence[str]) -> list[str]:
    """Return the words behind a file that may be its arguments: those before the next option."""
    return [*takewhile(lambda word: not word.startswith("-"), after)]


def parsed(file: str) -> ast.Module | None:
    """Return what a file says, None where it cannot be read or is no Python."""
    try:
        return ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None


def _starts_itself(tree: ast.Module) -> bool:
    return any(
        (isinstance(each, ast.If) and "__name__" in ast.unparse(each.test)) or _starts(each)
        for each in tree.body
    )


def _tail(tree: ast.Module) -> Sequence[ast.stmt]:
    """Return the statements below the last function or class."""
    last = max((n for n, each in enumerate(tree.body) if isinstance(each, _DEFINES)), default=-1)
    return tree.body[last + 1 :]


def _works(body: Iterable[ast.stmt]) -> bool:
    """Return whether statements do work, by how they look, and not merely set something up."""
    for each in body:
        if _starts(each):
            return True
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Call):
            called = each.value.func
            if isinstance(called, ast.Name):  # print(...), work()
                return True
            if isinstance(called, ast.Attribute) and called.attr in _WORKS:
                return True
        if isinstance(each, _BLOCKS):
            inner = [one for one in ast.walk(each) if isinstance(one, ast.stmt) and one is not each]
            if _works(one for one in inner if not isinstance(one, _BLOCKS)):
                return True
    return False


def _starts(each: ast.stmt) -> bool:
    value = each.value if isinstance(each, ast.Expr | ast.Assign) else None
    return value is not None and bool(_STARTS.match(ast.unparse(value)))


def _also(file: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] | None:
    """Return what in a program could be meant, too: workloads first; None for what is no program.

    A program starts itself, or works where it is imported.
    """
    tree = parsed(file) if loading.is_file(file) else None
    if tree is None:
        return None
    found = [
        each
        for each in tree.body
        if isinstance(each, _DEFINES)
        and not each.name.startswith("_")
        and each.name != "main"
        and (not isinstance(each, ast.ClassDef) or _is_workload(each))
    ]
    # Where nothing else could be meant, any call is work.
    works = _works(_tail(tree)) or (not found and any(map(_is_call, tree.body)))
    if not (works or _starts_itself(tree)):
        return None
    return sorted(found, key=lambda each: not _is_workload(each))


def _is_call(each: ast.stmt) -> bool:
    return isinstance(each, ast.Expr) and isinstance(each.value, ast.Call)


def _is_workload(each: ast.stmt) -> bool:
    return isinstance(each, ast.ClassDef) and any(
        "Workload" in ast.unparse(base) for base in each.bases
    )
