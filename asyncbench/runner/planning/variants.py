"""Versions of the code under test: which are asked for, and what each of them offers."""

from __future__ import annotations

import dataclasses
import itertools
import re
import shutil
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from asyncbench.errors import UsageError
from asyncbench.record.plan import Variant, Work
from asyncbench.runner.planning import interpreters
from asyncbench.runner.planning.asking import ask
from asyncbench.runner.planning.discovery import Discovery
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.processes import interpreter

# An interpreter tells its version in a tenth of a second.
VERSION_S = 10.0
OLDEST = (3, 11)
# How an executor or a workload says that a package is missing, and which of our extras brings it.
_MISSING = re.compile(r"(.* is not installed); install it with: pip install (\S+)")
_EXTRA = re.compile(r"'asyncbench\[(\w+)\]'")
_REQUIRED = re.compile(r"([\w.-]+(?:\[[\w,.-]+\])?)[^;]*;.*extra == [\"'](\w+)[\"']")


def requested(options: RunOptions) -> list[Variant]:
    """Return every folder under every interpreter that is asked for; none where neither is."""
    none: list[tuple[str, str | None]] = [("", None)]
    folders = [_folder(text) for text in options.variants] or none
    pythons = [*map(python_of, options.pythons)] or none
    variants = [
        Variant("/".join(filter(None, (name, version))), folder, python)
        for (name, folder), (version, python) in itertools.product(folders, pythons)
        if folder or python
    ]
    names = [variant.name for variant in variants]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two variants are named {name!r}; name each: NAME=PATH")
    if len(variants) == 1:
        raise UsageError(
            f"one variant alone ({names[0]}) has nothing to be compared with; give a second"
        )
    return variants


def discovered(asked: Sequence[Variant], options: RunOptions) -> list[tuple[Variant, Discovery]]:
    """Return what the options come to in each variant; each is asked in its own interpreter.

    Raises UsageError where one cannot answer, or offers other work than the first.
    """
    answers = [
        (variant, ask(options, variant.path, variant.python, f"variant {variant.name}: "))
        for variant in asked
    ]
    first, expected = answers[0]
    for variant, discovery in answers[1:]:
        for wanted, offered in itertools.zip_longest(expected.works, discovery.works):
            if _identity(wanted) != _identity(offered):
                raise UsageError(
                    f"variant {variant.name} offers other work than {first.name}: "
                    f"{_described(offered)} in place of {_described(wanted)}"
                )
    return [
        (dataclasses.replace(variant, facts=discovery.facts), _remedied(variant, discovery))
        for variant, discovery in answers
    ]


def _remedied(variant: Variant, discovery: Discovery) -> Discovery:
    """Return it with remedies for its interpreter: `pip install` would be for ours."""
    if not variant.python:
        return discovery
    lacking = [[each and _for_interpreter(each) for each in row] for row in discovery.lacking]
    return dataclasses.replace(discovery, lacking=lacking)


def _for_interpreter(reason: str) -> str:
    found = _MISSING.fullmatch(reason)
    if not found:
        return reason
    missing, wanted = found.groups()
    extra = _EXTRA.fullmatch(wanted)
    packages = [wanted]
    if extra:
        required = filter(None, map(_REQUIRED.fullmatch, metadata.requires("asyncbench") or ()))
        packages = [each[1] for each in required if each[2] == extra[1]]
    asked = " ".join(f"--with {each}" for each in packages)
    return f"{missing} for that interpreter; {asked} installs it" if packages else reason


def _folder(text: str) -> tuple[str, str | None]:
    name, equals, path = text.partition("=")
    if not equals or not path or not _is_name(name):
        raise UsageError(f"--variant takes NAME=FOLDER, such as head=., not {text!r}")
    folder = Path(path)
    if not folder.is_dir():
        raise UsageError(f"variant {name}: there is no folder {path}")
    return name, str(folder.resolve())


def python_of(text: str) -> tuple[str, str]:
    """Return name and path of an interpreter as it is asked for; UsageError where it is none."""
    name, equals, path = text.partition("=")
    if not equals or not _is_name(name):
        name, path = "", text
    program = shutil.which(path)
    if program is None and interpreters.VERSION.fullmatch(path):
        program = interpreters.find(path)
    if program is None:
        raise UsageError(
            f"--python {text}: there is no program {path}; give a path, or a version such as 3.13"
        )
    # Not resolved: a virtual environment's interpreter is a link, and knows itself by its place.
    python = str(Path(program).absolute())
    *version, free = _version(python)
    if tuple(version) < OLDEST:
        raise UsageError(
            f"--python {text}: that is Python {'.'.join(map(str, version))}, and asyncbench runs "
            f"on {'.'.join(map(str, OLDEST))} or newer"
        )
    return name or f"python{'.'.join(map(str, version))}{'t' if free else ''}", python


def _version(python: str) -> tuple[int, int, int, int]:
    """Return three numbers, and 1 for a build without the GIL."""
    # Written so that the oldest can answer, too.
    code = (
        "import sys, sysconfig; sys.stdout.write('%d %d %d ' % sys.version_info[:3] + "
        "str(int(bool(sysconfig.get_config_var('Py_GIL_DISABLED')))))"
    )
    try:
        status, told = interpreter.answer([python, "-c", code], VERSION_S)
        major, minor, micro, free = map(int, told.split())
    except subprocess.TimeoutExpired:
        raise UsageError(
            f"--python {python} is not a Python interpreter: asked for its version, it told none "
            f"in {VERSION_S:g} s"
        ) from None
    except OSError as error:
        raise UsageError(f"--python {python} cannot be asked for its version: {error}") from error
    except ValueError:
        raise UsageError(
            f"--python {python} is not a Python interpreter: asked for its version, "
            f"{interpreter.ending(status, 'it')} and did not tell"
        ) from None
    return major, minor, micro, free


def _is_name(text: str) -> bool:
    return re.fullmatch(r"[\w.+-][\w.+ -]*", text) is not None


def _identity(work: Work | None) -> object:
    return work and (work.workload, work.params, work.tasks, work.concurrency)


def _described(work: Work | None) -> str:
    if work is None:
        return "nothing"
    params = ", ".join(f"{name}={value}" for name, value in work.params.items())
    return f"{work.workload} ({params}; {work.tasks} tasks, {work.concurrency} at once)"
