"""Whole programs: each loop, in each interpreter and folder, is a version of one work."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from asyncbench.core import loading, references
from asyncbench.core.commands import OWN_LOOP
from asyncbench.errors import UsageError, near_matches
from asyncbench.record.plan import Variant
from asyncbench.runner.planning import program_files, variants
from asyncbench.runner.planning.commands import Versions, check_size, merged
from asyncbench.runner.planning.discovery import Discovery
from asyncbench.runner.planning.options import RunOptions, none_of
from asyncbench.runner.processes import interpreter

# The loops that have a name; others are `module:function`, which makes one.
LOOPS = {"asyncio": OWN_LOOP, "uvloop": "uvloop:new_event_loop"}
IMPORT_S = 30.0


def asked(options: RunOptions) -> list[str]:
    """Return the words of the program that is to be measured, empty where none is.

    That is what `program` says; else the one file that is named, where it is one
    (`program_files.is_program`) and no option is for functions. Nothing is imported. Raises
    UsageError where a function could be meant, too, and where other words are beside it.
    """
    if options.program:
        return _words(options)
    if not options.programs or not options.workloads:
        return []
    file, *after = options.workloads
    command = "asyncbench run --program "
    if not after:
        given = options.args
        found = program_files.is_program(file, command, given, doubted=_of_functions(options))
        return [file, *given] if found else []
    numbers = any(word[:1].isdigit() for word in after)  # no workload, but maybe an argument
    if numbers and program_files.is_program(file, command, after):
        raise UsageError(program_files.with_arguments(file, after))
    if meant := program_files.beside(file, after):
        raise UsageError(meant)
    return []


def discovered(options: RunOptions, program: Sequence[str]) -> tuple[Discovery, Versions]:
    """Return the one work that all loops share, and the program under each of them.

    Raises UsageError for what is no loop, or is not there.
    """
    _refuse(options)
    check_size(options)
    _check(program)
    loops = dict(map(_loop, options.executors or LOOPS))
    versions = variants.requested(replace(options, executors=None)) or [Variant("")]
    found = []
    for version in versions:
        for name, loop in loops.items():
            _check_loop(name, loop, version.python)
            label = f"{name}, {version.name}" if version.name else name
            params = {"command": shlex.join(program), "loop": loop}
            params |= {"python": version.python} if version.python else {}
            params |= {"folder": version.folder} if version.folder else {}
            found.append(Variant(label, params=params))
    name = program[1] if program[0] == "-m" else Path(program[0]).name
    return merged(found, {}, options, loading.PROGRAM, name)


def _of_functions(options: RunOptions) -> bool:
    """Return whether options ask for what a program has not, and a function has."""
    others = [each for each in options.executors or () if ":" not in each]
    unlike = any(each.partition("@")[0] not in LOOPS for each in others)
    given = (options.params, options.consume, options.items, options.vary, options.forms)
    return unlike or any(map(bool, given))


def _words(options: RunOptions) -> list[str]:
    if options.workloads or options.commands:
        raise UsageError("--program measures one program; leave workloads and commands out")
    try:
        words = shlex.split(options.program)
    except ValueError as error:
        raise UsageError(f"--program {options.program!r}: {str(error).lower()}") from error
    if words[:1] in (["python"], ["python3"]):
        words = words[1:]
    if not words or words == ["-m"]:
        raise UsageError("--program takes a file or -m MODULE, and arguments: 'app.py --port 0'")
    return [*words, *options.args]


def _refuse(options: RunOptions) -> None:
    given = {
        "-p": options.params,
        "--consume": options.consume,
        "--against": options.against,
        "--processes": options.processes,
    }
    none_of(given, "a whole program; -a VALUE is an argument")


def _check(program: Sequence[str]) -> None:
    if program[0] == "-m":
        if not references.is_module(program[1]):
            raise UsageError(f"there is no module {program[1]!r} to run")
        return
    path = Path(program[0])
    if path.is_dir():
        raise UsageError(f"{path} is a folder, not a program")
    if not path.is_file():
        files = [each.name for each in path.parent.glob("*.py")] if path.parent.is_dir() else []
        raise UsageError(f"no file {path}{near_matches(path.name, files, most=5)}")
    if path.suffix == ".py" and program_files.parsed(str(path)) is None:
        raise UsageError(f"{path} is no Python program: it does not compile")


def _loop(name: str) -> tuple[str, str]:
    """Return what a loop is called, and what makes it."""
    text, at, label = name.partition("@")
    if text in LOOPS:
        return text + at + label, LOOPS[text]
    if ":" in text and not loading.is_file(text.partition(":")[0]):
        return (text.partition(":")[0] if not at else label), text
    raise UsageError(
        f"a whole program runs under an event loop, and {text!r} is none{near_matches(text, LOOPS)}"
        "; or MODULE:FUNCTION, which makes one"
    )


def _check_loop(name: str, loop: str, python: str | None) -> None:
    """Raise UsageError where an interpreter has no such loop."""
    if loop == OWN_LOOP:
        return
    module, _, function = loop.partition(":")
    code = f"import {module}; {module}.{function}().close()"
    who = python or "this Python"
    try:
        done = subprocess.run(
            [python or sys.executable, "-P", "-c", code],
            capture_output=True, text=True, errors="replace", timeout=IMPORT_S, check=False,
            stdin=subprocess.DEVNULL,
            env=interpreter.environment(),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UsageError(f"{who}: making a loop of {name} takes more than {IMPORT_S:g} s") from None
    if done.returncode:
        why = done.stderr.strip().rpartition("\n")[2]
        mend = f"; install it with: pip install {module}" if "ModuleNotFound" in why else ""
        raise UsageError(f"{who} has no loop {name}: {why}{mend}")
