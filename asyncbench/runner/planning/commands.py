"""Commands beside each other: each is a version of one work, as functions beside each other are."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from asyncbench.core import commands
from asyncbench.core.loading import COMMAND
from asyncbench.errors import UsageError, near_matches
from asyncbench.executors.commands import REFERENCE as EXECUTOR
from asyncbench.executors.commands import Commands
from asyncbench.record.plan import Variant, Work
from asyncbench.runner.planning.discovery import Discovery, ExecutorChoice
from asyncbench.runner.planning.options import RunOptions, at_least_one, none_of

Versions = list[tuple[Variant, Discovery]]


def discovered(options: RunOptions) -> tuple[Discovery, Versions]:
    """Return the one work that all commands share, and each command by itself.

    Raises UsageError for what is no command, and for options that commands have no use for.
    """
    _refuse(options)
    check_size(options)
    named = [_named(text) for text in options.commands]
    shell = any(commands.needs_shell(command) for _, command in named)
    for name, command in named:
        if not shell:
            _check(name, command)
    shared = {"shell": True} if shell else {}
    return merged(
        [Variant(name, params={"command": text}) for name, text in named], shared, options
    )


def merged(
    each: Sequence[Variant],
    shared: dict[str, Any],
    options: RunOptions,
    reference: str = COMMAND,
    workload: str = "",
) -> tuple[Discovery, Versions]:
    """Return the work of versions that are commands, and each of these versions.

    `shared` are the parameters that all have (`core.commands.Command`); `workload` is what the work
    is called, where that is not by its versions. Raises UsageError where
    two have one name.
    """
    names = [version.name for version in each]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two commands are named {name!r}; give one another name")
    work = Work(
        workload=workload or ", ".join(names),
        reference=reference,
        params=shared | ({"proof": options.proof} if options.proof else {}),
        tasks=options.tasks or commands.Command.tasks,
        concurrency=min(options.concurrency or 1, options.tasks or 1),
        demand_known=False,
    )
    choice = ExecutorChoice(
        Commands.name, EXECUTOR, Commands.family, Commands.form, Commands.scheduler, ""
    )
    found = Discovery([work], [choice], [[None]], [""], {})
    return found, [(replace(version, reference=reference), found) for version in each]


def _refuse(options: RunOptions) -> None:
    """Raise UsageError for options that say nothing of a command."""
    if options.workloads:
        raise UsageError(
            f"--command measures commands, and {options.workloads[0]} is a workload: give one of "
            "them"
        )
    given = {
        "-e": options.executors,
        "-p": options.params,
        "--arg": options.args,
        "--consume": options.consume,
        "--variant": options.variants,
        "--python": options.pythons,
        "--against": options.against,
        "--processes": options.processes,
    }
    none_of(given, "--command, which starts a process a time; -n N -c N runs N of them at once")


def check_size(options: RunOptions) -> None:
    """Raise UsageError for more processes at once than there are, and for a proof of none."""
    if options.proof == "result":
        raise UsageError(
            f"a command returns nothing; --proof is one of {', '.join(commands.PROOFS)}"
        )
    for name, count in (("tasks", options.tasks), ("concurrency", options.concurrency)):
        if count is not None:
            at_least_one(name, count)
    if (options.concurrency or 1) > (options.tasks or 1):
        raise UsageError(
            f"-c {options.concurrency} asks for {options.concurrency} processes at once, but -n "
            f"{options.tasks or 1} starts only {options.tasks or 1}; write -n {options.concurrency}"
        )


def _named(text: str) -> tuple[str, str]:
    name, equals, command = text.partition("=")
    if not equals or not re.fullmatch(r"[\w.+-][\w.+ -]*", name):
        meant = (command if equals and not name else text).strip(" '\"") or "sleep 1"
        raise UsageError(f"--command takes NAME=COMMAND, such as base='{meant}', not {text!r}")
    if not command.strip():
        raise UsageError(f"command {name} is empty; write {name}='PROGRAM ARGUMENTS'")
    return name, command.strip()


def _check(name: str, command: str) -> None:
    """Raise UsageError where there is nothing to start."""
    try:
        first = commands.words(command)[0]
    except ValueError as error:
        raise UsageError(f"command {name}: {command!r}: {str(error).lower()}") from error
    if shutil.which(first):
        return
    if os.sep not in first:
        here = f"; ./{first} is the one in this folder" if Path(first).is_file() else ""
        raise UsageError(f"command {name}: there is no program {first!r} on the PATH{here}")
    path = Path(first)
    if path.is_dir():
        raise UsageError(f"command {name}: {first} is a folder, not a program")
    if path.is_file():
        python = f"write {name}='python {command}'" if path.suffix == ".py" else "chmod +x it"
        raise UsageError(f"command {name}: {first} is not executable; {python}")
    near = ""
    if path.parent.is_dir():
        beside = [each.name for each in path.parent.iterdir() if each.is_file()]
        near = near_matches(path.name, beside)
        near = near if "did you mean" in near else ""
    raise UsageError(f"command {name}: there is no file {first}{near}")
