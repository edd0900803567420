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

# What starts a program's loop.
_STARTS = re.compile(r"(asyncio|uvloop|anyio|trio|\w*loop)\.(run|run_until_complete|run_forever)\(")
_RUNNERS = re.compile(r"(\w+\.)?(Runner|run_app)\(")
# What a file imports that may start one, where nobody sees it do so.
_LOOPS = {"asyncio", "uvloop", "anyio", "trio", "aiohttp", "uvicorn", "tornado", "twisted"}
# Methods whose call at the top level is work and sets nothing up.
_WORKS = ("run", "start", "join", "serve_forever", "main", "result")
_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BLOCKS = (ast.For, ast.While, ast.With, ast.Try, ast.If)


def is_program(
    file: str, command: str, after: Sequence[str] = (), *, doubted: bool = False
) -> bool:
    """Return whether a word is a file that is meant as a program.

    It is where it can be nothing else, or is seen to start a loop, unless that is `doubted`. A file
    that only runs under `__main__`, and has nothing to do with loops, is a place of functions.
    Raises UsageError for all between; `command` says that the program is meant, and `after` are
    its arguments.
    """
    tree = parsed(file) if loading.is_file(file) else None
    named = _also(file)
    if tree is None or named is None:
        return False
    if named and not any(map(_is_workload, named)):
        doubted = doubted or any(each.name in after for each in named)
        if _runs_loop(tree) and not doubted:
            return True
        runs = _works(each for each in _tail(tree) if not _is_guard(each))
        if not runs and not _knows_loops(tree):
            return False
        verb, program = command.split()[1], shlex.join([file, *after])
        if not command.endswith("-- "):  # an option takes one word
            program = shlex.quote(program)
        raise UsageError(
            f"{file} is a program and has a function, too: say which is meant, {command}"
            f"{program} or asyncbench {verb} {file}:{named[0].name}"
        )
    return named == []


def instead(file: str) -> str:
    """Return that a file is taken as a program, and how its function is measured; '' without."""
    named = _also(file)
    if not named:
        return ""
    name = named[0].name
    return f"{file} is measured as a whole program; its function {name} alone: {file}:{name}"


def beside(file: str, after: Sequence[str]) -> str:
    """Return what was meant by a program with other words beside it, '' where it is none."""
    files = [each for each in (file, *after) if _is_meant(each)]
    if file not in files:
        return ""
    if len(files) > 1:
        each = " ".join(
            f"--command {Path(one).stem}={shlex.quote(f'python {one}')}" for one in files
        )
        return f"{' and '.join(files)} are programs; beside each other: asyncbench run {each}"
    return "" if _also(file) else with_arguments(file, after)


def with_arguments(file: str, after: Sequence[str]) -> str:
    """Return how a program is measured with its arguments."""
    program = shlex.quote(shlex.join([file, *after]))
    return f"{file} is a program; its arguments go with it: asyncbench run --program {program}"


def _is_meant(file: str) -> bool:
    """Return whether a file can be nothing but a program, or is seen to start a loop."""
    tree = parsed(file) if loading.is_file(file) else None
    named = _also(file)
    if tree is None or named is None:
        return False
    return not named or (_runs_loop(tree) and not any(map(_is_workload, named)))


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
    return any(_is_guard(each) or _starts(each) for each in tree.body)


def _is_guard(each: ast.stmt) -> bool:
    return isinstance(each, ast.If) and "__name__" in ast.unparse(each.test)


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


def _runs_loop(tree: ast.Module) -> bool:
    """Return whether a file is seen to start an event loop, in whatever function."""
    calls = (ast.unparse(each) for each in ast.walk(tree) if isinstance(each, ast.Call))
    return any(_STARTS.match(call) or _RUNNERS.match(call) for call in calls)


def _knows_loops(tree: ast.Module) -> bool:
    """Return whether a file has anything asynchronous, or may have it from elsewhere."""
    for each in ast.walk(tree):
        if isinstance(each, ast.AsyncFunctionDef):
            return True
        if isinstance(each, ast.Import):
            names = [name.name for name in each.names]
        elif isinstance(each, ast.ImportFrom):
            names = [each.module or ""]
        else:
            continue
        if any(name.partition(".")[0] in _LOOPS for name in names):
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
